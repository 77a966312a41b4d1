"""Offer a customer to make a payment passkey: the options for `navigator.credentials.create`, as WebAuthn JSON.

The page adds `authenticatorAttachment: "platform"` and the `payment` extension where the browser offers Secure Payment
Confirmation; we accept the key either way.

Refuses: CustomerNotFound.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings

from accounts.models import PasskeyChallenge
from accounts.passkeys import ALGORITHMS
from accounts.queries import customer_by_id, passkeys_of
from common.base64url import to_base64url
from common.db import transaction

OPEN_FOR: Final = timedelta(minutes=5)


@transaction
def offer_passkey_registration(*, customer_id: str, now: datetime) -> dict[str, Any]:
    customer = customer_by_id(customer_id)
    challenge = PasskeyChallenge.objects.create(
        customer=customer, nonce=secrets.token_bytes(32), expires_at=now + OPEN_FOR
    )
    return {
        "rp": {"id": settings.WEBAUTHN_RP_ID, "name": settings.COMMERCE["name"]},
        "user": {
            # Not the handle of the sign-in passkeys: an authenticator keeps one resident key per site and handle.
            "id": to_base64url(customer.id.encode()),
            "name": f"{customer.user.email} (payments)",
            "displayName": customer.display_name,
        },
        "challenge": to_base64url(bytes(challenge.nonce)),
        "pubKeyCredParams": [{"type": "public-key", "alg": algorithm} for algorithm in ALGORITHMS],
        "timeout": int(OPEN_FOR.total_seconds() * 1000),
        "excludeCredentials": [
            {"type": "public-key", "id": passkey.credential_id_b64u} for passkey in passkeys_of(customer)
        ],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
        "extensions": {"credProps": True},
    }
