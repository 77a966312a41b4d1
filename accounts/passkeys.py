"""Verifying what a payment passkey signed. Pure: no tables, no clock, no settings.

The whole list is checked, everything not understood is a no, and there is one refusal outwards whatever was wrong.
Whose passkey it is, whether the challenge is still open and that it is consumed by exactly one is the caller's part.
The libraries' own ceremonies are not used: they know neither `payment.get` nor counters nor top origins.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, NoReturn

from fido2 import cbor
from fido2.cose import CoseKey
from fido2.webauthn import AttestationObject, AuthenticatorData

from accounts.errors import AssertionRefused, PasskeyNotRegistered
from accounts.types import AssertionKind, NewPasskey, PasskeyFacts, PaymentMembers, VerifiedAssertion
from common.base64url import from_base64url
from common.json import read_strict

ALGORITHMS: Final = (-7, -257)
"""ES256 and RS256, as COSE numbers them."""
SOFTWARE_AAGUID: Final = b"vaultpay-sandbox"
"""How the sandbox's software passkey says what it is."""

_MOST_CLIENT_DATA: Final = 8 * 1024
_MOST_OTHER: Final = 16 * 1024
_FLAG: Final = AuthenticatorData.FLAG


class _No(Exception):
    """A check that did not pass."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def verify_assertion(  # noqa: PLR0913 (each is a fact of the ceremony, and all are named)
    *,
    passkey: PasskeyFacts,
    challenge: bytes,
    assertion: Mapping[str, Any],
    origin: str,
    rp_id: str,
    payment: PaymentMembers | None,
    kind: AssertionKind,
) -> VerifiedAssertion:
    """That this passkey signed this challenge on our page, by its verified owner; with `payment`, exactly that one.

    `assertion` is the browser's PublicKeyCredential as WebAuthn JSON. `kind` says which ceremony the challenge was
    offered for: `payment` belongs to "payment.get" and only to it. Raises AssertionRefused.
    """
    if (payment is not None) != (kind == "payment.get"):
        raise ValueError("payment members belong to payment.get, and only to it")
    try:
        return _assertion(passkey, challenge, assertion, origin, rp_id, payment, kind)
    except _No as no:
        raise AssertionRefused(no.why) from None
    except Exception as error:
        raise AssertionRefused(f"unreadable: {type(error).__name__}") from error


def verify_registration(*, credential: Mapping[str, Any], challenge: bytes, origin: str, rp_id: str) -> NewPasskey:
    """The new key in `credential`, made for this challenge on our page by its verified owner.

    Attestation is neither asked for nor accepted: "none" is the only format. Raises PasskeyNotRegistered.
    """
    try:
        return _registration(credential, challenge, origin, rp_id)
    except _No as no:
        raise PasskeyNotRegistered(no.why) from None
    except Exception as error:
        raise PasskeyNotRegistered(f"unreadable: {type(error).__name__}") from error


def challenge_in(credential: Mapping[str, Any]) -> bytes | None:
    """The challenge that a credential claims to answer; None when nothing can be read. Proves nothing by itself."""
    try:
        client_data = _response_member(credential, "clientDataJSON", _MOST_CLIENT_DATA)
        return from_base64url(_client_data(client_data)["challenge"])
    except Exception:  # noqa: BLE001 (as above)
        return None


def credential_id_in(credential: Mapping[str, Any]) -> bytes | None:
    """The credential id that an assertion claims to come from; None when nothing can be read."""
    try:
        return _credential_id(credential)
    except Exception:  # noqa: BLE001 (as above)
        return None


def client_data_is_ours(credential: Mapping[str, Any], *, kind: str, origin: str) -> bool:
    """Whether the browser says: this ceremony, on our own page, in no frame, about no payment. Half of a sign-in.

    The sign-in library compares challenge, rpId hash, flags and signature itself, but not this.
    """
    try:
        client_data = _response_member(credential, "clientDataJSON", _MOST_CLIENT_DATA)
        challenge = from_base64url(_client_data(client_data)["challenge"])
        _verify_client_data(client_data, kind=kind, challenge=challenge, origin=origin)
    except Exception:  # noqa: BLE001 (as above)
        return False
    return True


def counter_went_back(*, new: int, old: int) -> bool:
    """A counter that is used at all only grows; one that does not hints at a copied key."""
    return bool(new or old) and new <= old


def _assertion(  # noqa: PLR0913, PLR0917 (the arguments of verify_assertion, passed on as they came)
    passkey: PasskeyFacts,
    challenge: bytes,
    assertion: Mapping[str, Any],
    origin: str,
    rp_id: str,
    payment: PaymentMembers | None,
    kind: AssertionKind,
) -> VerifiedAssertion:
    if not hmac.compare_digest(_credential_id(assertion), passkey.credential_id):
        raise _No("another credential")
    response = assertion["response"]
    handle = response.get("userHandle")
    if handle and from_base64url(handle) != passkey.user_handle:
        raise _No("user handle")

    client_data = _response_member(assertion, "clientDataJSON", _MOST_CLIENT_DATA)
    _verify_client_data(client_data, kind=kind, challenge=challenge, origin=origin, payment=payment, rp_id=rp_id)

    raw = _response_member(assertion, "authenticatorData", _MOST_OTHER)
    said = AuthenticatorData(raw)
    _authenticator_flags(said, rp_id=rp_id)
    if said.is_attested():
        raise _No("attested data in an assertion")
    if said.is_backup_eligible() != passkey.backup_eligible:
        raise _No("backup eligibility")
    if counter_went_back(new=said.counter, old=passkey.sign_count):
        raise _No("counter")

    signature = _response_member(assertion, "signature", _MOST_OTHER)
    key = CoseKey.parse(_cose(passkey.public_key))
    if key.get(3) not in ALGORITHMS:
        raise _No("algorithm")
    try:
        key.verify(raw + sha256(client_data).digest(), signature)
    except Exception as error:
        raise _No("signature") from error
    return VerifiedAssertion(
        sign_count=said.counter,
        kind=kind,
        client_data=client_data,
        authenticator_data=raw,
        signature=signature,
    )


def _registration(credential: Mapping[str, Any], challenge: bytes, origin: str, rp_id: str) -> NewPasskey:
    client_data = _response_member(credential, "clientDataJSON", _MOST_CLIENT_DATA)
    _verify_client_data(client_data, kind="webauthn.create", challenge=challenge, origin=origin)

    attestation = AttestationObject(_response_member(credential, "attestationObject", _MOST_OTHER))
    if attestation.fmt != "none" or attestation.att_stmt:
        raise _No("attestation")
    said = attestation.auth_data
    _authenticator_flags(said, rp_id=rp_id)
    new = said.credential_data
    if new is None:
        raise _No("no credential")
    if new.public_key.get(3) not in ALGORITHMS:
        raise _No("algorithm")
    # The key must be one that can be verified with later: a point off its curve shows here.
    _refuse_unusable(new.public_key)
    if not 16 <= len(new.credential_id) <= 1023 or _credential_id(credential) != new.credential_id:
        raise _No("credential id")
    return NewPasskey(
        credential_id=new.credential_id,
        public_key=cbor.encode(dict(new.public_key)),
        sign_count=said.counter,
        backup_eligible=said.is_backup_eligible(),
        aaguid=bytes(new.aaguid),
    )


def _verify_client_data(  # noqa: PLR0913 (each is a fact of the ceremony, and all are named)
    client_data: bytes,
    *,
    kind: str,
    challenge: bytes,
    origin: str,
    payment: PaymentMembers | None = None,
    rp_id: str = "",
) -> None:
    said = _client_data(client_data)
    if said.get("type") != kind:
        raise _No("type")
    if not hmac.compare_digest(from_base64url(said.get("challenge")), challenge):
        raise _No("challenge")
    if said.get("origin") != origin:
        raise _No("origin")
    if said.get("crossOrigin", False) is not False:
        raise _No("cross origin")
    if payment is None:
        if "topOrigin" in said:
            raise _No("top origin")
        if "payment" in said:
            raise _No("payment members that were not asked for")
    else:
        _payment_members(said.get("payment"), payment, origin=origin, rp_id=rp_id)
        if said.get("topOrigin", origin) != origin:
            raise _No("top origin")


def _client_data(raw: bytes) -> dict[str, Any]:
    said = read_strict(raw, most_bytes=_MOST_CLIENT_DATA)
    if not isinstance(said, dict):
        raise _No("client data is no object")
    return said


def _payment_members(signed: object, asked: PaymentMembers, *, origin: str, rp_id: str) -> None:
    """Unknown further members are the browser's business; every one that we asked for must be there, unchanged."""
    if not isinstance(signed, dict):
        raise _No("no payment")
    # Older browsers write `rp` for `rpId`; whichever is there must be right, and one must be there.
    names = [signed[name] for name in ("rpId", "rp") if name in signed]
    if not names or any(name != rp_id for name in names):
        raise _No("payment rp id")
    if signed.get("topOrigin") != origin:
        raise _No("payment top origin")
    _same(signed, "payeeName", asked.payee_name)
    _same(signed, "payeeOrigin", asked.payee_origin)
    if signed.get("total") != {"currency": asked.currency, "value": asked.value}:
        raise _No("total")
    instrument = signed.get("instrument")
    if not isinstance(instrument, dict):
        raise _No("instrument")
    if instrument.get("displayName") != asked.instrument_name or instrument.get("icon") != asked.instrument_icon:
        raise _No("instrument")
    # We offer no logos of payment entities, so the only ordered subset is none.
    if signed.get("paymentEntitiesLogos"):
        raise _No("logos")


def _same(signed: Mapping[str, Any], name: str, asked: str | None) -> None:
    if asked is None:
        if name in signed:
            raise _No(name)
    elif signed.get(name) != asked:
        raise _No(name)


def _authenticator_flags(said: AuthenticatorData, *, rp_id: str) -> None:
    if not hmac.compare_digest(said.rp_id_hash, sha256(rp_id.encode()).digest()):
        raise _No("rp id hash")
    if not said.flags & _FLAG.UP:
        raise _No("user not present")
    if not said.flags & _FLAG.UV:
        raise _No("user not verified")
    if said.flags & _FLAG.BS and not said.flags & _FLAG.BE:
        raise _No("backed up without being eligible")


def _credential_id(credential: Mapping[str, Any]) -> bytes:
    if credential.get("type", "public-key") != "public-key":
        raise _No("credential type")
    value = from_base64url(credential["id"])
    if "rawId" in credential and credential["rawId"] != credential["id"]:
        raise _No("raw id")
    return value


def _response_member(credential: Mapping[str, Any], name: str, most_bytes: int) -> bytes:
    value = from_base64url(credential["response"][name])
    if len(value) > most_bytes:
        raise _No(f"{name} too large")
    return value


def _cose(raw: bytes) -> Mapping[int, Any]:
    value = cbor.decode(raw)
    return value if isinstance(value, Mapping) else _refuse("public key")


def _refuse(why: str) -> NoReturn:
    raise _No(why)


def _refuse_unusable(key: CoseKey) -> None:
    """A key that cannot even say that a wrong signature is wrong cannot be used; neither can a short RSA key."""
    if key.get(3) == -257 and len(key[-1].lstrip(b"\0")) < 256:
        raise _No("public key")
    try:
        key.verify(b"", b"")
    except Exception as error:
        if type(error).__name__ != "InvalidSignature":
            raise _No("public key") from error
    else:
        raise _No("public key")
