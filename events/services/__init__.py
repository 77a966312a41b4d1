from events.services.abandon_key import abandon_key
from events.services.claim_key import claim_key
from events.services.claim_key_at_once import claim_key_at_once
from events.services.documents import audit_document, claim_document, event_document, finish_document, read_claim
from events.services.finish_key import finish_key
from events.services.finish_key_at_once import finish_key_at_once
from events.services.hear_event import hear_event
from events.services.prune_keys import prune_keys
from events.services.queue_mail import queue_mail
from events.services.queue_raw_mail import queue_raw_mail
from events.services.record_event import record_event
from events.services.release_key import release_key
from events.services.seal_audit import seal_audit
from events.services.send_mails import send_mails
from events.services.tell_events import tell_events
from events.services.verify_audit import verify_audit
from events.services.wake_relay import wake_relay
from events.services.write_audit import write_audit

__all__ = [
    "abandon_key",
    "audit_document",
    "claim_document",
    "claim_key",
    "claim_key_at_once",
    "event_document",
    "finish_document",
    "finish_key",
    "finish_key_at_once",
    "hear_event",
    "prune_keys",
    "queue_mail",
    "queue_raw_mail",
    "read_claim",
    "record_event",
    "release_key",
    "seal_audit",
    "send_mails",
    "tell_events",
    "verify_audit",
    "wake_relay",
    "write_audit",
]
