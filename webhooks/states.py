"""What can be heard by webhook, and the states of an endpoint and of what is told to it."""

from datetime import timedelta
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

EVENT_TYPES: Final = [
    "payment.created",
    "payment.processing",
    "payment.authorized",
    "payment.captured",
    "payment.capture_refused",
    "payment.released",
    "payment.declined",
    "payment.canceled",
    "payment.expired",
    "refund.created",
    "refund.succeeded",
    "refund.failed",
    "dispute.opened",
    "dispute.evidence_submitted",
    "dispute.response_due",
    "dispute.updated",
    "dispute.won",
    "dispute.lost",
    "dispute.accepted",
    "dispute.closed",
    "fraud_report.received",
    "grant.created",
    "grant.approved",
    "grant.declined",
    "grant.paused",
    "grant.resumed",
    "grant.lowered",
    "grant.card_changed",
    "grant.ended",
    "campaign.started",
    "campaign.changed",
    "campaign.paused",
    "campaign.exhausted",
    "campaign.ended",
    "points_clearing.cut",
]
"""The events that a merchant may hear. Others that concern it stay in the house."""

# fmt: off
DELAYS: Final = tuple(timedelta(seconds=seconds) for seconds in (
    5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 14 * 3_600, 20 * 3_600, 24 * 3_600,
))
# fmt: on
"""How long after the first, second, … attempt the next one is made: ten attempts in about 75 h 35 min."""

DISABLE_AFTER: Final = timedelta(days=3)
"""An endpoint that took nothing for so long is switched off at its next failure, and its team is told by mail."""

LONGEST_REPLAY: Final = timedelta(days=31)

BOTH_SECRETS_FOR: Final = timedelta(hours=72)
"""After a roll the earlier secret signs along for so long."""


class EndpointStatus(models.TextChoices):
    ENABLED = "enabled", _("Enabled")
    """It is told what it asked for."""
    DISABLED = "disabled", _("Disabled")
    """It is told nothing: its merchant said so, or it answered 410. What happens meanwhile is in the event log."""


class DisabledWhy(models.TextChoices):
    MERCHANT = "merchant", _("Switched off by the merchant")
    GONE = "gone", _("It answered 410")
    """An endpoint that answers so asks to be told nothing any more."""
    FAILING = "failing", _("It failed for three days")
    """Nothing but failures for as long as the schedule of one event lasts."""


class TellingStatus(models.TextChoices):
    DUE = "due", _("Waiting")
    """An attempt is to be made at `not_before`."""
    DELIVERED = "delivered", _("Delivered")
    """The endpoint said yes (2xx)."""
    GIVEN_UP = "given_up", _("Given up")
    """All attempts failed, or the endpoint was disabled. It can be told again by hand."""
