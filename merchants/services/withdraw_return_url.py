"""Take an address out of use. Payments that were already created with it keep it.

Withdrawing what is not there changes nothing.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from events import services as events
from merchants.models import ReturnUrl


@transaction
def withdraw_return_url(*, merchant_id: str, return_url_id: str, by: Actor, now: datetime) -> None:
    registered = ReturnUrl.objects.filter(merchant_id=merchant_id, pk=return_url_id).first()
    if registered is None:
        return
    deleted, _ = ReturnUrl.objects.filter(pk=registered.pk).delete()
    if deleted:
        facts = {"return_url": return_url_id, "shop": registered.shop_id, "url": registered.url}
        events.record_event(
            "return_url.withdrawn", subject=return_url_id, owner_ref=merchant_id, by=by, at=now, data=facts
        )
        events.write_audit("return_url.withdrawn", subject=registered.shop_id, by=by, at=now, data=facts)
