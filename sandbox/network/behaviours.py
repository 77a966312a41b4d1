"""What the network host does for which test card. A table to be read; nothing here acts.

Sandbox numbers only. A number that is not here is unknown to every issuer (14).
"""

from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from typing import Final

from common.logs import passes_luhn

EVER: Final = 10**9
"""More often than anybody asks."""
HOUR: Final = 3_600
DAY: Final = 24 * HOUR


class Delivery(Enum):
    """How the answer to an authorization travels. The book is written before, unless `booked` is off."""

    PROMPT = "at once"
    SLOW = "at 80 % of the time limit"
    LOST = "never"
    TWICE = "the same answer twice"
    CONTRADICTED = "first yes, then no"
    CUT_SHORT = "a whole frame that holds half of a message"
    WRONG_BITMAP = "the bitmap promises a field that is not there"
    TO_A_STRANGER = "with another trace number and reference"
    BROKEN_OFF = "the link is reset in the middle of the frame"
    WEB_PAGE = "an HTML error page instead of a message"
    AFTER_REVERSAL = "when the reversal has been acknowledged"


class Stage(StrEnum):
    """What a case is; the words of field 48."""

    INQUIRY = "inquiry"
    CHARGEBACK = "chargeback"
    PRE_ARBITRATION = "pre_arbitration"


FRAUD, NOT_RECEIVED, NOT_AS_DESCRIBED = "10.4", "13.1", "13.3"
"""Reason codes of the network."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What comes after a sale, on the clock: counted from the capture, or from the refund."""

    kind: str
    """A notice without a case (fraud_report, fraud_elsewhere), or the stage at which a case begins."""
    after_seconds: int
    reason: str = FRAUD
    share_percent: int = 100
    after_refund: bool = False
    """Only a sale that was given back in full meets it."""
    evidence: str = "won"
    """How a case that was answered ends: won or lost; an inquiry: closed."""
    silence: str = "lost"
    """How it ends when nobody answers in time: lost, closed, or chargeback for an inquiry that becomes one."""
    second_stage: bool = False
    """After it was lost, pre-arbitration is noted."""
    told_twice: bool = False
    """The case is told again under another notice's name."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    name: str
    """The scenario's two digits, or a word; kept with the charge, so that a restart does not change the story."""
    response: str = "00"
    """Field 39 of the answer to an authorization."""
    verification: str = "85"
    """Field 39 of the answer to an account verification (amount 0)."""
    advice: str = ""
    """Field 44: what the issuer advises the shop to do next."""
    delivery: Delivery = Delivery.PROMPT
    booked: bool = True
    """Whether an approval that this request earns is written into the book at once."""
    security_code_matches: bool = True
    share_percent: int = 100
    """How much of the amount is approved; less than everything is answered with code 10."""
    extra_percent: int = 0
    """How much too much is approved: an answer for a different amount."""
    only_once_per_card: bool = False
    once_authenticated: bool = False
    """Approves what comes with a genuine authentication value; else the response stands (65 on Mastercard)."""
    until_sign_on: bool = False
    """Answers 91 until the channel has signed on again."""
    refused_seconds: int = 0
    """For so long after the first refusal this response stands; then the card is approved."""
    outage_seconds: int = 0
    """For so long after the first message nothing is answered to anything about this card."""
    inquiries_ignored: int = 0
    reversals_ignored: int = 0
    reversals_not_found: int = 0
    """How many reversals and voids are answered 25 before one is believed."""
    lives_seconds: int | None = None
    """When the hold falls away by itself; none: not within the sandbox's memory."""
    capture_response: str = "00"
    capture_answer_lost: bool = False
    refund_response: str = "00"
    refund_answer_lost: bool = False
    refund_ends: str = ""
    """A refund that is `pending` for a day first, and what it becomes then: refunded or returned."""
    trouble: Trouble | None = None
    renewed: bool = False
    """Refused as expired until it is asked with the issuer's new expiry, which is told after the first refusal."""


PLAIN: Final = Behaviour("plain")
UNKNOWN_NUMBER: Final = Behaviour("unknown number", response="14", verification="14")

# fmt: off
SUCCESS: Final = frozenset({
    "4242424242424242", "4012888888881881", "4000056655665556", "4000003920000003", "5555555555554444",
    "2223003122003222", "5200828282828210", "5105105105105100", "3530111333300000", "3566002020360505",
    "378282246310005", "371449635398431", "30569309025904", "38520000023237",
})
# fmt: on

_LOST: Final = Behaviour("", delivery=Delivery.LOST)
_NO_WORD: Final = replace(_LOST, inquiries_ignored=EVER)

# fmt: off
SCENARIOS: Final = {behaviour.name: behaviour for behaviour in (
    # A. Transport and correlation
    Behaviour("01", delivery=Delivery.SLOW),
    replace(_LOST, name="02", booked=False),
    replace(_LOST, name="03"),
    replace(_LOST, name="04", inquiries_ignored=3),
    replace(_NO_WORD, name="05"),
    replace(_NO_WORD, name="06", reversals_ignored=5),
    replace(_NO_WORD, name="07", reversals_ignored=EVER),
    replace(_NO_WORD, name="08", delivery=Delivery.AFTER_REVERSAL, booked=False),
    Behaviour("09", delivery=Delivery.TWICE),
    Behaviour("10", delivery=Delivery.CONTRADICTED),
    Behaviour("11", delivery=Delivery.CUT_SHORT),
    Behaviour("12", delivery=Delivery.WRONG_BITMAP),
    Behaviour("13", delivery=Delivery.TO_A_STRANGER),
    Behaviour("14", extra_percent=10),
    Behaviour("15", delivery=Delivery.BROKEN_OFF),
    Behaviour("16", delivery=Delivery.WEB_PAGE, booked=False),
    Behaviour("17", response="91", until_sign_on=True),
    Behaviour("18", outage_seconds=HOUR),
    # B. Card checks, capture, reversal, refund
    Behaviour("20", share_percent=60),
    Behaviour("21", response="05"),
    Behaviour("22", response="14", verification="14"),
    Behaviour("23", only_once_per_card=True),
    Behaviour("30", capture_response="57"),
    Behaviour("31", capture_answer_lost=True),
    Behaviour("32", lives_seconds=DAY),
    replace(_NO_WORD, name="33", reversals_not_found=2),
    Behaviour("34", refund_response="57"),
    Behaviour("35", refund_ends="returned"),
    Behaviour("36", refund_answer_lost=True),
    # C. 3-D Secure: only what the issuer answers to the authorization that may follow
    *(Behaviour(f"{number}") for number in (*range(40, 52), 54, 55)),
    Behaviour("52", response="05"),
    Behaviour("53", response="51"),
    Behaviour("56", response="1A", once_authenticated=True),
    # D. After the sale: the authorization itself is plain
    Behaviour("60", trouble=Trouble(Stage.CHARGEBACK, DAY, evidence="lost")),
    Behaviour("61", trouble=Trouble(Stage.CHARGEBACK, 30 * DAY, NOT_RECEIVED)),
    Behaviour("62", trouble=Trouble(Stage.CHARGEBACK, 45 * DAY, NOT_AS_DESCRIBED, share_percent=50)),
    Behaviour("63", trouble=Trouble(Stage.INQUIRY, 3 * DAY, NOT_RECEIVED, evidence="closed", silence="closed")),
    Behaviour("64", trouble=Trouble("fraud_report", 2 * DAY)),
    Behaviour("65", trouble=Trouble(Stage.CHARGEBACK, DAY, NOT_RECEIVED)),
    Behaviour("66", trouble=Trouble(Stage.CHARGEBACK, DAY, evidence="lost", second_stage=True)),
    Behaviour("67", trouble=Trouble(Stage.CHARGEBACK, 5 * DAY, NOT_RECEIVED, after_refund=True)),
    Behaviour("68", trouble=Trouble("fraud_elsewhere", 10 * DAY)),
    Behaviour("69", trouble=Trouble(Stage.CHARGEBACK, DAY, told_twice=True)),
    # E. Issuer advice, stops and risk
    Behaviour("70", response="05", advice="01"),
    Behaviour("71", response="51", advice="02"),
    Behaviour("72", response="05", advice="03"),
    Behaviour("73", response="05", advice="21"),
    Behaviour("74", response="51", advice="24", refused_seconds=HOUR),
    Behaviour("75", response="51", advice="30"),
    Behaviour("76", response="R0"),
    Behaviour("77", response="R1"),
    Behaviour("78", response="R3"),
    Behaviour("79", response="N7"),
    Behaviour("80", response="1A"),
    Behaviour("81", response="5C"),
    Behaviour("82", response="9G"),
    Behaviour("83", response="6P"),
    Behaviour("84", response="54", renewed=True),
    Behaviour("85"),
    Behaviour("86"),
)}

# An account verification asks about the account. So numbers whose account is bad decline it, and numbers that only lack
# money, time or permission pass it: their card can be kept, and its payments then meet the code.
_WELL_KNOWN: Final = {
    "4000000000000002": Behaviour("declined", response="05", verification="05"),
    "4000000000009995": Behaviour("insufficient funds", response="51"),
    "4000000000009987": Behaviour("lost card", response="41", verification="41"),
    "4000000000009979": Behaviour("stolen card", response="43", verification="43"),
    "4000000000000069": Behaviour("expired card", response="54", verification="54"),
    "4000000000000127": Behaviour("wrong security code", response="N7", verification="N7"),
    "4000000000000119": Behaviour("malfunction", response="96", verification="96"),
    "4000000000006975": Behaviour("too often", response="65"),
    "4000000000000101": Behaviour("security code does not match", security_code_matches=False),
    "4000000000000341": Behaviour("kept, then declined", response="05"),
    "4000002760003184": Behaviour("challenge always"),
    "4000002500003155": Behaviour("challenge unless set up"),
    "4000000000003220": Behaviour("challenge required"),
    "4000008400001629": Behaviour("challenge, then declined", response="05"),
    "4000008260003178": Behaviour("challenge, then insufficient funds", response="51"),
    "4000000000000259": Behaviour("fraud dispute", trouble=Trouble(Stage.CHARGEBACK, DAY, evidence="lost")),
    "4000000000002685": Behaviour("not received", trouble=Trouble(Stage.CHARGEBACK, DAY, NOT_RECEIVED)),
    "4000000000001976": Behaviour(
        "inquiry first", trouble=Trouble(Stage.INQUIRY, DAY, NOT_RECEIVED, evidence="closed", silence="chargeback")
    ),
    "4000000000005423": Behaviour("fraud report", trouble=Trouble("fraud_report", DAY)),
    "4000000000007726": Behaviour("refund pending", refund_ends="refunded"),
    "4000000000005126": Behaviour("refund returned", refund_ends="returned"),
    "4100000000000019": Behaviour("risk highest, blocked"),
    "4000000000004954": Behaviour("risk highest"),
    "4000000000009235": Behaviour("risk elevated"),
}
# fmt: on

_SCENARIO_PREFIXES: Final = {
    # prefix: (whole length, digits of the scenario number)
    "400000990000": (16, 3),
    "555555990000": (16, 3),
    "353011990000": (16, 3),
    "378282990000": (15, 2),
    "30569399000": (14, 2),
}
_CODE_PREFIX: Final = "400000980000"

_NAMED: Final = {behaviour.name: behaviour for behaviour in (PLAIN, UNKNOWN_NUMBER, *_WELL_KNOWN.values())} | SCENARIOS


def behaviour_of(number: str, *, amount: int, currency: str, magic_amounts: bool) -> Behaviour:
    """What this card does when asked for this amount."""
    if number in SUCCESS:
        scenario = SCENARIOS.get(f"{amount - 990_000:02}") if magic_amounts and currency == "JPY" else None
        return scenario or PLAIN
    if not passes_luhn(number):
        return UNKNOWN_NUMBER
    if known := _WELL_KNOWN.get(number):
        return known
    if number.startswith(_CODE_PREFIX) and len(number) == 16 and number[12] == "0":
        return _answering(number[13:15])
    for prefix, (length, width) in _SCENARIO_PREFIXES.items():
        if number.startswith(prefix) and len(number) == length:
            scenario_number = int(number[len(prefix) : len(prefix) + width])
            return SCENARIOS.get(f"{scenario_number:02}", UNKNOWN_NUMBER)
    return UNKNOWN_NUMBER


def behaviour_named(name: str) -> Behaviour:
    """The way back from what the book remembers."""
    return _NAMED.get(name) or _answering(name.removeprefix("code "))


def _answering(code: str) -> Behaviour:
    return Behaviour(f"code {code}", response=code)
