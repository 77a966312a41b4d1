"""Let a new key sign receipts from now on, and publish it. What older keys signed stays sound, and they stay published.

Refuses: ReceiptsUnavailable.
"""

from datetime import datetime

from common.actors import Actor
from common.db import outside_transaction, transaction
from common.insert_once import insert_once
from events import services as events
from payments.models import PublishedKey
from vault import services as vault


@outside_transaction
def rotate_receipt_key(*, by: Actor, now: datetime) -> str:
    """The id of the new key."""
    keys = vault.rotate_receipt_key(now=now)["keys"]
    _publish(keys, by=by, now=now)
    newest: str = keys[0]["kid"]
    return newest


@transaction
def _publish(keys: list[dict[str, str]], *, by: Actor, now: datetime) -> None:
    for jwk in reversed(keys):
        if insert_once(PublishedKey(kid=jwk["kid"], jwk=jwk, published_at=now)):
            events.write_audit("receipt_key.published", subject=jwk["kid"], by=by, at=now)
