"""The bytes of a file of evidence, checked against the digest that was kept; who read it stands in the audit chain.

Who may, is the door's question: the merchant whose dispute it is, and the staff.
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from events import services as events
from payments.gateways import evidence_store
from payments.models import EvidenceFile


@transaction
def read_evidence_file(*, file: EvidenceFile, by: Actor, now: datetime) -> bytes:
    content = evidence_store.read(file.id, sha256_hex=file.sha256)
    events.write_audit("dispute.file_read", subject=file.dispute_id, by=by, at=now, data={"file": file.id})
    return content
