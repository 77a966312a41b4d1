"""That somebody was told of points which will expire."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnlyModel
from common.ids import PublicIdField


class ExpiryNotice(AppendOnlyModel):
    """One row for each wallet, expiry and distance, written in the commit that queues the mail."""

    id = PublicIdField("exn", primary_key=True, editable=False)
    wallet_id = PublicIdField("wal", verbose_name=_("wallet"))
    expires_at = models.DateTimeField(_("expires at"))
    days_before = models.PositiveSmallIntegerField(_("days before"))
    amount_minor = models.BigIntegerField(_("points"))
    """As many as would have expired at the moment of the notice."""
    told_at = models.DateTimeField(_("told at"))

    class Meta:
        verbose_name, verbose_name_plural = _("expiry notice"), _("expiry notices")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="expiry_told_once", fields=["expires_at", "days_before", "wallet_id"]),
            models.CheckConstraint(name="expiry_of_some", condition=models.Q(amount_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.wallet_id} {self.days_before}"
