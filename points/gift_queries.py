"""Questions about gifts. None of them changes anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Q, Sum

from accounts.queries import names_of_wallets
from common.money import Money, pts
from points.giving import day_of, held_until, month_of
from points.models import PointsGift, PointsLot, PointsProgram
from points.states import GiftStatus, LotStatus

if TYPE_CHECKING:
    from accounts.models import Customer

GIFT_LASTS: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class GiftRules:
    """What one person may send just now."""

    least: Money
    most: Money
    per_day: int
    per_month: Money
    left_today: int
    left_this_month: Money
    acceptable_from: datetime
    device_is_new: bool
    """The receiver has to wait longer, because the sender has a new passkey or device."""


@dataclass(frozen=True, slots=True)
class GiftLine:
    """One gift as one of its two people sees it."""

    gift: PointsGift
    other: str
    """The sender's name, to the receiver. The receiver's name, to the sender, once it was accepted; the address before
    that, which is all that the sender knows.
    """
    waiting: Money
    """What lies in its pool now."""
    acceptable: bool


def gift_rules(customer: "Customer", *, now: datetime) -> GiftRules:
    program, sent = PointsProgram.at(now), PointsGift.objects.filter(from_wallet_id=customer.wallet.id)
    today, month = day_of(now)[0], month_of(now)[0]
    # What came back was not given; a gift that was sent and taken back still made a mail, so it counts for the day.
    given = Q(sent_at__gte=month, status__in=[GiftStatus.PENDING, GiftStatus.ACCEPTED])
    in_month = sent.filter(given).aggregate(sum=Sum("amount_minor", default=0))["sum"]
    held = held_until(customer, program, now=now)
    cooled = now + timedelta(hours=program.gift_cooling_hours)
    return GiftRules(
        least=pts(program.gift_least),
        most=pts(program.gift_most_minor),
        per_day=program.gift_most_per_day,
        per_month=pts(program.gift_most_per_month_minor),
        left_today=max(program.gift_most_per_day - sent.filter(sent_at__gte=today).count(), 0),
        left_this_month=pts(max(program.gift_most_per_month_minor - in_month, 0)),
        acceptable_from=max(cooled, held) if held else cooled,
        device_is_new=held is not None and held > cooled,
    )


def gifts_for(customer: "Customer", *, now: datetime) -> list[GiftLine]:
    """Gifts that wait for this person's own address, oldest first: also those that cannot be accepted yet."""
    waiting = PointsGift.objects.filter(to_email=customer.user.email, status=GiftStatus.PENDING, expires_at__gt=now)
    return _lines(waiting.exclude(from_wallet_id=customer.wallet.id).order_by("id"), now=now)


def gifts_sent(customer: "Customer", *, now: datetime, limit: int = 20) -> list[GiftLine]:
    """Newest first."""
    sent = PointsGift.objects.filter(from_wallet_id=customer.wallet.id).order_by("-id")[:limit]
    lines = _lines(sent, now=now)
    names = names_of_wallets(line.gift.to_wallet_id for line in lines if line.gift.to_wallet_id)
    return [
        GiftLine(line.gift, names.get(line.gift.to_wallet_id or "", line.gift.to_email), line.waiting, acceptable=False)
        for line in lines
    ]


def gifts_received(customer: "Customer", *, now: datetime, limit: int = 20) -> list[GiftLine]:
    """Those that were accepted, newest first."""
    return _lines(PointsGift.objects.filter(to_wallet_id=customer.wallet.id).order_by("-id")[:limit], now=now)


def _lines(gifts: Iterable[PointsGift], *, now: datetime) -> list[GiftLine]:
    gifts = list(gifts)
    senders = names_of_wallets(gift.from_wallet_id for gift in gifts)
    left = left_in_pools([gift.pool_id for gift in gifts if gift.status == GiftStatus.PENDING], now=now)
    return [
        GiftLine(
            gift,
            other=senders.get(gift.from_wallet_id, ""),
            waiting=pts(left.get(gift.pool_id, 0)),
            acceptable=gift.is_acceptable(now=now),
        )
        for gift in gifts
    ]


def left_in_pools(pool_ids: Iterable[str], *, now: datetime) -> dict[str, int]:
    alive = Q(wallet_id__in=list(pool_ids), status=LotStatus.LIVE, remaining_minor__gt=0, expires_at__gt=now)
    sums = PointsLot.objects.filter(alive).order_by().values("wallet_id").annotate(left=Sum("remaining_minor"))
    return {row["wallet_id"]: row["left"] for row in sums}


def lots_in_pool(pool_id: str, *, now: datetime) -> list[PointsLot]:
    """What lies there and has not expired, oldest expiry first. Ask with the row locked that the pool belongs to."""
    alive = Q(wallet_id=pool_id, status=LotStatus.LIVE, remaining_minor__gt=0, expires_at__gt=now)
    return list(PointsLot.objects.filter(alive).order_by("expires_at", "id"))
