"""Payment passkeys for demo people: software that stands in for a phone. Sandbox only."""

import hmac
from datetime import datetime

from django.conf import settings

from accounts import services as accounts
from accounts.queries import customer_by_id, passkeys_of
from common.actors import Actor
from sandbox.passkey import SoftwarePasskey


def software_passkey_of(customer_id: str, *, now: datetime) -> SoftwarePasskey:
    """The one that always grows from this instance's key and this customer's id; registered through the ordinary
    ceremony when it is not yet.
    """
    if not settings.SANDBOX:
        raise RuntimeError("software passkeys are for the sandbox")
    seed = hmac.digest(settings.SECRET_KEY.encode(), b"vaultpay/demo-passkeys", "sha256")
    passkey = SoftwarePasskey(seed=seed, name=customer_id)
    known = {bytes(known.credential_id) for known in passkeys_of(customer_by_id(customer_id))}
    if passkey.credential_id not in known:
        options = accounts.offer_passkey_registration(customer_id=customer_id, now=now)
        credential = passkey.create(options, origin=settings.WEBAUTHN_ORIGIN)
        accounts.register_passkey(
            customer_id=customer_id, credential=credential, label="Software passkey", by=Actor(customer_id), now=now
        )
    return passkey
