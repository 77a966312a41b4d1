"""Refusals that only the API has: about keys, headers and the shape of a body.

Refusal
├── KeyMissing                 no API key, or none that is known                 401
├── KeyInAddress               a key in the query string                         400
├── ScopeMissing               the key may not do this                           403
├── UnacceptableInput          the body or query has members that do not fit     400
├── BodyTooLarge                                                                 413
├── UnknownVersion             VaultPay-Version names no version                 400
├── IdempotencyKeyMissing      no acceptable Idempotency-Key                     400
└── TooManyRequests            more than the limit of one merchant               429

A key that was used for another request, or whose first request is still running, is refused by the events room.
"""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from common.errors import Kind, Refusal


class KeyMissing(Refusal):
    code, kind = "invalid_api_key", Kind.FORBIDDEN
    message = _("Send a valid secret key: “Authorization: Bearer vp_…”.")


class KeyInAddress(Refusal):
    code, kind = "key_in_address", Kind.INVALID
    message = _("An API key never belongs in an address, where logs keep it. Consider this one stolen and roll it.")


class ScopeMissing(Refusal):
    code, kind = "scope_missing", Kind.FORBIDDEN
    message = _("This API key lacks the scope {scope}.")


class BodyTooLarge(Refusal):
    code, kind = "body_too_large", Kind.INVALID
    message = _("The body is larger than {most_bytes} bytes.")


class UnknownVersion(Refusal):
    code, kind = "unknown_version", Kind.INVALID
    message = _("VaultPay-Version {asked} is not a version of this API.")


class TooManyRequests(Refusal):
    code, kind = "rate_limited", Kind.LIMITED
    message = _("More than {most} requests in {seconds} seconds. Come back in {retry_after_seconds} seconds.")


class UnacceptableInput(Refusal):
    """`errors` names each member that does not fit: [{field, code, message}]."""

    code, kind = "invalid_request", Kind.INVALID
    message = _("These members do not fit: {fields}.")

    def __init__(self, errors: Sequence[dict[str, str]]) -> None:
        super().__init__(fields=", ".join(error["field"] for error in errors))
        self.errors = list(errors)


class IdempotencyKeyMissing(Refusal):
    code, kind = "idempotency_key_missing", Kind.INVALID
    message = _("Send an Idempotency-Key of 1 to 255 printable ASCII characters, the same one with each retry.")
