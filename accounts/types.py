"""What crosses the door. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

AssertionKind = Literal["webauthn.get", "payment.get"]

BRAND_NAMES: Final[dict[str, str]] = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "jcb": "JCB",
    "amex": "American Express",
    "diners": "Diners Club",
    "discover": "Discover",
    "unionpay": "UnionPay",
}
"""As their owners write them; the key is the word on a card's row."""


@dataclass(frozen=True, slots=True)
class PasskeyFacts:
    """What is known of a payment passkey since it was registered."""

    credential_id: bytes
    public_key: bytes
    """COSE key, as the authenticator wrote it."""
    sign_count: int
    backup_eligible: bool
    user_handle: bytes


@dataclass(frozen=True, slots=True)
class PaymentMembers:
    """What the browser must have shown and signed (Secure Payment Confirmation), character by character.

    A name or origin that we did not hand to the browser is None, and then must be absent.
    """

    payee_name: str | None
    payee_origin: str | None
    currency: str
    value: str
    """The total as the browser writes it: "12800", without decimals for yen."""
    instrument_name: str
    instrument_icon: str


@dataclass(frozen=True, slots=True)
class VerifiedAssertion:
    """An assertion that passed every check; with the challenge's details it can be verified again offline."""

    sign_count: int
    kind: AssertionKind
    client_data: bytes
    authenticator_data: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignInPasskey:
    """A passkey that opens the portal, as its owner sees it; `id` is allauth's."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What a verified registration tells."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    backup_eligible: bool
    aaguid: bytes
