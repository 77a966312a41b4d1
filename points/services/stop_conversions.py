"""Staff take a merchant's permit away: nothing more is taken over. What was goes on waiting for its owners.

Stopping again changes nothing.

Refuses: UnacceptableText, ConversionsNotAllowed (it never had one).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction
from common.text import clean_line
from points.errors import ConversionsNotAllowed
from points.models import ConversionPermit
from points.telling import tell


@transaction
def stop_conversions(*, merchant_id: str, reason: str, by: Actor, now: datetime) -> ConversionPermit:
    why, permit = clean_line(reason, 200), ConversionPermit.locked(merchant_id)
    if permit is None:
        raise ConversionsNotAllowed
    if not permit.is_open:
        return permit
    permit.is_open, permit.reason, permit.changed_by, permit.changed_at = False, why, by.ref, now
    permit.save(update_fields=["is_open", "reason", "changed_by", "changed_at"])
    facts = {"merchant": merchant_id, "reason": why}
    tell("points_conversion.stopped", subject=merchant_id, by=by, at=now, facts=facts)
    return permit
