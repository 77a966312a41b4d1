"""Merchants left: the worth of their points that are pending yet is set aside, so that no last payout takes the money.

When they become live nothing more is set aside; when a refund takes them back, their worth falls back to the merchant.
What a payable cannot cover becomes a claim on the merchant (`settle_shortfalls`). Points earned by a late capture are
met by the next run. Page by page, and harmless when repeated. Answers how many lots were funded.
"""

from datetime import datetime

from common.ids import read_id
from ledger.states import Reason
from merchants.queries import merchants_that_left
from points.models import PointsLot
from points.pages import write_pages
from points.states import LotStatus


def set_aside_for_leavers(*, now: datetime) -> int:
    unfunded = PointsLot.objects.filter(
        status=LotStatus.PENDING, funded_at__isnull=True, merchant_id__in=merchants_that_left()
    )
    done = 0
    owing = {merchant_id for merchant_id in unfunded.values_list("merchant_id", flat=True) if merchant_id}
    for merchant_id in sorted(owing):
        facts = {"merchant_id": str(read_id(merchant_id, prefix="mer"))}
        done += write_pages("points_set_aside", reason=Reason.POINTS_FUNDED, now=now, **facts)[0]
    return done
