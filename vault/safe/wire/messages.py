"""The messages of our profile, as functions of what is known when they are built. Pure.

Everything about an authorization after its 0100 is built from the stored request and never from an answer: after a
time-out there is none.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from common.clock import TOKYO
from common.money import NUMERIC_CODES, Money, yen
from vault.safe.pan import OpenCard, SecurityCode
from vault.safe.wire.codec import Fields, private_data, read_private_data
from vault.types import MerchantFacts

KEYED_BY_THE_CUSTOMER: Final = "812"
STORED_CARD: Final = "102"
E_COMMERCE: Final = "59"
CUSTOMER_NOT_THERE: Final = "08"
BY_THE_CUSTOMER: Final = "customer"
ACCOUNT_VERIFICATION: Final = "51"
NO_ANSWER_IN_TIME: Final = "4021"
VALUE_WAS_SENT: Final = "sent"
"""Stands in a stored request where the authentication value stood."""

NEVER_STORED: Final = ("2", "14")
"""Fields that a stored request does not hold; field 48 is stored without the security code."""

REPEATS: Final = {"0220": "0221", "0420": "0421", "0620": "0621"}
"""The type of an advice said again. A reversal request (0400) is said again as it was."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who speaks on this wire: our acquirer (field 32) and our terminal (field 41)."""

    acquirer: str
    terminal: str


@dataclass(frozen=True, slots=True)
class Trace:
    """What one message is found by: trace number (11), moment (7) and network reference (37)."""

    number: str
    transmitted: str
    reference: str


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands over every message that begins something: who, found by what, about which reference of ours, when."""

    sender: Sender
    trace: Trace
    reference: str
    now: datetime


def trace(number: int, reference: str, *, now: datetime) -> Trace:
    """`now` is in UTC, as field 7 is."""
    return Trace(f"{number:06d}", now.strftime("%m%d%H%M%S"), reference)


def authorization(  # noqa: PLR0913 (each is a fact of the message, and all are named)
    *,
    card: OpenCard | None,
    amount: Money,
    merchant: MerchantFacts,
    initiator: str = BY_THE_CUSTOMER,
    series_ref: str = "",
    three_ds: Mapping[str, str] = MappingProxyType({}),
    head: Letterhead,
) -> Fields:
    """0100: promise us this amount, from a card on file. Without a card it can be written down, and not be sent.

    When the shop asks without the customer, under a permission given earlier, fields 25 and 48 say so; `series_ref` is
    the network reference of the payment at which the customer was there. `three_ds` are the words of field 48 that say
    how the issuer itself has seen its customer.
    """
    there = initiator == BY_THE_CUSTOMER
    about_the_series = {} if there else {"INI": initiator, "SER": series_ref}
    return {
        **_purchase(card=card, amount=amount, merchant=merchant, head=head),
        "t": "0100",
        "22": STORED_CARD,
        "25": E_COMMERCE if there else CUSTOMER_NOT_THERE,
        "48": private_data(REF=head.reference, **about_the_series, **three_ds),
    }


def with_card(fields: Fields, card: OpenCard) -> Fields:
    """A purchase that was built without its card, complete."""
    return {**fields, **_words_of(card)}


def verification(*, card: OpenCard, security_code: SecurityCode, merchant: MerchantFacts, head: Letterhead) -> Fields:
    """0100 with amount 0: does the issuer vouch for card and code? The only message that carries a security code."""
    return {
        **_purchase(card=card, amount=yen(0), merchant=merchant, head=head),
        "t": "0100",
        "22": KEYED_BY_THE_CUSTOMER,
        "25": ACCOUNT_VERIFICATION,
        "48": private_data(REF=head.reference, CVC=security_code.reveal_to_network()),
    }


def refund(*, card: OpenCard, amount: Money, merchant: MerchantFacts, original: Fields, head: Letterhead) -> Fields:
    """0200, processing code 20: give money back for the authorization whose stored request is `original`."""
    return {
        **_purchase(card=card, amount=amount, merchant=merchant, head=head),
        "t": "0200",
        "3": "200000",
        "22": STORED_CARD,
        "25": E_COMMERCE,
        "48": private_data(REF=head.reference, ORG=original["37"]),
    }


def capture(*, card: OpenCard, amount: Money, original: Fields, approval_code: str, head: Letterhead) -> Fields:
    """0220: the shop takes what was promised."""
    kept = {name: original[name] for name in ("18", "22", "43")}
    return {
        **_about(original, card=card, head=head),
        **kept,
        "t": "0220",
        "4": _twelve(amount),
        "14": card.expiry,
        "38": approval_code,
        "48": private_data(REF=head.reference),
    }


def void(*, card: OpenCard, original: Fields, approval_code: str, head: Letterhead) -> Fields:
    """0400: we let go of the promise before capture."""
    approved = {"38": approval_code} if approval_code else {}
    return {**_about(original, card=card, head=head), **approved, "t": "0400"}


def release(*, card: OpenCard, stays: Money, original: Fields, approval_code: str, head: Letterhead) -> Fields:
    """0400 with field 95: of the promise only `stays` is still wanted; we let go of the rest."""
    settled, fees = "0" * 12, "D00000000" * 2
    replacement = f"{_twelve(stays)}{settled}{fees}"
    return {**void(card=card, original=original, approval_code=approval_code, head=head), "95": replacement}


def reversal(*, card: OpenCard, original: Fields, head: Letterhead) -> Fields:
    """0420: nobody told us what became of it; take it back."""
    return {**_about(original, card=card, head=head), "t": "0420", "60": NO_ANSWER_IN_TIME}


def inquiry(*, original: Fields, head: Letterhead) -> Fields:
    """0600: what became of it? Names the original by its network reference."""
    kept = {name: original[name] for name in ("32", "37", "41", "42", "49")}
    return {
        **kept,
        **_moments(head),
        "t": "0600",
        "48": private_data(REF=head.reference),
        "90": original_data(original),
    }


def case_answer(*, original: Fields, case_ref: str, says: str, digest: str, head: Letterhead) -> Fields:
    """0620: what the shop says in a case, evidence or acceptance. It names no card: the case is known by its charge."""
    kept = {name: original[name] for name in ("32", "37", "41", "42", "49")}
    return {
        **kept,
        **_moments(head),
        "t": "0620",
        "48": private_data(REF=head.reference, CASE=case_ref, SAYS=says, HASH=digest),
        "90": original_data(original),
    }


def notice_taken(notice: Fields) -> Fields:
    """0630: the network's notice is written down here."""
    echoed = {name: notice[name] for name in ("7", "11", "32", "37") if name in notice}
    return {**echoed, "t": "0630", "39": "00"}


def network_message(code: str, *, trace: Trace) -> Fields:
    """0800: 001 signs on, 301 is an echo."""
    return {"t": "0800", "7": trace.transmitted, "11": trace.number, "70": code}


def original_data(original: Fields) -> str:
    """Field 90: type, trace number, moment and acquirer of the original, and no forwarding institution."""
    return f"{original['t']}{original['11']}{original['7']}{original['32']:0>11}{'':0>11}"


def to_store(fields: Fields) -> Fields:
    """What may be written down: no card number, no expiry, no security code, no authentication value."""
    stored = {name: text for name, text in fields.items() if name not in NEVER_STORED}
    if "48" in stored:
        words = {name: text for name, text in read_private_data(stored["48"]).items() if name != "CVC"}
        stored["48"] = private_data(**words | ({"CAVV": VALUE_WAS_SENT} if "CAVV" in words else {}))
    return stored


def from_store(stored: Fields, *, card: OpenCard, repeated: bool) -> Fields:
    """A stored advice, complete again; said again it differs in its type only."""
    mti = REPEATS.get(stored["t"], stored["t"]) if repeated else stored["t"]
    expiry = {"14": card.expiry} if mti.startswith("022") else {}
    return {**stored, **expiry, "t": mti, "2": card.pan.reveal_to_network()}


def _purchase(*, card: OpenCard | None, amount: Money, merchant: MerchantFacts, head: Letterhead) -> Fields:
    return {
        **(_words_of(card) if card else {}),
        "3": "000000",
        "4": _twelve(amount),
        **_moments(head),
        "18": merchant.mcc,
        "32": head.sender.acquirer.lstrip("0"),
        "37": head.trace.reference,
        "41": f"{head.sender.terminal:<8}",
        "42": f"{merchant_id(merchant.ref):<15}",
        "43": name_and_place(merchant),
        "49": NUMERIC_CODES[amount.currency],
    }


def _words_of(card: OpenCard) -> Fields:
    return {"2": card.pan.reveal_to_network(), "14": card.expiry}


def _about(original: Fields, *, card: OpenCard, head: Letterhead) -> Fields:
    """What every message about an earlier one repeats of it."""
    kept = {name: original[name] for name in ("3", "4", "25", "32", "37", "41", "42", "49")}
    return {"2": card.pan.reveal_to_network(), **kept, **_moments(head), "90": original_data(original)}


def _moments(head: Letterhead) -> Fields:
    local = head.now.astimezone(TOKYO)
    return {
        "7": head.trace.transmitted,
        "11": head.trace.number,
        "12": local.strftime("%H%M%S"),
        "13": local.strftime("%m%d"),
    }


def _twelve(amount: Money) -> str:
    return f"{amount.minor:012d}"


def merchant_id(ref: str) -> str:
    """Field 42 has fifteen places, an id of ours thirty: its last fifteen are random enough to be one shop's only."""
    return ref.rpartition("_")[2][-15:].upper()


def name_and_place(merchant: MerchantFacts) -> str:
    """Field 43: name (25), city (13), country (2). The wire knows ASCII only; a name it cannot say becomes the id."""
    name = _ascii(merchant.name) or f"SHOP {merchant_id(merchant.ref)}"
    city = _ascii(merchant.city) or "JAPAN"
    return f"{name[:25]:<25}{city[:13]:<13}JP"


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join("".join(letter for letter in plain if letter.isprintable()).upper().split())
