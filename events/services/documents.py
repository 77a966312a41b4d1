"""What the SQL functions of this room read: a room above hands it over within a larger commit of its own.

What each of them means is defined by the plain verb: `record_event`, `write_audit`, `claim_key`, `finish_key`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from common.actors import Actor
from common.functions import new_row_json
from common.ids import public_id, read_id
from common.secrets import Secret
from events.models import AuditRecord, Event, IdempotencyRecord
from events.types import Claim, StoredAnswer


def event_document(  # noqa: PLR0913 (an event is this many facts)
    type: str,  # noqa: A002 (it is what the column, the API and the webhooks call it)
    *,
    subject: str,
    by: Actor,
    at: datetime,
    data: Mapping[str, Any],
    owner_ref: str = "",
    facts: Mapping[str, Any] | None = None,
    version: int = 1,
) -> dict[str, Any]:
    return new_row_json(
        Event,
        type=type,
        subject=subject,
        owner_ref=owner_ref,
        data=dict(data),
        facts=dict(facts or {}),
        by=by.ref,
        version=version,
        occurred_at=at,
    )


def audit_document(
    action: str, *, subject: str, by: Actor, at: datetime, data: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    return new_row_json(AuditRecord, action=action, subject=subject, by=by.ref, at=at, data=dict(data or {}))


def claim_document(
    *, owner_ref: str, key: str, question: bytes, now: datetime, lease_seconds: int = 60
) -> dict[str, Any]:
    record = new_row_json(
        IdempotencyRecord,
        owner_ref=owner_ref,
        key=key,
        question=question,
        claimed_at=now,
        leased_until=now + timedelta(seconds=lease_seconds),
    )
    return {"record": record}


def read_claim(said: Mapping[str, Any]) -> Claim:
    """What `events_claim_key` answered; or, of a document that was not sent yet, the claim if it is granted."""
    whose, record = said.get("is", "ours"), said["record"]
    answer = None
    if whose == "answered":
        body = bytes.fromhex(record["body"].removeprefix("\\x"))
        answer = StoredAnswer(status=record["status"], body=body, headers=record["headers"])
    return Claim(
        asked_something_else=whose == "other_question",
        still_running=whose == "running",
        answer=answer,
        record_id=public_id("idk", UUID(record["id"])),
        turn=record["turn"],
        claimed_at=datetime.fromisoformat(record["claimed_at"]),
        secret=Secret(settings.API_KEY_SECRET),
    )


def finish_document(
    claim: Claim, *, status: int, body: bytes, now: datetime, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    if status >= 500:
        raise ValueError("our own failure is not an answer to keep")
    return {
        "id": str(read_id(claim.record_id, prefix="idk")),
        "turn": claim.turn,
        "status": status,
        "body": "\\x" + body.hex(),
        "headers": dict(headers or {}),
        "finished_at": now.isoformat(),
    }
