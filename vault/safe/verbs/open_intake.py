"""Offer a key to seal one card to."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from common.base64url import to_base64url
from common.db import transaction
from common.ids import new_id
from vault.models import Intake, IntakeKey
from vault.safe.desk import Desk
from vault.safe.envelope import facts
from vault.safe.intake import intake_info, new_key_pair
from vault.safe.keys import KeyProvider
from vault.types import IntakeOffer

OPEN_FOR: Final = timedelta(minutes=15)
KEY_SERVES: Final = timedelta(days=1)


async def open_intake(desk: Desk, *, customer_ref: str, session_ref: str, now: datetime) -> IntakeOffer:
    return await desk.run(_open, desk.provider, owner_ref=customer_ref, session_ref=session_ref, now=now)


@transaction
def _open(provider: KeyProvider, *, owner_ref: str, session_ref: str, now: datetime) -> IntakeOffer:
    key = IntakeKey.objects.filter(created_at__gt=now - KEY_SERVES, created_at__lte=now).order_by("-id").first()
    intake = Intake.objects.create(
        key=key or _new_key(provider, now=now),
        owner_ref=owner_ref,
        session_digest=session_digest(session_ref),
        created_at=now,
        expires_at=now + OPEN_FOR,
    )
    return IntakeOffer(
        intake_id=intake.id,
        key_id=intake.key.id,
        public_key_b64u=to_base64url(bytes(intake.key.public_key)),
        info_b64u=to_base64url(info_of(intake)),
        expires_at=intake.expires_at,
    )


def _new_key(provider: KeyProvider, *, now: datetime) -> IntakeKey:
    key_id = new_id("ink")
    private, public = new_key_pair()
    wrapped = provider.wrap(private, about=intake_key_facts(key_id))
    return IntakeKey.objects.create(
        id=key_id, public_key=public, kek_id=wrapped.kek_id, wrapped=wrapped.blob, created_at=now
    )


def intake_key_facts(key_id: str) -> bytes:
    return facts("vaultpay/intake-key/v1", key_id)


def info_of(intake: Intake) -> bytes:
    """HPKE's `info`: this intake, this key, this owner, this session."""
    return intake_info(
        intake_id=intake.id,
        key_id=intake.key_id,
        owner_ref=intake.owner_ref,
        session_digest=intake.session_digest,
    )


def session_digest(session_ref: str) -> str:
    return hashlib.sha256(session_ref.encode()).hexdigest()
