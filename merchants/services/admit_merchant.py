"""Take a business under contract, with its first shop.

Names are kept inert (no control, bidirectional or zero-width characters, no mixed alphabets); the shop's origin is
scheme, host and port, and belongs to one shop only. People and keys come afterwards, by their own verbs.

Refuses: UnacceptableText, UnacceptableUrl, UnacceptableTerms, OriginTaken.
"""

import re
from datetime import datetime

from django.conf import settings

from common.actors import Actor
from common.db import transaction
from common.text import clean_line, clean_name
from events import services as events
from merchants.errors import OriginTaken, UnacceptableTerms
from merchants.models import Merchant, Shop
from merchants.web_addresses import read_origin


@transaction
def admit_merchant(  # noqa: PLR0913 (a contract is this many facts)
    *,
    display_name: str,
    legal_name: str,
    category_code: str,
    fee_basis_points: int,
    city: str,
    shop_name: str,
    shop_origin: str,
    by: Actor,
    now: datetime,
    return_window_days: int = 14,
) -> Merchant:
    if not re.fullmatch(r"[0-9]{4}", category_code) or not 0 <= fee_basis_points <= 10_000:
        raise UnacceptableTerms
    merchant = Merchant.objects.create(
        display_name=clean_name(display_name, 60),
        legal_name=clean_line(legal_name, 120),
        category_code=category_code,
        fee_basis_points=fee_basis_points,
        city=clean_line(city, 40),
        return_window_days=return_window_days,
        created_at=now,
    )
    shop = Shop(
        merchant=merchant,
        display_name=clean_name(shop_name, 60),
        origin=read_origin(shop_origin, loopback=settings.SANDBOX),
        created_at=now,
    )
    Shop.objects.bulk_create([shop], ignore_conflicts=True)
    if not Shop.objects.filter(pk=shop.pk).exists():
        raise OriginTaken(origin=shop.origin)
    merchant.move("admit", by=by, now=now)
    events.record_event(
        "merchant.admitted",
        subject=merchant.id,
        owner_ref=merchant.id,
        by=by,
        at=now,
        data={"merchant": merchant.id, "shop": shop.id, "display_name": merchant.display_name},
    )
    events.write_audit("merchant.admitted", subject=merchant.id, by=by, at=now)
    return merchant
