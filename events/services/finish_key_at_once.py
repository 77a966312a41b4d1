"""`finish_key` in one statement, which is its own transaction."""

from collections.abc import Mapping
from datetime import datetime

from common.functions import FunctionRefused, call_function
from events.errors import ClaimLost
from events.services.documents import finish_document
from events.types import Claim


def finish_key_at_once(
    claim: Claim, *, status: int, body: bytes, now: datetime, headers: Mapping[str, str] | None = None
) -> None:
    """Refuses ClaimLost."""
    document = finish_document(claim, status=status, body=body, now=now, headers=headers)
    try:
        call_function("events_finish_key", document)
    except FunctionRefused as no:
        raise ClaimLost from no
