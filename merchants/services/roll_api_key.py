"""Replace an API key without a moment in which none works.

The new key has the label, scopes and API version of the old one; the old one goes on working for `hours` (0: not at
all), so that the shop can change it over in peace. A key is rolled once.

Refuses: ApiKeyNotFound, KeyNotLive, TooManyKeys.
"""

from datetime import datetime, timedelta

from common.actors import Actor
from common.db import transaction
from events import services as events
from merchants.errors import ApiKeyNotFound, KeyNotLive
from merchants.key_cache import forget_key
from merchants.models import ApiKey
from merchants.services.issue_api_key import issue_api_key


@transaction
def roll_api_key(*, merchant_id: str, key_id: str, by: Actor, now: datetime, hours: int = 24) -> tuple[ApiKey, str]:
    old = ApiKey.objects.select_for_update(no_key=True).filter(merchant_id=merchant_id, pk=key_id).first()
    if old is None:
        raise ApiKeyNotFound
    if not old.is_live(now=now) or old.rolled_to_id:
        raise KeyNotLive
    new, text = issue_api_key(
        merchant_id=merchant_id, label=old.label, scopes=old.scopes, by=by, now=now, api_version=old.api_version
    )
    ends_at = now + timedelta(hours=max(0, hours))
    ApiKey.objects.filter(pk=old.pk).update(
        rolled_to=new, expires_at=min(ends_at, old.expires_at) if old.expires_at else ends_at
    )
    forget_key(old.id)
    facts = {"api_key": old.id, "rolled_to": new.id, "works_until": ends_at.isoformat()}
    events.record_event("api_key.rolled", subject=old.id, owner_ref=merchant_id, by=by, at=now, data=facts)
    events.write_audit("api_key.rolled", subject=old.id, by=by, at=now, data=facts)
    return new, text
