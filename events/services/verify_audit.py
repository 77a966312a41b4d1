"""Read the whole audit chain and recompute every link.

Finds a record that was changed, a record or a seal that is missing, links in another order, and records left
unsealed. A chain that was cut off at its end looks whole from inside: `known_head`, noted earlier and kept elsewhere,
shows that too.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from common.findings import Finding
from events.models import AuditRecord, AuditSeal
from events.models.audit import START, next_link
from events.types import AuditHead, AuditReport

_PAGE: Final = 2_000
_SEALED_WITHIN: Final = timedelta(hours=1)


def verify_audit(*, now: datetime, known_head: AuditHead | None = None) -> AuditReport:
    number, digest, findings = 0, START, []
    known_digest = None
    for seal, record in _chain():
        if seal.number != number + 1:
            findings.append(_finding(f"seal {number + 1}", f"missing: seal {seal.number} follows seal {number}"))
        if record is None:
            findings.append(_finding(seal.record_id, f"the record under seal {seal.number} is missing"))
        elif next_link(previous=digest, number=seal.number, record=record.digest()) != bytes(seal.digest):
            findings.append(_finding(record.id, f"changed or moved: seal {seal.number} does not fit"))
        # The stored digest goes on, so that one wrong link is one finding and not a thousand.
        number, digest = seal.number, bytes(seal.digest)
        if known_head and seal.number == known_head.number:
            known_digest = digest.hex()
    if known_head and known_digest != known_head.digest:
        findings.append(_finding(f"seal {known_head.number}", "the chain no longer contains the head noted earlier"))
    left = AuditRecord.objects.filter(seal=None, at__lt=now - _SEALED_WITHIN).order_by("id")[:100]
    findings += [_finding(record.id, "was never sealed") for record in left]
    return AuditReport(records=number, head=AuditHead(number, digest.hex()), findings=tuple(findings))


def _chain() -> Iterator[tuple[AuditSeal, AuditRecord | None]]:
    last = 0
    while seals := list(AuditSeal.objects.filter(number__gt=last).order_by("number")[:_PAGE]):
        records = AuditRecord.objects.in_bulk([seal.record_id for seal in seals])
        for seal in seals:
            yield seal, records.get(seal.record_id)
        last = seals[-1].number


def _finding(subject: str, text: str) -> Finding:
    return Finding(check="events.audit_chain", subject=subject, text=text)
