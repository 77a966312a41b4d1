"""End an API key for good: at once in this process, within five seconds in every other.

Revoking a revoked key changes nothing.

Refuses: ApiKeyNotFound.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from events import services as events
from merchants.errors import ApiKeyNotFound
from merchants.key_cache import forget_key
from merchants.models import ApiKey


@transaction
def revoke_api_key(*, merchant_id: str, key_id: str, by: Actor, now: datetime) -> ApiKey:
    key = ApiKey.objects.select_for_update(no_key=True).filter(merchant_id=merchant_id, pk=key_id).first()
    if key is None:
        raise ApiKeyNotFound
    if key.revoked_at is not None:
        return key
    key.revoked_at = now
    key.save(update_fields=["revoked_at"])
    forget_key(key.id)
    facts = {"api_key": key.id, "label": key.label}
    events.record_event("api_key.revoked", subject=key.id, owner_ref=merchant_id, by=by, at=now, data=facts)
    events.write_audit("api_key.revoked", subject=key.id, by=by, at=now, data=facts)
    return key
