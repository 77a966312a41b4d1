from collections.abc import Mapping
from datetime import datetime
from typing import Any

from common.actors import Actor
from common.db import transaction_required
from events.models import AuditRecord


@transaction_required
def write_audit(
    action: str, *, subject: str, by: Actor, at: datetime, data: Mapping[str, Any] | None = None
) -> AuditRecord:
    """Note what was done, in the commit that did it. One cheap insert: `seal_audit` puts it into the chain later.

    `data` holds small JSON-safe facts without secrets; card numbers never.
    """
    return AuditRecord.objects.create(action=action, subject=subject, by=by.ref, at=at, data=dict(data or {}))
