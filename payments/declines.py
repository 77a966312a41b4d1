"""What an issuer's response code (field 39) means for us, and what the customer reads.

Never name loss, theft, fraud or risk: the reader may be the thief. Merchants get the same neutral code. "You have not
been charged" is only said for a definite decline. Where two lists of the trade disagree, the stricter one is here.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Advice(StrEnum):
    """What may be tried next: `decline_advice` in the API."""

    NEVER = "never"
    """Not with this card, at any time."""
    NO = "no"
    """Not without the customer; another card may do."""
    LATER = "later"
    """The same card may be tried later, a limited number of times."""
    NEW_DATA = "new_data"
    """After the card's data were corrected."""
    AUTHENTICATE = "authenticate"
    """Once, after the issuer has seen that it is the customer."""


class Stop(StrEnum):
    """How far an issuer's or its customer's stop reaches."""

    NOTHING = ""
    PAYMENT = "payment"
    """This payment, with this card."""
    SERIES = "series"
    """Whatever the shop asks for by itself with this card."""
    SHOP = "shop"
    """Everything at this shop with this card."""


@dataclass(frozen=True, slots=True)
class DeclineFacts:
    decline_code: str
    text_key: str
    advice: Advice
    stop: Stop = Stop.NOTHING
    wait: timedelta | None = None
    """How long the issuer asks to wait before the same question is asked again."""
    closes_card: bool = False
    """The issuer will not have this card used again anywhere: its owner is told so."""
    alert_staff: bool = False
    """It is our own set-up or message that the network objects to."""
    ask_again: bool = False
    """This answer is not the outcome: the network is asked what became of the question."""


# fmt: off
_F: Final = DeclineFacts
_KINDS: Final = (
    ("10",             _F("partial_not_accepted",     "contact",    Advice.NO)),
    ("01 05",          _F("card_declined",            "contact",    Advice.NO)),
    ("03 58",          _F("merchant_config",          "ours",       Advice.NO, alert_staff=True)),
    ("04 07 41 43 46", _F("card_unusable",            "unusable",   Advice.NEVER, closes_card=True)),
    ("59 62 63 78",    _F("card_unusable",            "unusable",   Advice.NO)),
    ("06 13 30",       _F("processing_error",         "ours",       Advice.NO, alert_staff=True)),
    ("12",             _F("card_declined",            "contact",    Advice.NEVER)),
    ("14 15",          _F("incorrect_number",         "number",     Advice.NEVER, closes_card=True)),
    ("19 91 92",       _F("try_again_later",          "later",      Advice.LATER)),
    ("51",             _F("insufficient_funds",       "funds",      Advice.LATER)),
    ("54",             _F("expired_card",             "expired",    Advice.NEW_DATA)),
    ("55 75 6P",       _F("card_declined",            "contact",    Advice.NO)),
    ("57",             _F("not_permitted",            "kind",       Advice.NEVER)),
    ("93 5C",          _F("not_permitted",            "kind",       Advice.NO)),
    ("61 65",          _F("over_limit",               "limit",      Advice.LATER)),
    ("1A 70",          _F("authentication_required",  "auth",       Advice.AUTHENTICATE)),
    ("68",             _F("outcome_unknown",          "processing", Advice.NO, ask_again=True)),
    ("82 N7",          _F("incorrect_cvc",            "cvc",        Advice.NEW_DATA)),
    ("94",             _F("outcome_unknown",          "processing", Advice.NO, ask_again=True)),
    ("96",             _F("processing_error",         "later",      Advice.LATER, ask_again=True)),
    ("9G",             _F("blocked_by_cardholder",    "owncontrol", Advice.NO)),
    ("R0",             _F("stopped",                  "stopped",    Advice.NEVER, stop=Stop.PAYMENT)),
    ("R1",             _F("stopped",                  "stopped",    Advice.NEVER, stop=Stop.SERIES)),
    ("R3",             _F("stopped",                  "stopped",    Advice.NEVER, stop=Stop.SHOP)),
)
# fmt: on

DECLINES: Final = {code: facts for codes, facts in _KINDS for code in codes.split()}
"""By response code. 25 ("original not found") answers reversals and inquiries only; it never declines a payment."""

NO_AUTHORIZATION: Final = DeclineFacts("no_authorization", "later", Advice.LATER)
"""The network has no trace of our question, or has undone it: nothing is held on the card."""
TRY_AGAIN_LATER: Final = DECLINES["91"]
"""Certain that nothing left the house."""
CUSTOMER_RULES: Final = DeclineFacts("customer_rules", "ownrules", Advice.NO)
"""The customer's own rules stopped a charge under a permission; which one, the shop never learns."""
OTHERWISE: Final = DECLINES["05"]
"""A code that no list knows counts as the issuer's plain no."""

CARD_NOT_USABLE: Final = _F("card_unusable", "unusable", Advice.NO)
RETRY_NOT_ALLOWED: Final = _F("retry_not_allowed", "noretry", Advice.NEVER)
RETRY_TOO_EARLY: Final = _F("retry_not_allowed", "noretry", Advice.LATER)
NEW_DATA_WANTED: Final = _F("retry_not_allowed", "newdata", Advice.NEW_DATA)
TOO_MANY_DECLINES: Final = _F("too_many_declines", "toomany", Advice.LATER)
"""Our own noes: the issuer was not asked."""

AUTHENTICATION_FAILED: Final = DeclineFacts("authentication_failed", "auth_failed", Advice.NO)
"""3-D Secure: the issuer does not know its customer here (N), or its result cannot be believed."""
AUTHENTICATION_REJECTED: Final = DeclineFacts("authentication_failed", "auth_failed", Advice.NEVER)
"""3-D Secure: the issuer wants no authorization to be asked for (R)."""
AUTHENTICATION_CANCELED: Final = DeclineFacts("authentication_canceled", "auth_canceled", Advice.NO)
"""3-D Secure: the customer turned back."""
AUTHENTICATION_EXPIRED: Final = DeclineFacts("authentication_expired", "auth_expired", Advice.NO)
"""3-D Secure: no result came in time."""
AUTHENTICATION_UNAVAILABLE: Final = DeclineFacts("authentication_unavailable", "later", Advice.LATER)
"""3-D Secure could not answer, and this operator goes on with nobody whom the issuer has not seen."""

DECLINE_CODES: Final = frozenset(
    facts.decline_code
    for facts in (
        *DECLINES.values(),
        NO_AUTHORIZATION,
        CUSTOMER_RULES,
        CARD_NOT_USABLE,
        RETRY_NOT_ALLOWED,
        TOO_MANY_DECLINES,
        AUTHENTICATION_FAILED,
        AUTHENTICATION_REJECTED,
        AUTHENTICATION_CANCELED,
        AUTHENTICATION_EXPIRED,
        AUTHENTICATION_UNAVAILABLE,
    )
)
"""Every word that a shop may read for a no. Stable for ever."""

_MASTERCARD_65: Final = DECLINES["1A"]

# fmt: off
_ADVISED: Final[dict[str, dict[str, Any]]] = {
    "01": {"advice": Advice.NEW_DATA},
    "02": {"advice": Advice.LATER},
    "03": {"advice": Advice.NEVER},
    "04": {"advice": Advice.NO},                           # a network token, and it is not supported
    "21": {"advice": Advice.NEVER, "stop": Stop.SERIES},   # the customer stopped the series there
    "24": {"advice": Advice.LATER, "wait": timedelta(hours=1)},
    "25": {"advice": Advice.LATER, "wait": timedelta(hours=24)},
    "26": {"advice": Advice.LATER, "wait": timedelta(days=2)},
    "27": {"advice": Advice.LATER, "wait": timedelta(days=4)},
    "28": {"advice": Advice.LATER, "wait": timedelta(days=6)},
    "29": {"advice": Advice.LATER, "wait": timedelta(days=8)},
    "30": {"advice": Advice.LATER, "wait": timedelta(days=10)},
    "40": {},                                              # a prepaid card: the response code decides
    "41": {"advice": Advice.NEVER},                        # a virtual card for one use only
    "43": {},                                              # a virtual card for many uses
}
# fmt: on
"""By the issuer's own advice code (field 44), Mastercard's list."""
_SOFTER: Final = {Advice.LATER, Advice.NO}
"""Advice that does not soften a "never" of the response code itself."""

TEXTS: Final[dict[str, str | Promise]] = {
    "contact": _(
        "The card company did not approve this payment. Use another card or ask the card company.",
    ),
    "funds": _("The card's limit or balance is not enough."),
    "expired": _("The card has expired. Update the date or use another card."),
    "number": _("The card number is not correct."),
    "cvc": _("The security code is not correct."),
    "unusable": _("This card cannot be used. Please ask the card company."),
    "kind": _("The card does not allow this kind of payment."),
    "limit": _("The payment is over a limit set for the card."),
    "auth": _("Please confirm that it is you."),
    "auth_failed": _(
        "Your card company could not confirm that it was you. You have not been charged. Use another card or ask the "
        "card company."
    ),
    "auth_canceled": _("You turned back before your card company had seen you. You have not been charged."),
    "auth_expired": _("Your card company had no answer from you in time. You have not been charged."),
    "later": _("The card company could not be reached. You have not been charged; please try later."),
    "processing": _("We are checking with the card company. Please do not pay again."),
    "owncontrol": _("You have blocked this kind of payment in your card company's app."),
    "ownrules": _("One of your own rules stopped the payment."),
    "stopped": _("Payments to this shop have been stopped for this card."),
    "noretry": _("The card networks do not allow this card to be tried again here now."),
    "newdata": _("The card company wants newer card details before this card is tried again."),
    "toomany": _("There were too many tries in a short time. Please wait a while."),
    "ours": _("Something went wrong on our side. We have been told; you need not do anything."),
}


SAYS_ANOTHER_CARD: Final = frozenset({"contact", "expired", "auth_failed"})
"""The texts that speak of another card themselves: a page need not say it once more."""


def decline_facts(response_code: str, *, brand: str = "", advice_code: str | None = None) -> DeclineFacts:
    """What this no means. `brand` matters for 65 (Mastercard: authenticate first), `advice_code` for trying again."""
    facts = DECLINES.get(response_code, OTHERWISE)
    if response_code == "65" and brand == "mastercard":
        facts = _MASTERCARD_65
    advised = _ADVISED.get(advice_code or "", {})
    if facts.advice is Advice.NEVER and advised.get("advice") in _SOFTER:
        return facts
    return replace(facts, **advised)


def is_no_outcome(response_code: str) -> bool:
    """Whether this answer only says that there is none yet (68: too late, 94: asked before)."""
    facts = DECLINES.get(response_code)
    return facts is not None and facts.decline_code == "outcome_unknown"


def customer_sentence(text_key: str) -> str:
    """The sentence for the customer, in the language of the moment."""
    return str(TEXTS[text_key])
