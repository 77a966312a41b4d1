"""Give a customer what shops had taken over for their address: the points move out of the batches' pools, live.

Only for an address that this person has proven to read, as every sign-in is. Called when a wallet is opened, at each
sign-in, and for new conversions by `find_owners`; again it finds nothing more. At most so many at once; a later call
goes on. Answers those that arrived.

Refuses: CustomerNotFound.
"""

from datetime import datetime
from typing import Final

from accounts.queries import customer_by_id
from common.actors import SYSTEM
from common.db import transaction
from points.locks import lock_wallets
from points.lots import move_share
from points.models import PointsConversion, PointsConversionBatch, PointsLot
from points.states import ConversionStatus, Source
from points.telling import tell

_AT_ONCE: Final = 100


@transaction
def accept_conversions(*, customer_id: str, now: datetime) -> list[PointsConversion]:
    customer = customer_by_id(customer_id)
    wallet_id = customer.wallet.id
    waiting = PointsConversion.objects.filter(
        email=customer.user.email, status=ConversionStatus.WAITING, ends_at__gt=now
    ).order_by("id")
    found = dict(waiting.values_list("id", "batch_id")[:_AT_ONCE])
    if not found:
        return []
    batches = PointsConversionBatch.objects.select_for_update(no_key=True).filter(pk__in=set(found.values()))
    pools = [batch.pool_id for batch in batches.order_by("id")]
    mine = list(waiting.filter(pk__in=found))  # those that nobody was faster with
    if not mine:
        return []
    lock_wallets([wallet_id, *pools])
    PointsLot.locked({*(conversion.lot_id for conversion in mine), *PointsLot.touched_by_debts([wallet_id])})
    for conversion in mine:
        move_share(
            conversion.lot_id,
            conversion.points,
            to_wallet=wallet_id,
            source=Source.CONVERSION,
            source_ref=conversion.id,
            now=now,
        )
    PointsConversion.objects.filter(pk__in=[conversion.id for conversion in mine]).update(
        status=ConversionStatus.CONVERTED, wallet_id=wallet_id, ended_at=now
    )
    for merchant_id in sorted({conversion.merchant_id for conversion in mine}):
        theirs = [conversion for conversion in mine if conversion.merchant_id == merchant_id]
        facts = {
            "wallet": wallet_id,
            "merchant": merchant_id,
            "conversions": [conversion.id for conversion in theirs],
            "points_minor": sum(conversion.points_minor for conversion in theirs),
        }
        tell("points_conversion.converted", subject=theirs[0].id, by=SYSTEM, at=now, facts=facts)
    return mine
