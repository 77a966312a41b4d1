"""What the network told us unasked and nobody has dealt with yet, in the order of hearing.

Refuses: SafeUnavailable.
"""

from datetime import datetime

from common.db import outside_transaction
from vault.errors import SafeUnavailable
from vault.gateways.safe import NoAnswer, NothingSent
from vault.services._ask import ask
from vault.types import Notice


@outside_transaction
def read_notices(*, limit: int = 20, now: datetime) -> list[Notice]:  # noqa: ARG001 (every verb says when)
    try:
        notices: list[Notice] = ask("read_notices", limit=limit)
    except (NothingSent, NoAnswer) as silence:
        raise SafeUnavailable from silence
    return notices
