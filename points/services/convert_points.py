"""Take over one old balance of a shop's customer, by e-mail address. Its worth moves from what the shop is owed to what
is set aside, at once; the points wait for whoever signs in with the address.

The same source id with the same facts is the first conversion; the shop's answer is the same whoever the address is.

Refuses: ConversionsNotAllowed, SourceIdNotPossible, AddressNotReadable, ConversionDiffers, ConversionTooLarge,
ConversionExpiryNotPossible, ConversionLimitReached, MerchantNotFound.
"""

from datetime import date, datetime

from common.actors import Actor
from common.db import transaction
from common.money import Money
from points.conversion_csv import read_source_id
from points.giving import read_address
from points.models import PointsConversion
from points.services._conversions import fault_of, known_of, permit_for, take_over
from points.types import ConversionLine


@transaction
def convert_points(  # noqa: PLR0913 (whose, how many, until when)
    *,
    merchant_id: str,
    source_id: str,
    email: str,
    amount: Money,
    expires_on: date | None = None,
    by: Actor,
    now: datetime,
) -> PointsConversion:
    line = ConversionLine(read_source_id(source_id), read_address(email), amount, expires_on)
    permit = permit_for(merchant_id)
    known = known_of(merchant_id, [line]).get(line.source_id)
    if fault := fault_of(line, known, permit, now=now):
        raise fault
    if known is not None:
        return known
    batch = take_over(permit, [line], by=by, now=now)
    return PointsConversion.objects.select_related("lot", "batch").get(batch=batch)
