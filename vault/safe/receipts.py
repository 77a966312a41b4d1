"""The key that signs receipts. It is made here, wrapped by the key provider, and its private half never leaves.

Receipts are signed with the newest key; the public halves of all keys stay known, so what an older one signed is sound
for ever.
"""

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key, generate_private_key

from common.db import transaction_required
from common.ids import new_id
from common.jws import public_jwk, sign
from common.secrets import Secret
from vault.models import PublishedKey, ReceiptKey
from vault.safe.envelope import facts
from vault.safe.keys import KeyProvider, Wrapped
from vault.types import RECEIPT_TYPE


@transaction_required
def new_receipt_key(provider: KeyProvider, *, now: datetime) -> ReceiptKey:
    """Made and published in one commit."""
    private = generate_private_key(SECP256R1())
    jwk, key_id = public_jwk(private.public_key()), new_id("rck")
    secret = Secret(private.private_numbers().private_value.to_bytes(32, "big"))
    wrapped = provider.wrap(secret, about=_about(key_id, jwk["kid"]))
    PublishedKey.objects.create(kid=jwk["kid"], jwk=jwk, published_at=now)
    return ReceiptKey.objects.create(
        id=key_id, kid=jwk["kid"], jwk=jwk, kek_id=wrapped.kek_id, wrapped=wrapped.blob, created_at=now
    )


def sign_with(provider: KeyProvider, row: ReceiptKey, payload: bytes) -> str:
    """The compact serialization. Raises DoesNotOpen when the row is not what this provider wrapped."""
    secret = provider.unwrap(Wrapped(row.kek_id, bytes(row.wrapped)), about=_about(row.id, row.kid))
    private = derive_private_key(int.from_bytes(secret.reveal(), "big"), SECP256R1())
    return sign(payload, key=private, kid=row.kid, kind=RECEIPT_TYPE)


def _about(key_id: str, kid: str) -> bytes:
    return facts("vaultpay/receipt-key/v1", key_id, kid)
