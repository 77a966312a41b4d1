from collections.abc import Mapping
from datetime import datetime
from typing import Any

from common.db import transaction_required
from common.insert_once import insert_once
from events.models import InboundEvent


@transaction_required
def hear_event(*, source: str, external_id: str, data: Mapping[str, Any], now: datetime) -> bool:
    """Note that somebody outside told us something; what we do about it commits with the note.

    False when `source` told us the same `external_id` before: then do nothing.
    """
    return insert_once(InboundEvent(source=source, external_id=external_id, data=dict(data), heard_at=now))
