"""What the network told us unasked: given out in the order of hearing, until it is acknowledged from our side too."""

from datetime import datetime

from vault.models import NetworkNotice
from vault.safe.desk import Desk
from vault.safe.notices import due_of, expiry_of
from vault.types import Notice


async def read_notices(desk: Desk, *, limit: int) -> list[Notice]:
    return await desk.run(_read, limit=limit)


async def acknowledge_notices(desk: Desk, *, notice_refs: list[str], now: datetime) -> int:
    return await desk.run(_acknowledge, notice_refs, now=now)


def _read(*, limit: int) -> list[Notice]:
    return [_notice(row) for row in NetworkNotice.objects.filter(heard_at=None).order_by("id")[:limit]]


def _acknowledge(notice_refs: list[str], *, now: datetime) -> int:
    return NetworkNotice.objects.filter(notice_ref__in=notice_refs, heard_at=None).update(heard_at=now)


def _notice(row: NetworkNotice) -> Notice:
    month, year = expiry_of(row.facts) or (None, None)
    return Notice(
        notice_ref=row.notice_ref,
        kind=row.kind,
        reference=row.reference,
        network_reference=row.network_reference,
        card_tokens=row.facts.get("tokens", []),
        amount=row.amount,
        case_ref=row.facts.get("CASE", ""),
        reason_code=row.facts.get("REASON", ""),
        stage=row.facts.get("STAGE", ""),
        outcome=row.facts.get("OUTCOME", ""),
        due_at=due_of(row.facts),
        exp_month=month,
        exp_year=year,
        received_at=row.received_at,
    )
