"""Points on their way from one customer to another."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.ids import PublicIdField, new_id
from common.money import Money, pts
from common.states import move_row
from points.states import GIFT_TRANSITIONS, GiftStatus
from points.types import GIFT_MESSAGE_LENGTH


def new_pool() -> str:
    """A wallet that is nobody's: points lie in it between two people, with the funder and the expiry that they had."""
    return new_id("wal")


class PointsGift(models.Model):
    """The points leave the sender at once and wait in a pool of this gift's own, so that nobody can spend them twice.

    The other person is an address, and nothing here says whether somebody signs in with it.
    """

    id = PublicIdField("gft", primary_key=True, editable=False)
    from_wallet_id = PublicIdField("wal", verbose_name=_("sender's wallet"))
    to_email = models.EmailField(_("to the address"))
    """Lower case, as the sender wrote it."""
    to_wallet_id = PublicIdField("wal", null=True, verbose_name=_("receiver's wallet"))
    """Known once it was accepted."""
    pool_id = PublicIdField("wal", unique=True, default=new_pool, editable=False, verbose_name=_("pool"))
    amount_minor = models.BigIntegerField(_("points"))
    moved_minor = models.BigIntegerField(_("points at the end"), null=True)
    """How many arrived, or went back. What is missing expired while the gift was waiting."""
    message = models.CharField(_("message"), max_length=GIFT_MESSAGE_LENGTH, blank=True)
    asked_as = models.CharField(_("name of the form"), max_length=40)
    """Names the form that was sent: sent again, it finds its first gift."""
    status = models.CharField(_("status"), max_length=8, choices=GiftStatus, default=GiftStatus.PENDING)
    sent_at = models.DateTimeField(_("sent at"))
    acceptable_from = models.DateTimeField(_("can be accepted from"))
    device_was_new = models.BooleanField(_("sent from a new device"), default=False)
    """Why it has to wait longer than others."""
    expires_at = models.DateTimeField(_("has to be accepted before"))
    """Half-open. Fourteen days, or less where all its points expire before."""
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name, verbose_name_plural = _("gift of points"), _("gifts of points")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(name="gift_once_per_form", fields=["from_wallet_id", "asked_as"]),
            models.CheckConstraint(name="gift_is_some", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="gift_ends_with_what_it_had",
                condition=Q(status=GiftStatus.PENDING, moved_minor__isnull=True, ended_at__isnull=True)
                | (
                    ~Q(status=GiftStatus.PENDING)
                    & Q(moved_minor__gte=0, moved_minor__lte=F("amount_minor"), ended_at__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="gift_accepted_by_another",
                condition=Q(status=GiftStatus.ACCEPTED, to_wallet_id__isnull=False)
                & ~Q(to_wallet_id=F("from_wallet_id"))
                | (~Q(status=GiftStatus.ACCEPTED) & Q(to_wallet_id__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(name="gifts_sent", fields=["from_wallet_id", "-id"]),
            models.Index(name="gifts_waiting_for", fields=["to_email"], condition=Q(status=GiftStatus.PENDING)),
            models.Index(name="gifts_to_end", fields=["expires_at"], condition=Q(status=GiftStatus.PENDING)),
            models.Index(
                name="gifts_received", fields=["to_wallet_id", "-id"], condition=Q(to_wallet_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status} {self.amount_minor}"

    # Mutators

    def end(self, verb: str, *, moved: Money, now: datetime, to_wallet_id: str | None = None) -> None:
        move_row(
            self,
            GIFT_TRANSITIONS,
            verb,
            old=GiftStatus(self.status),
            moved_minor=moved.minor,
            ended_at=now,
            to_wallet_id=to_wallet_id,
        )

    # Queries

    @classmethod
    def locked(cls, gift_id: str) -> "PointsGift | None":
        return cls.objects.select_for_update(no_key=True).filter(pk=gift_id).first()

    # Properties

    @property
    def amount(self) -> Money:
        return pts(self.amount_minor)

    @property
    def moved(self) -> Money:
        return pts(self.moved_minor or 0)

    @property
    def expired(self) -> Money:
        """What expired while it was waiting; nothing is known of that before the end."""
        return pts(0) if self.moved_minor is None else self.amount - self.moved

    def is_acceptable(self, *, now: datetime) -> bool:
        return self.status == GiftStatus.PENDING and self.acceptable_from <= now < self.expires_at
