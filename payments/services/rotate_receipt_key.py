"""Let a new key sign receipts from now on. The safe makes and publishes it; older keys stay published, and what they
signed stays sound.

Refuses: ReceiptsUnavailable.
"""

from datetime import datetime

from common.actors import Actor
from common.db import outside_transaction, transaction
from events import services as events
from vault import services as vault


@outside_transaction
def rotate_receipt_key(*, by: Actor, now: datetime) -> str:
    """The id of the new key."""
    newest: str = vault.rotate_receipt_key(now=now)["keys"][0]["kid"]
    _note(newest, by=by, now=now)
    return newest


@transaction
def _note(kid: str, *, by: Actor, now: datetime) -> None:
    events.write_audit("receipt_key.published", subject=kid, by=by, at=now)
