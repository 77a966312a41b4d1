"""Refusals of the vault.

    Refusal
    ├── InvalidCard            what was typed cannot be a card that we take; `field` says where
    │   ├── IncorrectNumber · BrandNotAccepted · OnlyTestCards · NoTestCards
    │   ├── InvalidExpiry · ExpiredCard
    │   └── IncorrectSecurityCode
    ├── IntakeNotOpen          expired, used before, or another customer's: one answer on purpose
    ├── IntakeUnreadable       it was not sealed to this intake
    ├── SafeUnavailable        nothing was done; later it may work
    ├── ReceiptsUnavailable    nothing was signed; later it will be
    └── ReceiptNotBorneOut     what was to be signed is not what the safe's own records say

The verbs that speak to the card network answer `NotSent` or `Unknown` instead of refusing when the safe is away.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from common.errors import Kind, Refusal


class InvalidCard(Refusal):
    code, kind = "invalid_card", Kind.INVALID
    message = _("These card details are not correct.")


class IncorrectNumber(InvalidCard):
    code, field = "incorrect_number", "number"
    message = _("The card number is not correct.")


class BrandNotAccepted(InvalidCard):
    code, field = "brand_not_accepted", "number"
    message = _("Cards of this brand are not accepted here.")


class OnlyTestCards(InvalidCard):
    """A sandbox never learns a real card number."""

    code, field = "test_cards_only", "number"
    message = _("This is a sandbox: please enter one of the published test card numbers, never a real card.")


class NoTestCards(InvalidCard):
    code, field = "test_card_refused", "number"
    message = _("This is a test card number. Please enter a real card.")


class InvalidExpiry(InvalidCard):
    code, field = "invalid_expiry", "expiry"
    message = _("The expiry date is not correct. Enter month and year as on the card.")


class ExpiredCard(InvalidCard):
    code, field = "expired_card", "expiry"
    message = _("The card has expired. Use another card.")


class IncorrectSecurityCode(InvalidCard):
    code, field = "incorrect_cvc", "security_code"
    message = _("The security code is not correct.")


class IntakeNotOpen(Refusal):
    code, kind = "intake_not_open", Kind.STATE
    message = _("This form has expired. Please enter the card again.")


class IntakeUnreadable(Refusal):
    code, kind = "intake_unreadable", Kind.INVALID
    message = _("The card details did not arrive in one piece. Please enter the card again.")


class SafeUnavailable(Refusal):
    code, kind = "safe_unavailable", Kind.UNAVAILABLE
    message = _("Cards cannot be added just now. Nothing was stored; please try again in a few minutes.")


class ReceiptsUnavailable(Refusal):
    code, kind = "receipts_unavailable", Kind.UNAVAILABLE
    message = _("Receipts cannot be signed just now. They follow by themselves in a few minutes.")


class ReceiptNotBorneOut(Refusal):
    """Asked again it is refused again: a person has to look."""

    code, kind = "receipt_not_borne_out", Kind.STATE
    message = _("The safe’s own records do not bear out what this receipt states. It was not signed.")


BY_CODE: Final[dict[str, type[Refusal]]] = {
    refusal.code: refusal
    for refusal in (
        InvalidCard,
        IncorrectNumber,
        BrandNotAccepted,
        OnlyTestCards,
        NoTestCards,
        InvalidExpiry,
        ExpiredCard,
        IncorrectSecurityCode,
        IntakeNotOpen,
        IntakeUnreadable,
        SafeUnavailable,
        ReceiptNotBorneOut,
    )
}
"""How a refusal of the safe finds its class again on this side of the socket."""
