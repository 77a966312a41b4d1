"""What can go wrong when a shop speaks to its commerce.

VaultPayError
├── Unreachable             no answer in time, after all retries: what was asked may have happened. Ask again, same key
├── Problem                 the commerce said no; `code` is for programs, `detail` for people
│   ├── KeyRefused          401, 403: the API key is wrong, or may not do this
│   ├── NotThere            404: no such thing, or not yours
│   ├── Conflict            409: not possible in the present state
│   ├── Refused             400, 413, 422: cannot be read, or understood and refused
│   ├── TooMany             429, after all retries
│   └── Unavailable         5xx, after all retries: what was asked may have happened. Ask again, same key
├── NotFromTheCommerce      a webhook whose signature, time or shape is wrong
└── NotAReceipt             a receipt that does not verify
"""

from collections.abc import Mapping
from typing import Any


class VaultPayError(Exception):
    """Everything that this package raises on purpose."""


class Unreachable(VaultPayError):
    """No answer came. `idempotency_key` is the key to ask again with, empty for a question that changes nothing."""

    def __init__(self, why: str, *, idempotency_key: str = "") -> None:
        super().__init__(why)
        self.idempotency_key = idempotency_key


class Problem(VaultPayError):
    """An answer of RFC 9457."""

    def __init__(self, status: int, members: Mapping[str, Any], *, idempotency_key: str = "") -> None:
        self.status = status
        self.code: str = str(members.get("code", ""))
        self.title: str = str(members.get("title", ""))
        self.detail: str = str(members.get("detail", ""))
        self.request_id: str = str(members.get("request_id", ""))
        self.errors: list[dict[str, str]] = list(members.get("errors") or [])
        self.idempotency_key = idempotency_key
        super().__init__(f"{status} {self.code}: {self.detail} ({self.request_id})")


class KeyRefused(Problem):
    pass


class NotThere(Problem):
    pass


class Conflict(Problem):
    pass


class Refused(Problem):
    pass


class TooMany(Problem):
    pass


class Unavailable(Problem):
    pass


class NotFromTheCommerce(VaultPayError, ValueError):
    """Nothing in this webhook may be believed."""


class NotAReceipt(VaultPayError, ValueError):
    """It is no receipt of that commerce."""


def problem_of(status: int, members: Mapping[str, Any], *, idempotency_key: str) -> Problem:
    kinds = {401: KeyRefused, 403: KeyRefused, 404: NotThere, 409: Conflict, 429: TooMany}
    kind = kinds.get(status, Unavailable if status >= 500 else Refused)
    return kind(status, members, idempotency_key=idempotency_key)
