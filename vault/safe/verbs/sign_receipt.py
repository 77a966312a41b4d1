"""Sign what a receipt says, make a new key for it, and tell the public halves.

A signature is given only to what the safe's own records bear out (`safe/statements.py`). Asked for the same words
again, it answers with the signature that it gave first.
"""

from datetime import datetime

from common.db import transaction
from common.json import canonical
from vault.models import ReceiptKey
from vault.safe.desk import Desk
from vault.safe.keys import KeyProvider
from vault.safe.receipts import new_receipt_key, sign_with
from vault.safe.statements import note_signed, read_statement, require_borne_out, signed_before
from vault.types import ReceiptKeys, SignedReceipt


async def sign_receipt(desk: Desk, *, payload: str, now: datetime) -> SignedReceipt:
    """Refuses ReceiptNotBorneOut."""
    return await desk.run(_sign, desk.provider, payload.encode(), livemode=not desk.sandbox, now=now)


async def rotate_receipt_key(desk: Desk, *, now: datetime) -> ReceiptKeys:
    """From now on a new key signs; what the old ones signed stays sound."""
    return await desk.run(_rotate, desk.provider, now=now)


async def receipt_keys(desk: Desk, *, now: datetime) -> ReceiptKeys:
    return await desk.run(_public_halves, desk.provider, now=now)


@transaction
def _sign(provider: KeyProvider, payload: bytes, *, livemode: bool, now: datetime) -> SignedReceipt:
    stated = read_statement(payload, livemode=livemode)
    require_borne_out(stated)
    if before := signed_before(stated, payload):
        return SignedReceipt(jws=before.jws, kid=before.kid)
    row = _newest() or new_receipt_key(provider, now=now)
    jws = sign_with(provider, row, payload)
    note_signed(stated, payload, jws=jws, kid=row.kid, now=now)
    return SignedReceipt(jws=jws, kid=row.kid)


@transaction
def _rotate(provider: KeyProvider, *, now: datetime) -> ReceiptKeys:
    new_receipt_key(provider, now=now)
    return _as_set()


@transaction
def _public_halves(provider: KeyProvider, *, now: datetime) -> ReceiptKeys:
    if _newest() is None:
        new_receipt_key(provider, now=now)
    return _as_set()


def _newest() -> ReceiptKey | None:
    return ReceiptKey.objects.order_by("-id").first()


def _as_set() -> ReceiptKeys:
    keys = ReceiptKey.objects.order_by("-id").values_list("jwk", flat=True)
    return ReceiptKeys(jwks=canonical({"keys": list(keys)}).decode())
