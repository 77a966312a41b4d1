"""What must hold at any time in this room."""

from datetime import datetime

from common.findings import Finding
from events import services as events


def audit_chain_is_whole(now: datetime) -> list[Finding]:
    """Seals what is new first: otherwise a clock set forward makes fresh records look forgotten."""
    while events.seal_audit(now=now):
        pass
    return list(events.verify_audit(now=now).findings)


INVARIANTS = [audit_chain_is_whole]
