"""What an issuer's response code (field 39) means for us, and what the customer reads.

Never name loss, theft, fraud or risk: the reader may be the thief. Merchants get the same neutral code. "You have not
been charged" is only said for a definite decline. Where two lists of the trade disagree, the stricter one is here.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

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


@dataclass(frozen=True, slots=True)
class DeclineFacts:
    decline_code: str
    text_key: str
    advice: Advice
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
    ("04 07 41 43 46", _F("card_unusable",            "unusable",   Advice.NEVER)),
    ("59 62 63 78",    _F("card_unusable",            "unusable",   Advice.NO)),
    ("06 13 30",       _F("processing_error",         "ours",       Advice.NO, alert_staff=True)),
    ("12",             _F("card_declined",            "contact",    Advice.NEVER)),
    ("14 15",          _F("incorrect_number",         "number",     Advice.NEVER)),
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
    ("R0 R1 R3",       _F("stopped",                  "stopped",    Advice.NEVER)),
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

_MASTERCARD_65: Final = DECLINES["1A"]
_NEVER_AGAIN: Final = {"03", "21"}
"""Mastercard advice codes (field 44): never try again, recurring cancelled."""
_LATER: Final = {"02", "24", "25", "26", "27", "28", "29", "30"}

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
    "later": _("The card company could not be reached. You have not been charged; please try later."),
    "processing": _("We are checking with the card company. Please do not pay again."),
    "owncontrol": _("You have blocked this kind of payment in your card company's app."),
    "ownrules": _("One of your own rules stopped the payment."),
    "stopped": _("Payments to this shop have been stopped for this card."),
    "ours": _("Something went wrong on our side. We have been told; you need not do anything."),
}


def decline_facts(response_code: str, *, brand: str = "", advice_code: str | None = None) -> DeclineFacts:
    """What this no means. `brand` matters for 65 (Mastercard: authenticate first), `advice_code` for trying again."""
    facts = DECLINES.get(response_code, OTHERWISE)
    if response_code == "65" and brand == "mastercard":
        facts = _MASTERCARD_65
    if advice_code in _NEVER_AGAIN:
        return replace(facts, advice=Advice.NEVER)
    if advice_code == "01":
        return replace(facts, advice=Advice.NEW_DATA)
    if advice_code in _LATER and facts.advice is not Advice.NEVER:
        return replace(facts, advice=Advice.LATER)
    return facts


def is_no_outcome(response_code: str) -> bool:
    """Whether this answer only says that there is none yet (68: too late, 94: asked before)."""
    facts = DECLINES.get(response_code)
    return facts is not None and facts.decline_code == "outcome_unknown"


def customer_sentence(text_key: str) -> str:
    """The sentence for the customer, in the language of the moment."""
    return str(TEXTS[text_key])
