"""What verbs share that wait for a second person."""

from datetime import datetime
from typing import TypeVar

from accounts.queries import customer_of_wallet
from common.actors import Actor
from points.errors import OwnWallet, SamePersonTwice, SignatureDiffers, SignatureNotFound, SignatureTooLate
from points.models.second_signature import WAITS, SecondSignature

S = TypeVar("S", bound=SecondSignature)


def locked(model: type[S], signature_id: str) -> S:
    """Refuses: SignatureNotFound."""
    signature = model.locked(signature_id)
    if signature is None:
        raise SignatureNotFound
    return signature


def refuse_unless_second_person(signature: SecondSignature, *, digest: str, by: Actor, now: datetime) -> None:
    """Another person than the first, in time, and for exactly what was shown. Call with the row locked.

    Refuses: SamePersonTwice, SignatureTooLate, SignatureDiffers.
    """
    if by.ref == signature.proposed_by:
        raise SamePersonTwice
    if signature.waits and now >= signature.expires_at:
        raise SignatureTooLate(days=WAITS.days)
    if not digest == signature.digest == signature.digest_now():
        raise SignatureDiffers


def refuse_own_wallet(wallet_id: str, *, by: Actor) -> None:
    """Staff may be customers as well. Refuses: OwnWallet."""
    owner = customer_of_wallet(wallet_id)
    if owner is not None and owner.user.pk == by.ref:
        raise OwnWallet
