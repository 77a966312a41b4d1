"""What payments earned, as their shop may know it. None of these questions changes anything."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from common.money import pts
from points.models import Earning, PointsLot, PointsTakeBack
from points.states import LotStatus
from points.types import Earned, Stretch


def earned_by_payments(captures: Mapping[str, Collection[str]]) -> dict[str, Earned]:
    """By payment, what the shop's own points for it have become; `captures` are those of each payment that stand.

    A payment is left out until all of them were heard of: nobody knows yet. What others fund (the commerce, for those
    who buy much) is not the shop's to know, nor is what the customer did with points that can be spent.
    """
    asked = {capture_id for ids in captures.values() for capture_id in ids}
    heard = dict(
        Earning.objects.filter(capture_id__in=asked, heard_at__isnull=False).values_list("capture_id", "merchant_id")
    )
    lots = _lots(asked)
    taken = _taken_back(asked)
    return {
        payment_id: _sum(
            (lot, taken[lot.source_ref])
            for capture_id in ids
            for lot in lots[capture_id]
            if lot.merchant_id == heard[capture_id]
        )
        for payment_id, ids in captures.items()
        if ids and heard.keys() >= set(ids)
    }


def _lots(capture_ids: Collection[str]) -> Mapping[str, list[PointsLot]]:
    found: dict[str, list[PointsLot]] = defaultdict(list)
    for lot in PointsLot.objects.filter(source_ref__in=capture_ids).order_by("id"):
        found[lot.source_ref].append(lot)
    return found


def _taken_back(capture_ids: Collection[str]) -> Mapping[str, list[Stretch]]:
    found: dict[str, list[Stretch]] = defaultdict(list)
    for heard in PointsTakeBack.objects.filter(source_ref__in=capture_ids).order_by("id"):
        found[heard.source_ref].append(Stretch(heard.start_minor, heard.end_minor, heard.of_minor))
    return found


def _sum(lots: Iterable[tuple[PointsLot, list[Stretch]]]) -> Earned:
    given = pending = taken_back = pts(0)
    for lot, stretches in lots:
        given += lot.earned
        taken_back += min(sum((one.share_of(lot.earned) for one in stretches), start=pts(0)), lot.earned)
        pending += lot.remaining if lot.status == LotStatus.PENDING else pts(0)
    return Earned(pending=pending, live=given - taken_back - pending, taken_back=taken_back)
