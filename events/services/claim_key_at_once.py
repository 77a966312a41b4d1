"""`claim_key` in one statement, which is its own transaction."""

from datetime import datetime

from common.functions import call_function
from events.services.documents import claim_document, read_claim
from events.types import Claim


def claim_key_at_once(*, owner_ref: str, key: str, question: bytes, now: datetime, lease_seconds: int = 60) -> Claim:
    document = claim_document(owner_ref=owner_ref, key=key, question=question, now=now, lease_seconds=lease_seconds)
    return read_claim(call_function("events_claim_key", document))
