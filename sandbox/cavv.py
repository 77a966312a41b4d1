"""The authentication value (CAVV, AAV): what an issuer signs an authentication with, and knows again when asked to pay.

Issuer page and network host are two programs of one issuer, so they share this key. It protects nothing but the story.
"""

import hmac
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Final

LENGTH: Final = 28
"""Characters: twenty bytes in base64."""
_KEY: Final = b"vaultpay sandbox issuer"


@dataclass(frozen=True, slots=True)
class Authenticated:
    """What one value is about: another card, amount or run of 3-D Secure gives another value."""

    number: str = field(repr=False)
    ds_id: str
    eci: str
    amount: int
    currency: str
    """Numeric, as on the wire."""

    @property
    def value(self) -> str:
        facts = "|".join((self.number, self.ds_id, self.eci, str(self.amount), self.currency))
        return b64encode(hmac.digest(_KEY, facts.encode(), "sha256")[:20]).decode()

    def is_signed_by(self, value: str) -> bool:
        return hmac.compare_digest(value.encode(), self.value.encode())
