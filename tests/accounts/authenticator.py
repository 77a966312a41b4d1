"""An authenticator in software, for the stories of these rooms: it can do everything right, and anything wrong."""

import json
import struct
from base64 import urlsafe_b64encode
from hashlib import sha256
from secrets import token_bytes

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from fido2 import cbor
from fido2.cose import ES256, RS256

UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80
ORIGIN, RP_ID = "http://localhost:8000", "localhost"


def b64u(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def client_data(kind, nonce, /, *, origin=ORIGIN, **members) -> bytes:
    said = {"type": kind, "challenge": b64u(nonce), "origin": origin, "crossOrigin": False, **members}
    return json.dumps({name: value for name, value in said.items() if value is not ...}, separators=(",", ":")).encode()


class Authenticator:
    def __init__(self, *, algorithm=-7, rp_id=RP_ID, aaguid=bytes(16), flags=UP | UV, counter=0, handle=b""):
        self.rp_id, self.aaguid, self.flags, self.counter, self.handle = rp_id, aaguid, flags, counter, handle
        self.algorithm = algorithm
        self.key = (
            ec.generate_private_key(ec.SECP256R1())
            if algorithm == -7
            else rsa.generate_private_key(public_exponent=65537, key_size=2048)
        )
        self.credential_id = token_bytes(32)

    @property
    def cose(self) -> bytes:
        kind = ES256 if self.algorithm == -7 else RS256
        return cbor.encode(dict(kind.from_cryptography_key(self.key.public_key())))

    def sign(self, message: bytes) -> bytes:
        if self.algorithm == -7:
            return self.key.sign(message, ec.ECDSA(hashes.SHA256()))
        return self.key.sign(message, padding.PKCS1v15(), hashes.SHA256())

    def data(self, *, rp_id=None, flags=None, counter=None, attested=b"") -> bytes:
        return (
            sha256((rp_id or self.rp_id).encode()).digest()
            + struct.pack(">BI", self.flags if flags is None else flags, self.counter if counter is None else counter)
            + attested
        )

    def create(
        self, challenge: bytes, *, kind="webauthn.create", origin=ORIGIN, said=None, fmt="none", stmt=None, **data
    ):
        attested = self.aaguid + struct.pack(">H", len(self.credential_id)) + self.credential_id + self.cose
        flags = data.pop("flags", self.flags) | AT
        auth_data = self.data(flags=flags, attested=attested, **data)
        return {
            "id": b64u(self.credential_id),
            "rawId": b64u(self.credential_id),
            "type": "public-key",
            "response": {
                "clientDataJSON": b64u(said or client_data(kind, challenge, origin=origin)),
                "attestationObject": b64u(cbor.encode({"fmt": fmt, "attStmt": stmt or {}, "authData": auth_data})),
                "transports": ["internal"],
            },
            "clientExtensionResults": {"credProps": {"rk": True}},
        }

    def get(self, challenge: bytes, *, kind="webauthn.get", origin=ORIGIN, said=None, members=None, **data):
        said = said or client_data(kind, challenge, origin=origin, **(members or {}))
        raw = self.data(**data)
        return {
            "id": b64u(self.credential_id),
            "rawId": b64u(self.credential_id),
            "type": "public-key",
            "response": {
                "clientDataJSON": b64u(said),
                "authenticatorData": b64u(raw),
                "signature": b64u(self.sign(raw + sha256(said).digest())),
                **({"userHandle": b64u(self.handle)} if self.handle else {}),
            },
            "clientExtensionResults": {},
        }
