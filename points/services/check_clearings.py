"""Check the points clearings against the books: each line is the sum of postings of its month. No finding is good.

The lines were counted from the history of lots; here the same is counted from the books, by who paid whom for what. Net
positions of a month come to nought, each line with another party has its mirror there, and statements follow on each
other: what is set aside at the end of one is where the next begins.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from django.db.models import Sum

from common.db import look_at_one_instant, transaction
from common.findings import Finding
from ledger.queries import flows_by_month
from ledger.states import OPERATOR, AccountKind, Reason
from ledger.types import Flow
from points.clearing import EFFECTS, MIRRORS, WITH_OTHERS, ClearingKind, next_month
from points.models import PointsClearing, PointsClearingLine

Key = tuple[date, str, ClearingKind, str]
"""Which month, whose statement, what kind, with whom."""
_OWN = frozenset({AccountKind.MERCHANT_PAYABLE, AccountKind.POINTS_COST})
"""Where a party's money for points comes from and goes to."""


@transaction
def check_clearings(now: datetime) -> list[Finding]:  # noqa: ARG001 (every check of the books is asked the same way)
    look_at_one_instant()
    latest = PointsClearing.objects.order_by("-month").values_list("month", flat=True).first()
    if latest is None:
        return []
    stated, posted = _stated(), _posted(before=next_month(latest))
    return [
        *(
            Finding(
                check="points.clearing",
                subject=f"{month:%Y-%m} {party}",
                text=f"{kind} {other} is stated as {stated.get(key, 0)}, the books say {posted.get(key, 0)}",
            )
            for key in sorted(stated.keys() | posted.keys())
            for month, party, kind, other in (key,)
            if stated.get(key, 0) != posted.get(key, 0)
        ),
        *_totals(),
    ]


def _stated() -> Mapping[Key, int]:
    rows = PointsClearingLine.objects.order_by().values_list(
        "clearing__month", "clearing__merchant_id", "kind", "counterparty_id", "amount_minor"
    )
    return {
        (month, party or OPERATOR, ClearingKind(kind), (other or OPERATOR) if kind in WITH_OTHERS else ""): minor
        for month, party, kind, other, minor in rows
    }


def _posted(*, before: date) -> Mapping[Key, int]:
    sums: dict[Key, int] = defaultdict(int)
    for flow in flows_by_month(AccountKind.POINTS_RESERVE, before=before):
        for party, kind, other in _lines_of(flow):
            sums[flow.month, party, kind, other] += flow.minor
    for flow in flows_by_month(AccountKind.POINTS_ISSUED, before=before):
        if flow.reason == Reason.POINTS_EARNED:
            sums[flow.month, flow.debit.owner_ref, ClearingKind.ISSUED, ""] += flow.minor
    return sums


def _lines_of(flow: Flow) -> Iterator[tuple[str, ClearingKind, str]]:
    """What a movement of money set aside is called on the statements that it stands on."""
    left, right = flow.debit.owner_ref, flow.credit.owner_ref
    if flow.debit.kind in _OWN:  # into a reserve
        if flow.reason == Reason.POINTS_GIVEN_BACK:
            at_home, elsewhere, funder, shop = (
                ClearingKind.RETURNED_AT_HOME,
                ClearingKind.RETURNED_ELSEWHERE,
                right,
                left,
            )
        else:
            yield right, ClearingKind.SET_ASIDE, ""
            return
    elif flow.credit.kind not in _OWN:  # from one reserve into another
        at_home, elsewhere, funder, shop = ClearingKind.REPAID_TO, ClearingKind.REPAID_TO, right, left
    elif flow.reason == Reason.POINTS_REDEEMED:
        at_home, elsewhere, funder, shop = ClearingKind.SPENT_AT_HOME, ClearingKind.SPENT_ELSEWHERE, left, right
    elif flow.reason == Reason.POINTS_EXPIRED:
        at_home, elsewhere, funder, shop = ClearingKind.EXPIRED, ClearingKind.EXPIRED, left, right
    else:
        at_home, elsewhere, funder, shop = ClearingKind.TAKEN_BACK, ClearingKind.LENT, left, right
    if funder == shop:
        yield funder, at_home, ""
    else:
        yield funder, elsewhere, shop
        yield shop, MIRRORS[elsewhere], funder


def _totals() -> Iterator[Finding]:
    sums = PointsClearing.objects.order_by().values("month").annotate(sum=Sum("net_minor")).exclude(sum=0)
    for row in sums:
        yield Finding(
            check="points.clearing_net",
            subject=f"{row['month']:%Y-%m}",
            text=f"net positions come to {row['sum']} and not to nought",
        )
    before: dict[str, int] = defaultdict(int)
    for clearing in PointsClearing.objects.order_by("month").prefetch_related("lines"):
        lines = [(EFFECTS[ClearingKind(line.kind)], line.amount_minor) for line in clearing.lines.all()]
        reserve = sum(effect.reserve * minor for effect, minor in lines)
        net = sum(effect.net * minor for effect, minor in lines)
        says = (clearing.opening_minor, clearing.closing_minor, clearing.net_minor)
        if says != (before[clearing.party], clearing.opening_minor + reserve, net):
            yield Finding(check="points.clearing_sum", subject=clearing.id, text="its lines do not add up to it")
        before[clearing.party] = clearing.closing_minor
