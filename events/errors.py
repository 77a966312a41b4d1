"""The refusals of this room.

Refusal
├── EventNotFound              no such event, or somebody else's
├── KeyUsedForAnotherRequest   an idempotency key came back with another question
├── StillWorking               the first request with this key is not done yet
└── ClaimLost                  the work took longer than its lease, and somebody else took the key over
"""

from django.utils.translation import gettext_lazy as _

from common.errors import Kind, Refusal


class EventNotFound(Refusal):
    code, kind = "event_not_found", Kind.NOT_FOUND
    message = _("There is no such event.")


class KeyUsedForAnotherRequest(Refusal):
    code, kind = "idempotency_key_reused", Kind.RULE
    message = _("This Idempotency-Key was used for another request. Use a new key for a new request.")


class StillWorking(Refusal):
    code, kind = "idempotency_key_in_progress", Kind.STATE
    message = _("The first request with this Idempotency-Key is still running. Ask again in a moment.")

    def __init__(self, *, retry_after_seconds: int = 2) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)


class ClaimLost(Refusal):
    code, kind = "idempotency_claim_lost", Kind.STATE
    message = _("This request took too long and was taken over. Ask again with the same Idempotency-Key.")

    def __init__(self, *, retry_after_seconds: int = 2) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)
