"""Tell by mail which points will expire: thirty days before, and seven.

Once for each wallet, expiry and distance. Who is told seven days before and never was thirty days before, because the
points came later, is told once. Wallets are summed in the database, a page at a time; the note is written in the commit
that queues the mail, so a run may stop anywhere, and twice is harmless. Pools are nobody's: whoever's points lie there
sees their expiry on the page of the gift or the family. Answers how many were told.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet, Sum

from accounts.queries import customers_of_wallets
from common.db import transaction
from common.insert_once import insert_once
from common.money import pts
from points.expiry_mails import mail_about_expiry
from points.models import ExpiryNotice, PointsLot
from points.states import LotStatus

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
    told, after = 0, None
    while True:
        count, after = _tell_some(expires_at, days_before=days_before, after=after, now=now)
        told += count
        if after is None:
            return told


@transaction
def _tell_some(expires_at: datetime, *, days_before: int, after: str | None, now: datetime) -> tuple[int, str | None]:
    """One page of wallets: how many were told, and where to go on; None at the end."""
    told = ExpiryNotice.objects.filter(expires_at=expires_at, days_before=days_before, wallet_id=OuterRef("wallet_id"))
    due = _alive().filter(expires_at=expires_at).exclude(Exists(told))
    if after:
        due = due.filter(wallet_id__gt=after)
    sums = due.order_by("wallet_id").values_list("wallet_id").annotate(sum=Sum("remaining_minor"))
    page: list[tuple[str, int]] = list(sums[:_PAGE])
    customers, count = customers_of_wallets({wallet for wallet, _sum in page}), 0
    for wallet_id, amount in page:
        notice = ExpiryNotice(
            wallet_id=wallet_id, expires_at=expires_at, days_before=days_before, amount_minor=amount, told_at=now
        )
        if wallet_id in customers and insert_once(notice):
            mail_about_expiry(customers[wallet_id], pts(amount), expires_at=expires_at, now=now)
            count += 1
    return count, page[-1][0] if len(page) == _PAGE else None


def _alive() -> QuerySet[PointsLot]:
    return PointsLot.objects.filter(status=LotStatus.LIVE, remaining_minor__gt=0)
