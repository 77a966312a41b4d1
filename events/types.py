"""What crosses the door of this room."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from common.findings import Finding
from common.ids import derived_id
from common.secrets import Secret


@dataclass(frozen=True, slots=True)
class Heard:
    """An event as its handlers meet it. `data` is what the owner may see too; `facts` never leave the house."""

    id: str
    type: str
    subject: str
    owner_ref: str
    by: str
    data: Mapping[str, Any]
    facts: Mapping[str, Any]
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What a finished request answered, to the byte."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """What came of claiming an idempotency key. At most one of the first three says something; if none does, the key is
    ours: do the work, then `finish_key`.
    """

    asked_something_else: bool
    """The key was used before, for another question."""
    still_running: bool
    """Somebody is answering this very question now."""
    answer: StoredAnswer | None
    """The question was answered before."""
    record_id: str
    turn: int
    """How many times the key was claimed: only the latest claimant may finish it."""
    claimed_at: datetime
    secret: Secret

    @property
    def is_ours(self) -> bool:
        return not self.asked_something_else and not self.still_running and self.answer is None

    def effect_id(self, prefix: str) -> str:
        """The id of what this request makes: the same in every run of the key, so a retry finds its own effect."""
        return derived_id(prefix, at=self.claimed_at, secret=self.secret.reveal(), name=self.record_id)


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The last seal of the chain. Kept elsewhere, it proves later that nothing was cut off the end."""

    number: int
    digest: str

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


@dataclass(frozen=True, slots=True)
class AuditReport:
    records: int
    head: AuditHead
    findings: tuple[Finding, ...]
