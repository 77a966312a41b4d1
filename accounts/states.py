"""Which states a card knows, and which verb leads where. Pure."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CardStatus(models.TextChoices):
    USABLE = "usable", _("Usable")
    """May pay. Whether it has expired is a matter of the date, not of this word."""
    FROZEN = "frozen", _("Frozen")
    """Its owner pulled the brake: nothing new is authorized with it until it is unfrozen."""
    REMOVED = "removed", _("Removed")
    """Taken out of the wallet for good; the safe is told to forget the number."""


class CardAttention(models.TextChoices):
    """What an issuer's no says about the card itself, beside its state. Why is never told: anybody may read it."""

    NONE = "", _("Nothing")
    NEW_DATA = "new_data", _("Newer details wanted")
    """The issuer knows a newer expiry or number. It may be tried elsewhere; where it was declined, not before."""
    CLOSED = "closed", _("Closed by the card company")
    """It can no longer be used anywhere, until its issuer vouches for it anew."""


class SecurityCodeResult(models.TextChoices):
    """What the issuer said about the security code when the card was verified."""

    UNSAID = "", _("Not known")
    MATCH = "match", _("Matches")
    NO_MATCH = "no_match", _("Does not match")
    """It vouched for the card all the same; the operator's setting let such a card in."""
    NOT_CHECKED = "not_checked", _("Not checked")


class FreezeReason(models.TextChoices):
    NOT_AT_HAND = "not_at_hand", _("I cannot find it at the moment")
    UNKNOWN_PAYMENT = "unknown_payment", _("There is a payment that I do not know")
    PRECAUTION = "precaution", _("As a precaution")


class TryOutcome(models.TextChoices):
    """What came of one try to add a card. Only staff read these words."""

    ASKED = "asked", pgettext_lazy("card", "Asked")
    """The network was asked and has not answered yet; counts as a failure for a short while."""
    ACCEPTED = "accepted", _("Accepted")
    NOT_ACCEPTED = "not_accepted", _("Not accepted")
    """The issuer said no. These are what a card tester collects, so these are counted."""
    UNANSWERED = "unanswered", _("Unanswered")
    """Nobody learned anything: neither counted nor held against the customer."""


class SignInMethod(models.TextChoices):
    PASSKEY = "passkey", _("Passkey")
    EMAIL_CODE = "email_code", _("Code by e-mail")
    RECOVERY_CODE = "recovery_code", _("Recovery code")


S = CardStatus
# fmt: off
CARD_TRANSITIONS: Final = {
    (S.USABLE, "freeze"):   S.FROZEN,
    (S.FROZEN, "unfreeze"): S.USABLE,
    (S.USABLE, "remove"):   S.REMOVED,
    (S.FROZEN, "remove"):   S.REMOVED,
}
# fmt: on
