"""A business under contract with this commerce."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.actors import Actor
from common.append_only import AppendOnlyModel
from common.ids import PublicIdField
from common.states import move_row
from merchants.errors import MerchantNotFound
from merchants.states import TRANSITIONS, MerchantStatus


class Merchant(models.Model):
    id = PublicIdField("mer", primary_key=True, editable=False)
    display_name = models.CharField(_("display name"), max_length=60)
    legal_name = models.CharField(_("legal name"), max_length=120)
    status = models.CharField(_("status"), max_length=12, choices=MerchantStatus, default=MerchantStatus.APPLIED)
    category_code = models.CharField(_("category code"), max_length=4)
    """Merchant category code, ISO 18245: four digits."""
    fee_basis_points = models.PositiveSmallIntegerField(_("fee (1/100 %)"))
    city = models.CharField(_("city"), max_length=40)
    return_window_days = models.PositiveSmallIntegerField(_("return window (days)"), default=14)
    """How long customers may bring goods back; points stay pending until it is over."""
    admitted_at = models.DateTimeField(_("admitted at"), null=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name, verbose_name_plural = _("merchant"), _("merchants")
        constraints = [
            models.CheckConstraint(name="merchant_category_is_digits", condition=Q(category_code__regex=r"^[0-9]{4}$")),
            models.CheckConstraint(name="merchant_fee_at_most_all", condition=Q(fee_basis_points__lte=10_000)),
            models.CheckConstraint(
                name="merchant_admitted_has_date",
                condition=Q(status=MerchantStatus.APPLIED, admitted_at=None)
                | (~Q(status=MerchantStatus.APPLIED) & Q(admitted_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    # Mutators

    def move(self, verb: str, *, reason: str = "", by: Actor, now: datetime) -> None:
        old = MerchantStatus(self.status)
        new = move_row(self, TRANSITIONS, verb, old=old, admitted_at=self.admitted_at or now)
        MerchantStatusChange.objects.create(
            merchant=self, old=old, new=new, verb=verb, reason=reason, by=by.ref, at=now
        )

    # Queries

    @classmethod
    def locked(cls, merchant_id: str) -> Self:
        """The row, and nobody else changes the merchant or its team until the commit."""
        try:
            return cls.objects.select_for_update(no_key=True).get(pk=merchant_id)
        except cls.DoesNotExist:
            raise MerchantNotFound from None

    # Properties

    @property
    def is_open(self) -> bool:
        """Whether new payments may be asked for."""
        return self.status == MerchantStatus.ADMITTED


class MerchantStatusChange(AppendOnlyModel):
    """What was before, who changed it and why. Only added to."""

    id = PublicIdField("mch", primary_key=True, editable=False)
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="changes", verbose_name=_("merchant"))
    old = models.CharField(_("state before"), max_length=12, choices=MerchantStatus)
    new = models.CharField(_("state after"), max_length=12, choices=MerchantStatus)
    verb = models.CharField(_("verb"), max_length=20)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    by = models.CharField(_("done by"), max_length=40)
    at = models.DateTimeField(_("done at"))

    class Meta:
        verbose_name, verbose_name_plural = _("change of a merchant"), _("changes of merchants")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.get_old_display()} → {self.get_new_display()}"
