"""Reading what a commerce says about how it knew its customer: threeDSRequestorAuthenticationInfo.

The issuer of this sandbox does what a real one may: it verifies the passkey's signature again.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from fido2 import cbor
from fido2.cose import CoseKey

from common.base64url import from_base64url

FIDO: Final = "06"
LONGEST: Final = 2_048


class Proof(StrEnum):
    MISSING = "missing"
    UNREADABLE = "unreadable"
    WRONG = "wrong"
    VERIFIED = "verified"


def look_at(info: object) -> Proof:
    """Whether a passkey signed, as far as its bytes show."""
    if not isinstance(info, Mapping) or info.get("threeDSReqAuthMethod") != FIDO:
        return Proof.MISSING
    text, moment = info.get("threeDSReqAuthData"), info.get("threeDSReqAuthTimestamp")
    if not isinstance(text, str) or not isinstance(moment, str) or not (len(moment) == 12 and moment.isdecimal()):
        return Proof.UNREADABLE
    if len(text.encode()) > LONGEST:
        return Proof.UNREADABLE
    try:
        said: dict[str, Any] = json.loads(text)
        key = CoseKey.parse(cbor.decode(from_base64url(said["key"])))  # type: ignore[arg-type]  # a COSE map, or it raises
        signed = from_base64url(said["authenticatorData"]) + from_base64url(said["clientDataHash"])
        signature = from_base64url(said["signature"])
    except (ValueError, KeyError, TypeError):
        return Proof.UNREADABLE
    try:
        key.verify(signed, signature)
    except Exception:  # noqa: BLE001 (whatever a library of ciphers says, it did not verify)
        return Proof.WRONG
    return Proof.VERIFIED
