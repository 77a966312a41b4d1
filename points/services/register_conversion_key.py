"""Register the public half of a key with which a merchant will sign its files. The same key again answers the first.

Refuses: ConversionKeyNotReadable, ConversionKeysTooMany, ConversionsNotAllowed, UnacceptableText.
"""

from datetime import datetime
from typing import Final

from common.actors import Actor
from common.db import transaction
from common.ed25519 import read_public_key
from common.text import clean_line
from points.errors import ConversionKeyNotReadable, ConversionKeysTooMany, ConversionsNotAllowed
from points.models import ConversionKey, ConversionPermit
from points.telling import tell

_MOST: Final = 5


@transaction
def register_conversion_key(
    *, merchant_id: str, public_key_pem: str, label: str, by: Actor, now: datetime
) -> ConversionKey:
    name = clean_line(label, 60)
    try:
        public_key = read_public_key(public_key_pem)
    except ValueError:
        raise ConversionKeyNotReadable from None
    permit = ConversionPermit.locked(merchant_id)  # one registration at a time
    if permit is None or not permit.is_open:
        raise ConversionsNotAllowed
    live = ConversionKey.objects.filter(merchant_id=merchant_id, revoked_at__isnull=True)
    if earlier := live.filter(public_key=public_key).first():
        return earlier
    if live.count() >= _MOST:
        raise ConversionKeysTooMany(most=_MOST)
    key = ConversionKey.objects.create(
        merchant_id=merchant_id, label=name, public_key=public_key, registered_at=now, registered_by=by.ref
    )
    facts = {"merchant": merchant_id, "key": key.id, "public_key": public_key}
    tell("conversion_key.registered", subject=key.id, by=by, at=now, facts=facts)
    return key
