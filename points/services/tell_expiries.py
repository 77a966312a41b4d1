"""Tell by mail which points will expire: thirty days before, and seven.

Once for each wallet, expiry and distance. Who is told seven days before and never was thirty days before, because the
points came later, is told once. Points in a family's pool are told to whoever put them in, in the same mail as their
own: everybody may draw them, but theirs they are, and back to them they come. What lies in a gift is told to nobody:
its page says when it expires. Wallets are summed in the database, a page at a time; the note is written in the commit
that queues the mail, so a run may stop anywhere, and twice is harmless. Answers how many were told.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet, Sum

from accounts.queries import customers_of_wallets
from common.db import transaction
from common.insert_once import insert_once
from common.money import pts
from points.expiry_mails import mail_about_expiry
from points.models import ExpiryNotice, Family, PointsLot
from points.states import FamilyMemberStatus, FamilyStatus, LotStatus

DISTANCES: Final = (30, 7)
_PAGE: Final = 500


def tell_expiries(*, now: datetime) -> int:
    told = 0
    for days, nearer in zip(DISTANCES, (*DISTANCES[1:], 0), strict=True):
        moment, until = now + timedelta(days=nearer), now + timedelta(days=days)
        while expires_at := _next_expiry(after=moment, until=until):
            told += _tell_of(expires_at, days_before=days, now=now)
            moment = expires_at
    return told


def _next_expiry(*, after: datetime, until: datetime) -> datetime | None:
    return (
        _alive()
        .filter(expires_at__gt=after, expires_at__lte=until)
        .order_by("expires_at")
        .values_list("expires_at", flat=True)
        .first()
    )


def _tell_of(expires_at: datetime, *, days_before: int, now: datetime) -> int:
    """First who has such points in the wallet, then who has some in a pool alone."""
    told = 0
    for whose in ("wallet_id", "from_wallet_id"):
        after = None
        while True:
            count, after = _tell_some(expires_at, whose=whose, days_before=days_before, after=after, now=now)
            told += count
            if after is None:
                break
    return told


@transaction
def _tell_some(
    expires_at: datetime, *, whose: str, days_before: int, after: str | None, now: datetime
) -> tuple[int, str | None]:
    """One page of wallets: how many were told, and where to go on; None at the end."""
    told = ExpiryNotice.objects.filter(expires_at=expires_at, days_before=days_before, wallet_id=OuterRef(whose))
    lots = _alive().filter(expires_at=expires_at)
    if whose == "from_wallet_id":
        lots = lots.filter(wallet_id__in=_pools())
    if after:
        lots = lots.filter(**{f"{whose}__gt": after})
    sums = lots.exclude(Exists(told)).order_by(whose).values_list(whose).annotate(sum=Sum("remaining_minor"))
    page = dict(sums[:_PAGE])
    customers, count = customers_of_wallets(page), 0
    in_pools = page if whose == "from_wallet_id" else _put_in_by(customers, expires_at)
    for wallet_id, customer in sorted(customers.items()):
        pooled = in_pools.get(wallet_id, 0)
        amount = pooled if whose == "from_wallet_id" else page[wallet_id] + pooled
        notice = ExpiryNotice(
            wallet_id=wallet_id, expires_at=expires_at, days_before=days_before, amount_minor=amount, told_at=now
        )
        if insert_once(notice):
            mail_about_expiry(customer, pts(amount), in_pool=pts(pooled), expires_at=expires_at, now=now)
            count += 1
    return count, list(page)[-1] if len(page) == _PAGE else None


def _put_in_by(wallet_ids: Collection[str], expires_at: datetime) -> dict[str, int]:
    """By wallet, what is left in its family's pool of what came from there."""
    theirs = _alive().filter(expires_at=expires_at, wallet_id__in=_pools(members=wallet_ids))
    mine = theirs.filter(from_wallet_id__in=wallet_ids).order_by().values_list("from_wallet_id")
    return dict(mine.annotate(sum=Sum("remaining_minor")))


def _pools(*, members: Collection[str] | None = None) -> QuerySet[Family, str]:
    families = Family.objects.filter(status=FamilyStatus.ACTIVE)
    if members is not None:
        families = families.filter(members__wallet_id__in=members, members__status=FamilyMemberStatus.ACTIVE)
    return families.values_list("pool_id", flat=True)


def _alive() -> QuerySet[PointsLot]:
    return PointsLot.objects.filter(status=LotStatus.LIVE, remaining_minor__gt=0)
