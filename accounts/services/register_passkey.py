"""Keep a payment passkey that a customer has just made. Its challenge is used up by the attempt, good or bad.

Refuses: UnacceptableText, CustomerNotFound, PasskeyNotRegistered.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext

from accounts.errors import PasskeyNotRegistered
from accounts.models import PasskeyChallenge, PaymentPasskey
from accounts.passkeys import SOFTWARE_AAGUID, challenge_in, verify_registration
from accounts.queries import customer_by_id
from accounts.telling import tell
from accounts.types import NewPasskey
from common.actors import Actor
from common.db import transaction
from common.text import clean_line


def register_passkey(  # noqa: PLR0913 (each is a fact of the ceremony, and all are named)
    *, customer_id: str, credential: Mapping[str, Any], label: str, spc: bool = False, by: Actor, now: datetime
) -> PaymentPasskey:
    """`credential` is the browser's PublicKeyCredential as WebAuthn JSON; `spc` says that the page asked for the
    `payment` extension.
    """
    label = clean_line(label, 60, may_be_empty=True)
    # Used up in a transaction of its own, so that a refusal afterwards does not open it again.
    challenge = _use_up_challenge(customer_id=customer_id, credential=credential, now=now)
    new = verify_registration(
        credential=credential, challenge=challenge, origin=settings.WEBAUTHN_ORIGIN, rp_id=settings.WEBAUTHN_RP_ID
    )
    if new.aaguid == SOFTWARE_AAGUID and not settings.SANDBOX:
        raise PasskeyNotRegistered("a software passkey outside the sandbox")
    try:
        return _keep(customer_id=customer_id, new=new, label=label, spc=spc, by=by, now=now)
    except IntegrityError:
        raise PasskeyNotRegistered("known already") from None


@transaction
def _use_up_challenge(*, customer_id: str, credential: Mapping[str, Any], now: datetime) -> bytes:
    challenge = challenge_in(credential)
    used = PasskeyChallenge.objects.filter(
        customer_id=customer_id, nonce=challenge or b"", consumed_at=None, expires_at__gt=now
    ).update(consumed_at=now)
    if challenge is None or used != 1:
        raise PasskeyNotRegistered("challenge")
    return challenge


@transaction
def _keep(  # noqa: PLR0913 (each is a fact of the ceremony, and all are named)
    *, customer_id: str, new: NewPasskey, label: str, spc: bool, by: Actor, now: datetime
) -> PaymentPasskey:
    customer = customer_by_id(customer_id)
    passkey = PaymentPasskey.objects.create(
        customer=customer,
        credential_id=new.credential_id,
        public_key=new.public_key,
        sign_count=new.sign_count,
        backup_eligible=new.backup_eligible,
        spc=spc,
        software=new.aaguid == SOFTWARE_AAGUID,
        label=label or gettext("Payment passkey"),
        created_at=now,
    )
    tell(
        "passkey.registered",
        subject=passkey.id,
        by=by,
        at=now,
        facts={"passkey": passkey.id, "customer": customer.id, "label": passkey.label, "software": passkey.software},
    )
    return passkey
