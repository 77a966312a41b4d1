"""These notices are dealt with; they are not given out again. Safe to say twice.

Refuses: SafeUnavailable.
"""

from collections.abc import Sequence
from datetime import datetime

from common.db import outside_transaction
from vault.errors import SafeUnavailable
from vault.gateways.safe import NoAnswer, NothingSent
from vault.services._ask import ask


@outside_transaction
def acknowledge_notices(*, notice_refs: Sequence[str], now: datetime) -> None:
    try:
        ask("acknowledge_notices", notice_refs=list(notice_refs), now=now)
    except (NothingSent, NoAnswer) as silence:
        raise SafeUnavailable from silence
