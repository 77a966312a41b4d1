"""Points clearing: month by month what points cost and brought, one statement, and the same for spreadsheets."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from common.money import Money, yen
from common.spreadsheet import Whole, as_csv, csv_answer
from dashboard.guards import MemberRequest, member_required
from dashboard.views._answers import answer, ways
from merchants.queries import merchants_by_ids
from merchants.states import May
from points.clearing import EFFECTS, WITH_OTHERS, ClearingKind, Effect
from points.clearing_queries import clearing_of_merchant, clearings_of_merchant

if TYPE_CHECKING:
    from points.models import PointsClearing, PointsClearingLine

COLUMNS: Final = (
    "month",
    "kind",
    "counterparty",
    "counterparty_name",
    "amount",
    "count",
    "net_effect",
    "reserve_effect",
)
"""Names for programs: they are the same in every language, and stay."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One line as a person reads it: with the sign that it has in the sum at the foot of its table."""

    text: str | Promise
    amount: Money
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Everything between this merchant and one other party."""

    name: str | Promise
    lines: list[Counted]
    net: Money


@require_safe
@member_required(May.POINTS_READ)
def listed(request: MemberRequest) -> HttpResponse:
    """The newest month first, and a year of net positions as a picture."""
    older, newer = request.GET.get("older", ""), request.GET.get("newer", "")
    rows, has_more = clearings_of_merchant(request.merchant.id, starting_after=older, ending_before=newer, limit=12)
    facts = {
        "clearings": rows,
        "page": ways(rows, has_more=has_more, starting_after=older, ending_before=newer),
        "chart": [(f"{row.month:%Y-%m}", _brought(row), _cost(row)) for row in reversed(rows)],
    }
    return answer(request, "clearings", facts)


@require_safe
@member_required(May.POINTS_READ)
def one(request: MemberRequest, clearing_id: str) -> HttpResponse:
    clearing = clearing_of_merchant(request.merchant.id, clearing_id)
    lines = sorted(clearing.lines.all(), key=lambda line: list(ClearingKind).index(ClearingKind(line.kind)))
    facts = {
        "clearing": clearing,
        "given": next((line for line in lines if line.kind == ClearingKind.ISSUED), None),
        "reserve": _reserve(clearing, lines),
        "neighbours": _neighbours(lines),
    }
    return answer(request, "clearing", facts)


@require_safe
@member_required(May.POINTS_READ)
def export(request: MemberRequest, clearing_id: str) -> StreamingHttpResponse:
    """Line by line, with the sign that each has in the net position and in what is set aside."""
    clearing = clearing_of_merchant(request.merchant.id, clearing_id)
    names = _names(clearing.lines.all())

    def cells(line: "PointsClearingLine") -> Iterable[object]:
        effect, other = _effect(line), line.kind in WITH_OTHERS
        return (
            f"{clearing.month:%Y-%m}",
            line.kind,
            (line.counterparty_id or "commerce") if other else "",
            names[line.counterparty_id] if other else "",
            line.amount_minor,
            line.changes,
            effect.net * line.amount_minor,
            effect.reserve * line.amount_minor,
        )

    lines = as_csv(COLUMNS, page_after=lambda _last: Whole(list(clearing.lines.all())), cells=cells)
    return csv_answer(lines, name=f"points-clearing-{clearing.month:%Y-%m}")


def _reserve(clearing: "PointsClearing", lines: "list[PointsClearingLine]") -> list[Counted]:
    """From what was set aside at the beginning to what is at the end; nothing where nothing ever was."""
    own = [line for line in lines if line.kind not in WITH_OTHERS and _effect(line).reserve]
    others = yen(sum(_effect(line).reserve * line.amount_minor for line in lines if line.kind in WITH_OTHERS))
    rows = [Counted(_("Set aside at the beginning"), clearing.opening)] if own or others or clearing.opening else []
    rows += [_counted(line, _effect(line).reserve) for line in own]
    return [*rows, Counted(_("Between you and the others below"), others)] if others else rows


def _neighbours(lines: "list[PointsClearingLine]") -> list[Neighbour]:
    names, others = _names(lines), [line for line in lines if line.kind in WITH_OTHERS]
    found = []
    for other in dict.fromkeys(line.counterparty_id for line in others):
        theirs = [_counted(line, _effect(line).net) for line in others if line.counterparty_id == other]
        net = sum((line.amount for line in theirs), start=yen(0))
        found.append(Neighbour(name=names[other], lines=theirs, net=net))
    return sorted(found, key=lambda neighbour: -abs(neighbour.net.minor))


def _names(lines: "Iterable[PointsClearingLine]") -> dict[str | None, str | Promise]:
    ids = {line.counterparty_id for line in lines} - {None}
    known = merchants_by_ids(one for one in ids if one)
    return {one: merchant.display_name for one, merchant in known.items()} | {None: _("This commerce")}


def _effect(line: "PointsClearingLine") -> Effect:
    return EFFECTS[ClearingKind(line.kind)]


def _counted(line: "PointsClearingLine", sign: int) -> Counted:
    return Counted(text=ClearingKind(line.kind).label, amount=yen(sign * line.amount_minor), count=line.changes)


def _brought(clearing: "PointsClearing") -> int:
    return sum(line.amount_minor for line in clearing.lines.all() if _effect(line).net > 0)


def _cost(clearing: "PointsClearing") -> int:
    return sum(line.amount_minor for line in clearing.lines.all() if _effect(line).net < 0)
