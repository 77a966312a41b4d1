"""Remember that a key was used, to the minute.

The door calls it when the answer is made, outside any transaction of the request. Most calls cost nothing: this process
writes at most once a minute per key, and then one statement that changes nothing if another process was faster.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from merchants.models import ApiKey

PRECISION: Final = timedelta(minutes=1)
_MOST: Final = 10_000

_noted: dict[str, datetime] = {}


def note_key_use(*, key_id: str, now: datetime) -> None:
    before = _noted.get(key_id)
    if before is not None and before <= now < before + PRECISION:
        return
    if len(_noted) >= _MOST:
        _noted.clear()
    _noted[key_id] = now
    ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=now - PRECISION), pk=key_id).update(
        last_used_at=now
    )
