"""What directory and issuer do for which test card. A table to be read; nothing here acts."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from sandbox.network.behaviours import behaviour_of as network_behaviour_of


class Ending(Enum):
    """How a challenge ends."""

    AS_ANSWERED = "as the customer answers on the issuer's page"
    PASSED = "passed, whatever was pressed"
    FAILED = "failed, whatever was pressed"
    CANCELED = "canceled, whatever was pressed"
    NEVER = "no result is ever sent"


@dataclass(frozen=True, slots=True)
class Behaviour:
    name: str
    status: str = "Y"
    """transStatus of the ARes: Y, A, N, R, U, C, D or I."""
    reason: str = ""
    """transStatusReason, two digits."""
    silent: bool = False
    """The directory takes the question and never answers."""
    without_value: bool = False
    """Y, but with the ECI of nothing and no authentication value."""
    ending: Ending = Ending.AS_ANSWERED
    another_id: bool = False
    """The result names another transaction."""
    unless_set_up: bool = False
    """A challenge the first time; nothing more is asked once this card has passed one here."""


PLAIN: Final = Behaviour("plain")
UNKNOWN_NUMBER: Final = Behaviour("unknown number", status="U", reason="08")
_CHALLENGE: Final = Behaviour("", status="C")

# fmt: off
_BY_NAME: Final = {behaviour.name: behaviour for behaviour in (
    Behaviour("40"),
    Behaviour("41", status="A"),
    Behaviour("42", status="N", reason="01"),
    Behaviour("43", status="R", reason="11"),
    Behaviour("44", status="U", reason="03"),
    replace(_CHALLENGE, name="45"),
    replace(_CHALLENGE, name="46", ending=Ending.FAILED),
    replace(_CHALLENGE, name="47", ending=Ending.CANCELED),
    replace(_CHALLENGE, name="48", ending=Ending.NEVER),
    Behaviour("49", silent=True),
    Behaviour("50", status="D", ending=Ending.PASSED),
    Behaviour("51", status="I"),
    replace(_CHALLENGE, name="52", ending=Ending.PASSED),
    replace(_CHALLENGE, name="53", ending=Ending.PASSED),
    Behaviour("54", without_value=True),
    replace(_CHALLENGE, name="55", ending=Ending.PASSED, another_id=True),
    # The issuer is told first and proves nothing; asked for money it wants to see its customer (1A, or 65).
    Behaviour("56", status="I"),
    replace(_CHALLENGE, name="challenge always"),
    replace(_CHALLENGE, name="challenge unless set up", unless_set_up=True),
    replace(_CHALLENGE, name="challenge required"),
    replace(_CHALLENGE, name="challenge, then declined"),
    replace(_CHALLENGE, name="challenge, then insufficient funds"),
    UNKNOWN_NUMBER,
)}
# fmt: on

_ECI: Final = {"Y": ("05", "02"), "A": ("06", "01"), "I": ("07", "04")}
_NO_ECI: Final = ("07", "00")

CHALLENGE_MANDATED: Final = "04"
"""threeDSRequestorChallengeInd: the requestor must have a challenge. Whoever would have let it pass asks then."""


def behaviour_of(number: str, *, amount: int, currency: str, magic_amounts: bool) -> Behaviour:
    """The network host's table knows the families and the magic amounts; what it calls a card is what we call it."""
    known = network_behaviour_of(number, amount=amount, currency=currency, magic_amounts=magic_amounts)
    return _BY_NAME.get(known.name, PLAIN)


def eci_for(status: str, *, number: str) -> str:
    """Mastercard counts otherwise than all others."""
    return _ECI.get(status, _NO_ECI)[number[:1] in {"5", "2"}]


def decoupled_after(seconds: float, acts: Behaviour) -> float | None:
    """When the issuer, having reached its customer in its own way, tells the result; never where nobody was asked."""
    return seconds if acts.status == "D" else None
