"""One intention to pay one shop one amount, from asking to the end, and its history."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.actors import Actor
from common.append_only import AppendOnlyModel
from common.ids import PublicIdField
from common.money import Money, pts
from common.states import TransitionRefused, next_state
from payments.errors import PaymentNotFound
from payments.models.grant import ID_LENGTH, Grant
from payments.states import CAPTURABLE, PAYMENT_TRANSITIONS, CaptureMethod, CaptureStatus, PaymentStatus

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from payments.models.authorization import Authorization
    from payments.models.capture import Capture
    from payments.models.dispute import Dispute
    from payments.models.refund import Refund

__all__ = ["ID_LENGTH", "Payment", "PaymentStatusChange"]

WAITS_FOR_CAPTURE: Final = Q(
    status__in=CAPTURABLE, amount_minor__gt=F("amount_captured_minor") + F("amount_released_minor")
)
"""Something is left of the promise that may still be captured."""


class Payment(models.Model):
    """Whose it is, is not known before somebody approves: until then `wallet_id` and `customer_id` are empty."""

    id = PublicIdField("pay", primary_key=True, editable=False)
    # No constraint of the database: it would lock the rows of one shop in the commits of all who pay there at once.
    # They are read before a payment is written, and never deleted. Lists of a merchant have indexes of their own below.
    merchant = models.ForeignKey(
        "merchants.Merchant",
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("merchant"),
    )
    shop = models.ForeignKey(
        "merchants.Shop",
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("shop"),
    )
    wallet_id = models.CharField(_("wallet"), max_length=ID_LENGTH, blank=True, default="")
    customer_id = models.CharField(_("customer"), max_length=ID_LENGTH, blank=True, default="")
    amount_minor = models.BigIntegerField(_("amount in minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    points_minor = models.BigIntegerField(_("points"), default=0)
    status = models.CharField(
        _("status"), max_length=20, choices=PaymentStatus, default=PaymentStatus.REQUIRES_APPROVAL
    )
    capture_method = models.CharField(
        _("way of capture"), max_length=10, choices=CaptureMethod, default=CaptureMethod.AUTOMATIC
    )
    grant = models.ForeignKey(
        Grant,
        models.PROTECT,
        related_name="payments",
        verbose_name=_("grant"),
        null=True,
        blank=True,
        db_index=False,  # there is a partial one below
    )
    grant_counted_minor = models.BigIntegerField(_("counted by its grant in minor units"), default=0)
    """How much of the grant's limit this payment takes up now: what is captured or reserved."""
    merchant_reference = models.CharField(_("merchant reference"), max_length=255)
    description = models.CharField(_("description"), max_length=500, blank=True, default="")
    items = models.JSONField(_("items"), default=list, blank=True)
    return_url = models.CharField(_("return URL"), max_length=2_000)
    cancel_url = models.CharField(_("cancel URL"), max_length=2_000, blank=True, default="")
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    expires_at = models.DateTimeField(_("expires at"))
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    """When the customer, or a permission of theirs, last let it go to the issuer."""
    capture_before = models.DateTimeField(_("capture before"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    amount_captured_minor = models.BigIntegerField(_("captured amount in minor units"), default=0)
    amount_released_minor = models.BigIntegerField(_("released amount in minor units"), default=0)
    """What will never be captured, though the issuer had promised it."""
    amount_refunded_minor = models.BigIntegerField(_("refunded amount in minor units"), default=0)
    amount_disputed_minor = models.BigIntegerField(_("disputed amount in minor units"), default=0, db_default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    card_id = models.CharField(_("card"), max_length=ID_LENGTH, blank=True, default="")
    card_brand = models.CharField(_("card brand"), max_length=20, blank=True, default="")
    card_last4 = models.CharField(_("last four"), max_length=4, blank=True, default="")
    created_at = models.DateTimeField(_("created at"))
    updated_at = models.DateTimeField(_("updated at"))

    if TYPE_CHECKING:
        merchant_id: str
        shop_id: str
        grant_id: str | None
        authorizations: RelatedManager[Authorization]
        captures: RelatedManager[Capture]
        refunds: RelatedManager[Refund]
        disputes: RelatedManager[Dispute]
        changes: RelatedManager["PaymentStatusChange"]

    class Meta:
        verbose_name, verbose_name_plural = _("payment"), _("payments")
        constraints = [
            models.UniqueConstraint(name="payment_reference_once", fields=["merchant", "merchant_reference"]),
            models.CheckConstraint(name="payment_amount_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="payment_points_within_amount",
                condition=Q(points_minor__gte=0) & Q(points_minor__lte=F("amount_minor")),
            ),
            models.CheckConstraint(
                name="payment_sums_within_amount",
                condition=Q(amount_refunded_minor__gte=0)
                & Q(amount_refunded_minor__lte=F("amount_captured_minor"))
                & Q(amount_captured_minor__lte=F("amount_minor")),
            ),
            # What the network took back in a dispute cannot be refunded as well: one loss, not two.
            models.CheckConstraint(
                name="payment_disputed_within_captured",
                condition=Q(amount_disputed_minor__gte=0)
                & Q(amount_disputed_minor__lte=F("amount_captured_minor") - F("amount_refunded_minor")),
            ),
            models.CheckConstraint(
                name="payment_captured_or_released_once",
                condition=Q(amount_released_minor__gte=0)
                & Q(amount_minor__gte=F("amount_captured_minor") + F("amount_released_minor")),
            ),
        ]
        indexes = [
            # The id is a UUIDv7: sorted by it, a list is sorted by time and has no ties.
            models.Index(name="payment_of_merchant", fields=["merchant", "-id"]),
            models.Index(name="payment_of_merchant_by_time", fields=["merchant", "created_at"]),
            models.Index(name="payment_of_merchant_by_status", fields=["merchant", "status", "-id"]),
            models.Index(name="payment_of_grant", fields=["grant", "-id"], condition=Q(grant__isnull=False)),
            models.Index(name="payment_of_customer", fields=["customer_id", "-id"], condition=~Q(customer_id="")),
            models.Index(
                name="payment_of_wallet_by_approval", fields=["wallet_id", "approved_at"], condition=~Q(wallet_id="")
            ),
            models.Index(
                name="payment_waiting_for_approval",
                fields=["expires_at"],
                condition=Q(status=PaymentStatus.REQUIRES_APPROVAL),
            ),
            models.Index(
                name="payment_waiting_for_capture",
                fields=["capture_before"],
                condition=WAITS_FOR_CAPTURE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"

    @classmethod
    def locked(cls, payment_id: str) -> "Payment":
        """The row, read again under its lock. All that belongs to a payment is changed under this one lock."""
        rows = cls.objects.select_for_update(no_key=True, of=("self",)).select_related("merchant", "shop", "grant")
        payment = rows.filter(pk=payment_id).first()
        if payment is None:
            raise PaymentNotFound
        return payment

    def move(self, verb: str, *, by: Actor, now: datetime, **facts: Any) -> None:
        """To the state that `verb` leads to, and remember it; `facts` are columns that change with it."""
        old = PaymentStatus(self.status)
        new = next_state(PAYMENT_TRANSITIONS, old, verb)
        self._set(verb, now=now, facts={**facts, "status": new})
        PaymentStatusChange.objects.create(
            payment=self, version=self.version, old=old, new=new, verb=verb, by=by.ref, at=now
        )

    def note(self, *, now: datetime, **facts: Any) -> None:
        """Change columns while the state stays: a new version all the same."""
        self._set("note", now=now, facts=facts)

    def _set(self, verb: str, *, now: datetime, facts: dict[str, Any]) -> None:
        facts |= {"version": self.version + 1, "updated_at": now}
        same = Payment.objects.filter(pk=self.pk, status=self.status, version=self.version)
        if same.update(**facts) != 1:
            raise TransitionRefused(current=PaymentStatus(self.status), verb=verb)  # somebody else was faster
        for name, value in facts.items():
            setattr(self, name, value)
        if self.grant_id and self.counts_for_grant != self.grant_counted_minor:
            self._recount()

    def _recount(self) -> None:
        """A decline, a void or a release gives its amount back to the grant, whichever verb it was."""
        now_minor, before_minor = self.counts_for_grant, self.grant_counted_minor
        Payment.objects.filter(pk=self.pk).update(grant_counted_minor=now_minor)
        self.grant_counted_minor = now_minor
        if self.grant:
            self.grant.recount(now_minor - before_minor, of=self.created_at)

    @property
    def counts_for_grant(self) -> int:
        """Of the grant's limit, in minor units: while nobody knows the outcome, the whole amount."""
        if self.status == PaymentStatus.PROCESSING:
            return self.amount_minor
        return self.amount_captured_minor + self.capturable.minor

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def points(self) -> Money:
        """What is set aside for it, or was spent on it."""
        return pts(self.points_minor)

    @property
    def card_part(self) -> Money:
        """What the card pays: the amount without what points pay. One point pays one yen.

        Of a payment that was captured, what was released is paid by nobody.
        """
        released = self.amount_released_minor if self.amount_captured_minor else 0
        return Money(self.amount_minor - released - self.points_minor, self.currency)

    @property
    def amount_captured(self) -> Money:
        return Money(self.amount_captured_minor, self.currency)

    @property
    def amount_released(self) -> Money:
        return Money(self.amount_released_minor, self.currency)

    @property
    def amount_refunded(self) -> Money:
        """Sum of the refunds that are pending or have succeeded."""
        return Money(self.amount_refunded_minor, self.currency)

    @property
    def amount_disputed(self) -> Money:
        """What the network took back in disputes that are open or lost. Points are no part of it."""
        return Money(self.amount_disputed_minor, self.currency)

    @property
    def capturable(self) -> Money:
        """What is left of the promise: neither captured nor released."""
        left = self.amount_minor - self.amount_captured_minor - self.amount_released_minor
        return Money(left if self.status in CAPTURABLE else 0, self.currency)

    @property
    def refundable(self) -> Money:
        return self.amount_captured - self.amount_refunded - self.amount_disputed

    @property
    def standing_captures(self) -> "list[Capture]":
        """Those that the network did not refuse, oldest first; prefetched ones cost no query, nor does "none yet"."""
        if not self.amount_captured_minor:
            return []
        standing = [one for one in self.captures.all() if one.status != CaptureStatus.REFUSED]
        return sorted(standing, key=lambda one: (one.created_at, one.id))

    @property
    def latest_authorization(self) -> "Authorization | None":
        # Ids are in the order of time; whoever prefetched the attempts pays no query here.
        return max(self.authorizations.all(), key=lambda authorization: authorization.id, default=None)


class PaymentStatusChange(AppendOnlyModel):
    """What the state was before, and after which verb of whom it changed."""

    pk = models.CompositePrimaryKey("payment_id", "version")
    payment = models.ForeignKey(
        Payment, models.PROTECT, related_name="changes", db_index=False
    )  # the key begins with it
    version = models.PositiveIntegerField()
    old = models.CharField(max_length=20, choices=PaymentStatus, blank=True)
    new = models.CharField(max_length=20, choices=PaymentStatus)
    verb = models.CharField(max_length=20)
    by = models.CharField(max_length=ID_LENGTH)
    at = models.DateTimeField()

    if TYPE_CHECKING:
        payment_id: str

    def __str__(self) -> str:
        return f"{self.payment_id} {self.old} → {self.new}"
