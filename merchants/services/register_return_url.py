"""Name an address that customers may be sent back to.

Compared letter by letter afterwards (scheme, host, port, path); only a query may differ. https only; in sandbox mode
also http to this machine. Registering it again gives the first one back.

Refuses: ShopNotFound, UnacceptableUrl.
"""

from datetime import datetime

from django.conf import settings

from common.actors import Actor
from common.db import transaction
from events import services as events
from merchants.models import ReturnUrl
from merchants.queries import shop_by_id
from merchants.web_addresses import read_return_url


@transaction
def register_return_url(*, shop_id: str, url: str, by: Actor, now: datetime) -> ReturnUrl:
    shop = shop_by_id(shop_id)
    address = read_return_url(url, loopback=settings.SANDBOX)
    fresh = ReturnUrl(merchant_id=shop.merchant_id, shop=shop, url=address, registered_at=now)
    ReturnUrl.objects.bulk_create([fresh], ignore_conflicts=True)
    registered = ReturnUrl.objects.get(merchant_id=shop.merchant_id, url=address)
    if registered.id == fresh.id:
        events.record_event(
            "return_url.registered",
            subject=registered.id,
            owner_ref=shop.merchant_id,
            by=by,
            at=now,
            data={"return_url": registered.id, "shop": shop.id, "url": address},
        )
        events.write_audit("return_url.registered", subject=shop.id, by=by, at=now, data={"url": address})
    return registered
