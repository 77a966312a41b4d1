"""Points earned together: one source, one funder, one expiry."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.append_only import AppendOnlyModel
from common.ids import PublicIdField
from common.money import Money, pts
from common.states import TransitionRefused, next_state
from ledger.states import OPERATOR
from points.models.earning import Earning
from points.states import PARTS, TRANSITIONS, Change, LotStatus, Source, verb_after


class PointsLot(models.Model):
    """Each earned point is in exactly one part of its lot; the table itself refuses anything else.

    Names of other rooms' rows are plain ids: no ForeignKey crosses wallets.
    """

    id = PublicIdField("lot", primary_key=True, editable=False)
    wallet_id = PublicIdField("wal", verbose_name=_("wallet"))
    source = models.CharField(_("source"), max_length=12, choices=Source, default=Source.PURCHASE)
    source_ref = models.CharField(_("reference"), max_length=80)
    """What these points were given for: the capture that earned them, a gift, a row of a conversion."""
    rule_ref = models.CharField(_("rule"), max_length=60, blank=True, default="")
    """By which rule, in which version: `program:3`, `cmp_…:2`, `tier:gold`. Points that were moved name the lot that
    they come from.
    """
    payment_id = PublicIdField("pay", null=True, verbose_name=_("payment"))
    """The purchase behind them, where there is one."""
    merchant_id = PublicIdField("mer", null=True, verbose_name=_("merchant"))
    """Who pays for these points; nobody means the commerce itself. See `funder`."""
    from_wallet_id = PublicIdField("wal", null=True, verbose_name=_("from wallet"))
    """Whose they were before they were moved here."""
    status = models.CharField(_("status"), max_length=10, choices=LotStatus, default=LotStatus.PENDING)
    earned_minor = models.BigIntegerField(_("earned points"))
    remaining_minor = models.BigIntegerField(_("remaining points"))
    held_minor = models.BigIntegerField(_("held points"), default=0)
    redeemed_minor = models.BigIntegerField(_("redeemed points"), default=0)
    taken_minor = models.BigIntegerField(_("points taken back"), default=0)
    lent_minor = models.BigIntegerField(_("lent points"), default=0)
    expired_minor = models.BigIntegerField(_("expired points"), default=0)
    given_minor = models.BigIntegerField(_("points moved away"), default=0)
    """Moved to another wallet, where they are a lot of their own."""
    written_off_minor = models.BigIntegerField(_("points written off"), default=0)
    """Should have been taken back and could not be. Paid off first when points come back to this lot."""
    owed_minor = models.BigIntegerField(_("points owed"), default=0)
    """Should have been taken back, were spent by then, and the wallet's next points make up for them."""
    borrowed_minor = models.BigIntegerField(_("points made up for by other lots"), default=0)
    """Should have been taken back, were in use by then, and other lots lent theirs instead."""
    earned_at = models.DateTimeField(_("earned at"))
    available_from = models.DateTimeField(_("available from"))
    expires_at = models.DateTimeField(_("expires at"))
    funded_at = models.DateTimeField(_("funded at"), null=True)
    """When their worth was set aside: the day they became live, or earlier if their shop left."""
    taken_back_at = models.DateTimeField(_("taken back at"), null=True)
    """When a refund of its purchase, or of a part of it, was last heard."""
    version = models.PositiveIntegerField(_("version"), default=0)

    class Meta:
        verbose_name, verbose_name_plural = _("points lot"), _("points lots")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="points_lot_once_per_source", fields=["wallet_id", "source_ref", "rule_ref"]),
            models.CheckConstraint(
                name="points_lot_loses_nothing",
                condition=Q(
                    earned_minor=F("remaining_minor")
                    + F("held_minor")
                    + F("redeemed_minor")
                    + F("taken_minor")
                    + F("lent_minor")
                    + F("given_minor")
                    + F("expired_minor")
                ),
            ),
            models.CheckConstraint(
                name="points_lot_no_negative_part",
                condition=Q(
                    remaining_minor__gte=0,
                    held_minor__gte=0,
                    redeemed_minor__gte=0,
                    taken_minor__gte=0,
                    lent_minor__gte=0,
                    given_minor__gte=0,
                    expired_minor__gte=0,
                    written_off_minor__gte=0,
                    owed_minor__gte=0,
                    borrowed_minor__gte=0,
                ),
            ),
            models.CheckConstraint(
                name="points_lot_left_only_if_alive",
                condition=Q(remaining_minor=0) | Q(status__in=[LotStatus.PENDING, LotStatus.LIVE]),
            ),
            models.CheckConstraint(
                name="points_lot_pending_is_whole",
                condition=~Q(status=LotStatus.PENDING) | Q(earned_minor=F("remaining_minor") + F("taken_minor")),
            ),
            models.CheckConstraint(
                name="points_lot_live_is_funded",
                condition=Q(status=LotStatus.PENDING) | Q(funded_at__isnull=False) | Q(earned_minor=F("taken_minor")),
            ),
            models.CheckConstraint(name="points_lot_is_some", condition=Q(earned_minor__gt=0)),
        ]
        indexes = [
            models.Index(
                name="points_lot_spendable",
                fields=["wallet_id", "expires_at"],
                condition=Q(status=LotStatus.LIVE, remaining_minor__gt=0),
            ),
            models.Index(
                name="points_lot_to_activate",
                fields=["available_from", "wallet_id", "id"],
                condition=Q(status=LotStatus.PENDING),
            ),
            models.Index(
                name="points_lot_to_expire",
                # Months of lots end at one midnight: in the order of wallets, each wallet is met once.
                fields=["expires_at", "wallet_id", "id"],
                condition=Q(status=LotStatus.LIVE, remaining_minor__gt=0),
            ),
            models.Index(
                name="points_lot_unfunded",
                fields=["merchant_id", "id"],
                condition=Q(status=LotStatus.PENDING, funded_at__isnull=True),
            ),
            models.Index(name="points_lot_owed", fields=["wallet_id"], condition=Q(owed_minor__gt=0)),
            models.Index(name="points_lot_of_payment", fields=["payment_id"], condition=Q(payment_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status} {self.remaining_minor}/{self.earned_minor}"

    # Mutators

    def shift(  # noqa: PLR0913 (what, how much, why and when)
        self,
        change: Change,
        amount: Money,
        *,
        source_ref: str,
        now: datetime,
        payment_id: str | None = None,
        merchant_id: str | None = None,
        other_lot_id: str | None = None,
    ) -> None:
        """Move `amount` from one part of the lot to another, with the state that follows, and note it in the history.

        Call with the row locked; a row that changed meanwhile refuses (TransitionRefused).
        """
        before, old = self.version, LotStatus(self.status)
        if change in PARTS:
            giver, taker = PARTS[change]
            setattr(self, giver, getattr(self, giver) - amount.minor)
            setattr(self, taker, getattr(self, taker) + amount.minor)
        verb = verb_after(change, status=old, remaining=self.remaining_minor, held=self.held_minor)
        if verb:
            self.status = next_state(TRANSITIONS, old, verb)
        self.version = before + 1
        written = {name: getattr(self, name) for name in _WRITTEN}
        if PointsLot.objects.filter(pk=self.pk, version=before).update(**written) != 1:
            raise TransitionRefused(current=old, verb=verb or change)
        self.note(
            change,
            amount,
            source_ref=source_ref,
            payment_id=payment_id,
            merchant_id=merchant_id,
            other_lot_id=other_lot_id,
            now=now,
        )

    def note(  # noqa: PLR0913 (one line of the history)
        self,
        change: Change,
        amount: Money,
        *,
        source_ref: str,
        now: datetime,
        payment_id: str | None = None,
        merchant_id: str | None = None,
        other_lot_id: str | None = None,
    ) -> None:
        PointsLotChange.objects.create(
            lot=self,
            wallet_id=self.wallet_id,
            version=self.version,
            change=change,
            amount_minor=amount.minor,
            status=self.status,
            source_ref=source_ref,
            payment_id=payment_id or self.payment_id,
            merchant_id=merchant_id or self.merchant_id,
            other_lot_id=other_lot_id,
            at=now,
        )

    # Queries

    @classmethod
    def locked(cls, lot_ids: Collection[str]) -> dict[str, "PointsLot"]:
        """The rows, locked in id order, so that two hands wait for each other and never in a circle."""
        rows = cls.objects.select_for_update(no_key=True).filter(pk__in=lot_ids).order_by("id")
        return {lot.id: lot for lot in rows}

    @classmethod
    def locked_spendable(cls, wallet_id: str, *, now: datetime, and_lots: Collection[str] = ()) -> list["PointsLot"]:
        """The wallet's lots that can be spent now, oldest expiry first, locked in id order; so are `and_lots`."""
        spendable = Q(wallet_id=wallet_id, status=LotStatus.LIVE, remaining_minor__gt=0, expires_at__gt=now)
        wanted = spendable | Q(pk__in=and_lots) if and_lots else spendable
        rows = cls.objects.select_for_update(no_key=True).filter(wanted).order_by("id")
        return sorted(rows, key=lambda lot: (lot.expires_at, lot.id))

    @classmethod
    def touched_by_debts(cls, wallet_ids: Collection[str]) -> set[str]:
        """Where one of these wallets has debts: all its lots that may change when points come to it. Who brings them
        locks these together with its own, for later there are the books between.

        Call with the wallets locked: then no debt begins meanwhile.
        """
        debts = Q(owed_minor__gt=0) | Q(written_off_minor__gt=0) | Q(borrowed_minor__gt=0)
        in_debt = cls.objects.filter(debts, wallet_id__in=wallet_ids).order_by().values("wallet_id")
        touched = debts | Q(lent_minor__gt=0) | Q(status=LotStatus.LIVE, remaining_minor__gt=0)
        return set(cls.objects.filter(touched, wallet_id__in=in_debt).values_list("id", flat=True))

    @classmethod
    def of_capture(cls, earning: Earning) -> list["PointsLot"]:
        """What a capture earned, in the order in which it was granted."""
        return list(cls.objects.filter(wallet_id=earning.wallet_id, source_ref=earning.capture_id).order_by("id"))

    # Properties

    @property
    def earned(self) -> Money:
        return pts(self.earned_minor)

    @property
    def remaining(self) -> Money:
        return pts(self.remaining_minor)

    @property
    def funder(self) -> str:
        """Who pays for these points: a merchant, or the commerce itself."""
        return self.merchant_id or OPERATOR

    @property
    def due(self) -> Money:
        """To be taken back as soon as points come back here: for its funder, or for the lots that stand in for it."""
        return pts(self.written_off_minor + self.owed_minor + self.borrowed_minor)

    @property
    def out(self) -> Money:
        """In use, used or moved away, and not made up for yet: what a refund would miss here."""
        used = self.held_minor + self.redeemed_minor + self.lent_minor + self.given_minor
        return pts(max(used - self.borrowed_minor - self.owed_minor - self.written_off_minor, 0))


_WRITTEN = [
    "status",
    "version",
    "remaining_minor",
    "held_minor",
    "redeemed_minor",
    "taken_minor",
    "lent_minor",
    "given_minor",
    "expired_minor",
    "written_off_minor",
    "owed_minor",
    "borrowed_minor",
    "expires_at",
    "funded_at",
    "taken_back_at",
]


class PointsLotChange(AppendOnlyModel):
    """What happened to a lot, in order. Only added to."""

    id = PublicIdField("lch", primary_key=True, editable=False)
    lot = models.ForeignKey(PointsLot, models.PROTECT, related_name="changes", db_index=False, verbose_name=_("lot"))
    wallet_id = PublicIdField("wal", verbose_name=_("wallet"))
    version = models.PositiveIntegerField(_("version"))
    """The lot's version afterwards."""
    change = models.CharField(_("change"), max_length=12, choices=Change)
    amount_minor = models.BigIntegerField(_("amount in minor units"))
    status = models.CharField(_("status"), max_length=10, choices=LotStatus)
    source_ref = models.CharField(_("reference"), max_length=80)
    payment_id = PublicIdField("pay", null=True, verbose_name=_("payment"))
    merchant_id = PublicIdField("mer", null=True, verbose_name=_("merchant"))
    other_lot_id = PublicIdField("lot", null=True, verbose_name=_("other lot"))
    """Between two lots: which one these points made up for, or were made up for by."""
    at = models.DateTimeField(_("done at"))

    class Meta:
        verbose_name, verbose_name_plural = _("change of a points lot"), _("changes of points lots")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(name="points_change_in_order", fields=["lot", "version"])]
        indexes = [
            models.Index(name="points_history", fields=["wallet_id", "-id"]),
            models.Index(name="points_change_funded", fields=["lot"], condition=Q(change=Change.FUNDED)),
            # Rows lie in the order of time, so a few pages of index find a month.
            BrinIndex(name="points_change_at", fields=["at"], autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id} {self.get_change_display()}"
