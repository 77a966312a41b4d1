from events.models.audit import AuditRecord, AuditSeal
from events.models.event import Event, EventTelling, HeardEvent, InboundEvent
from events.models.idempotency import IdempotencyRecord
from events.models.mail import OutgoingMail

__all__ = [
    "AuditRecord",
    "AuditSeal",
    "Event",
    "EventTelling",
    "HeardEvent",
    "IdempotencyRecord",
    "InboundEvent",
    "OutgoingMail",
]
