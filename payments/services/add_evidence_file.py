"""Keep a file of evidence: its type is what its bytes are, its place has a name of ours, its digest is kept.

The bytes are written first and the row after them: a row never points at nothing. The same bytes again give the first
file back. Refuses: DisputeNotFound, TransitionRefused (nothing is to be answered), DisputeDeadlinePassed,
EvidenceTypeNotAccepted, EvidenceTypeDiffers, EvidenceTooLarge, EvidenceTooMany.
"""

from datetime import datetime
from hashlib import sha256

from django.db.models import Sum

from common.actors import Actor
from common.db import outside_transaction, transaction
from common.ids import new_id
from common.states import next_state
from events import services as events
from payments.errors import (
    DisputeDeadlinePassed,
    EvidenceTooLarge,
    EvidenceTooMany,
    EvidenceTypeDiffers,
    EvidenceTypeNotAccepted,
)
from payments.evidence import harmless_name, media_type_of, name_fits
from payments.gateways import evidence_store
from payments.models import Dispute, EvidenceFile
from payments.states import (
    DISPUTE_TRANSITIONS,
    MOST_EVIDENCE_BYTES,
    MOST_EVIDENCE_FILE_BYTES,
    MOST_EVIDENCE_FILES,
    DisputeStatus,
)

MIB = 1024 * 1024


@outside_transaction
def add_evidence_file(*, dispute_id: str, name: str, content: bytes, by: Actor, now: datetime) -> EvidenceFile:
    shown, media_type = _checked(name, content)
    file = EvidenceFile(
        id=new_id("evd"),
        dispute_id=dispute_id,
        name=shown,
        media_type=media_type,
        size_bytes=len(content),
        sha256=sha256(content).hexdigest(),
        by=by.ref,
        created_at=now,
    )
    evidence_store.keep(file.id, content, now=now)
    try:
        kept = _write(file, by=by, now=now)
    except BaseException:
        evidence_store.drop(file.id)
        raise
    if kept.id != file.id:
        evidence_store.drop(file.id)
    return kept


def _checked(name: str, content: bytes) -> tuple[str, str]:
    if len(content) > MOST_EVIDENCE_FILE_BYTES:
        raise _too_large()
    media_type = media_type_of(content)
    if media_type is None:
        raise EvidenceTypeNotAccepted
    shown = harmless_name(name)
    if not name_fits(shown, media_type):
        raise EvidenceTypeDiffers
    return shown, media_type


@transaction
def _write(file: EvidenceFile, *, by: Actor, now: datetime) -> EvidenceFile:
    dispute, _payment = Dispute.locked(file.dispute_id)
    if earlier := dispute.files.filter(sha256=file.sha256).first():
        return earlier
    next_state(DISPUTE_TRANSITIONS, DisputeStatus(dispute.status), "answer")
    if dispute.is_overdue(now=now):
        raise DisputeDeadlinePassed
    if dispute.files.count() >= MOST_EVIDENCE_FILES:
        raise EvidenceTooMany(most=MOST_EVIDENCE_FILES)
    if (dispute.files.aggregate(sum=Sum("size_bytes"))["sum"] or 0) + file.size_bytes > MOST_EVIDENCE_BYTES:
        raise _too_large()
    file.save(force_insert=True)
    data = {"file": file.id, "sha256": file.sha256, "type": file.media_type}
    events.write_audit("dispute.file_added", subject=dispute.id, by=by, at=now, data=data)
    return file


def _too_large() -> EvidenceTooLarge:
    return EvidenceTooLarge(most_mib=MOST_EVIDENCE_FILE_BYTES // MIB, most_mib_together=MOST_EVIDENCE_BYTES // MIB)
