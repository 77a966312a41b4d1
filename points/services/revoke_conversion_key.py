"""From now on, no file is taken that this key signed. For good; revoking again is harmless.

Refuses: ConversionKeyNotFound.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from points.conversion_queries import conversion_key_of
from points.models import ConversionKey
from points.telling import tell


@transaction
def revoke_conversion_key(*, merchant_id: str, key_id: str, by: Actor, now: datetime) -> ConversionKey:
    key = conversion_key_of(merchant_id, key_id)
    mine = ConversionKey.objects.filter(pk=key.id, revoked_at__isnull=True)
    if mine.update(revoked_at=now, revoked_by=by.ref):
        facts = {"merchant": merchant_id, "key": key.id}
        tell("conversion_key.revoked", subject=key.id, by=by, at=now, facts=facts)
    key.refresh_from_db()
    return key
