"""Claim an idempotency key before any work begins.

The claim is one INSERT. A claim whose lease ran out (the process died, or the work broke) may be taken over by the next
request that asks the same question; a compare-and-set on `turn` lets exactly one of them through. `question` is an HMAC
over method, path and canonical body, without card number and security code.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from common.db import transaction
from common.insert_once import insert_once
from common.secrets import Secret
from events.models import IdempotencyRecord
from events.types import Claim


@transaction
def claim_key(*, owner_ref: str, key: str, question: bytes, now: datetime, lease_seconds: int = 60) -> Claim:
    lease = now + timedelta(seconds=lease_seconds)
    record = IdempotencyRecord(owner_ref=owner_ref, key=key, question=question, claimed_at=now, leased_until=lease)
    if insert_once(record):
        return _claim(record)
    known = IdempotencyRecord.objects.filter(owner_ref=owner_ref, key=key).first()
    if known is None:
        # Released between our two statements: the other request was refused, and this one may try again.
        return _claim(record, still_running=True)
    if bytes(known.question) != question:
        return _claim(known, asked_something_else=True)
    if known.finished_at is not None or known.leased_until > now:
        return _claim(known, still_running=known.finished_at is None)
    open_for_us = IdempotencyRecord.objects.filter(pk=known.pk, turn=known.turn, finished_at=None)
    if open_for_us.update(turn=F("turn") + 1, leased_until=lease) != 1:
        return _claim(known, still_running=True)
    known.turn += 1
    return _claim(known)


def _claim(record: IdempotencyRecord, *, asked_something_else: bool = False, still_running: bool = False) -> Claim:
    return Claim(
        asked_something_else=asked_something_else,
        still_running=still_running,
        answer=None if asked_something_else else record.answer,
        record_id=record.id,
        turn=record.turn,
        claimed_at=record.claimed_at,
        secret=Secret(settings.API_KEY_SECRET),
    )
