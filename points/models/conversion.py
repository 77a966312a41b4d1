"""A shop's old points, taken over: who may, by which key, in which batch, one by one."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField
from common.money import Money, pts, yen
from points.models.gift import new_pool
from points.models.lot import PointsLot
from points.states import ConversionStatus


class ConversionPermit(models.Model):
    """Staff let a merchant have old points taken over: it owes their worth from that moment on. One row per merchant;
    what was before stands in the audit chain.
    """

    id = PublicIdField("cvp", primary_key=True, editable=False)
    merchant_id = PublicIdField("mer", unique=True, verbose_name=_("merchant"))
    is_open = models.BooleanField(_("allowed"))
    most_each_minor = models.PositiveIntegerField(_("most points of one conversion"))
    most_per_month_minor = models.PositiveBigIntegerField(_("most points in a month"))
    reason = models.CharField(_("reason"), max_length=200)
    changed_by = models.CharField(_("changed by"), max_length=40)
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name, verbose_name_plural = _("permit for conversions"), _("permits for conversions")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.most_per_month_minor if self.is_open else '–'}"

    @classmethod
    def locked(cls, merchant_id: str) -> "ConversionPermit | None":
        """The row: whoever holds it takes over this merchant's points alone."""
        return cls.objects.select_for_update(no_key=True).filter(merchant_id=merchant_id).first()


class ConversionKey(models.Model):
    """The public half of a key with which a merchant signs its files. Revoked once, and never changed else."""

    id = PublicIdField("cvk", primary_key=True, editable=False)
    merchant_id = PublicIdField("mer", verbose_name=_("merchant"))
    label = models.CharField(_("label"), max_length=60)
    public_key = models.CharField(_("public key"), max_length=43)
    """Its 32 bytes as base64url."""
    registered_at = models.DateTimeField(_("registered at"))
    registered_by = models.CharField(_("registered by"), max_length=40)
    revoked_at = models.DateTimeField(_("revoked at"), null=True)
    revoked_by = models.CharField(_("revoked by"), max_length=40, blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("signing key for conversions"), _("signing keys for conversions")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                name="conversion_key_once", fields=["merchant_id", "public_key"], condition=Q(revoked_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.label}"


class PointsConversionBatch(models.Model):
    """What was taken over at once. Its points are live in a pool of its own, and paid for, before anybody is asked:
    neither the shop's balance nor its answers tell which addresses are customers.
    """

    id = PublicIdField("cvb", primary_key=True, editable=False)
    merchant_id = PublicIdField("mer", verbose_name=_("merchant"))
    pool_id = PublicIdField("wal", unique=True, default=new_pool, editable=False, verbose_name=_("pool"))
    key = models.ForeignKey(ConversionKey, models.PROTECT, null=True, verbose_name=_("signing key"))
    """By whose signature; null for one that came by the API alone."""
    file_sha256 = models.CharField(_("digest of the file"), max_length=64, blank=True, default="")
    count = models.PositiveIntegerField(_("conversions"))
    points_minor = models.BigIntegerField(_("points"))
    created_at = models.DateTimeField(_("created at"))
    created_by = models.CharField(_("created by"), max_length=40)
    ends_at = models.DateTimeField(_("waits until"))
    """Half-open: what has no owner by then falls back to the shop."""

    class Meta:
        verbose_name, verbose_name_plural = _("batch of conversions"), _("batches of conversions")
        ordering = ["-id"]
        constraints = [models.CheckConstraint(name="conversion_batch_is_some", condition=Q(count__gt=0))]
        indexes = [models.Index(name="conversion_batches_of", fields=["merchant_id", "-id"])]

    def __str__(self) -> str:
        return f"{self.id} {self.count}"

    @property
    def points(self) -> Money:
        return pts(self.points_minor)

    @property
    def cost(self) -> Money:
        """One point costs its merchant one yen."""
        return yen(self.points_minor)

    def is_over(self, *, now: datetime) -> bool:
        return now >= self.ends_at


class PointsConversion(models.Model):
    """One old balance of one person. Nothing that the shop is shown says whether the address is a customer's."""

    id = PublicIdField("cnv", primary_key=True, editable=False)
    batch = models.ForeignKey(PointsConversionBatch, models.PROTECT, related_name="conversions")
    merchant_id = PublicIdField("mer", verbose_name=_("merchant"))
    source_id = models.CharField(_("the shop’s own id"), max_length=64)
    email = models.EmailField(_("to the address"))
    """Lower case."""
    points_minor = models.BigIntegerField(_("points"))
    expires_on = models.DateField(_("last day"), null=True)
    """As the shop said it; null where the program says it."""
    lot = models.ForeignKey(PointsLot, models.PROTECT, related_name="+", db_index=False, verbose_name=_("lot"))
    """In the batch's pool: the points leave it for their owner, or fall back with it."""
    status = models.CharField(_("status"), max_length=9, choices=ConversionStatus, default=ConversionStatus.WAITING)
    wallet_id = PublicIdField("wal", null=True, verbose_name=_("wallet"))
    created_at = models.DateTimeField(_("created at"))
    ends_at = models.DateTimeField(_("waits until"))
    """Half-open: the batch's, or earlier where the points expire before."""
    looked_at = models.DateTimeField(_("looked for its owner at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("conversion of points"), _("conversions of points")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(name="conversion_once_per_source", fields=["merchant_id", "source_id"]),
            models.CheckConstraint(name="conversion_is_some", condition=Q(points_minor__gt=0)),
            models.CheckConstraint(
                name="conversion_has_its_owner",
                condition=Q(status=ConversionStatus.WAITING, wallet_id__isnull=True, ended_at__isnull=True)
                | Q(status=ConversionStatus.CONVERTED, wallet_id__isnull=False, ended_at__isnull=False)
                | Q(status=ConversionStatus.EXPIRED, wallet_id__isnull=True, ended_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="conversions_of_merchant", fields=["merchant_id", "-id"]),
            models.Index(name="conversions_in_month", fields=["merchant_id", "created_at"], include=["points_minor"]),
            models.Index(
                name="conversions_waiting_for", fields=["email"], condition=Q(status=ConversionStatus.WAITING)
            ),
            models.Index(
                name="conversions_to_look_at",
                fields=["id"],
                condition=Q(status=ConversionStatus.WAITING, looked_at__isnull=True),
            ),
            models.Index(name="conversions_to_end", fields=["ends_at"], condition=Q(status=ConversionStatus.WAITING)),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status} {self.points_minor}"

    @property
    def points(self) -> Money:
        return pts(self.points_minor)
