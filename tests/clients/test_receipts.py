"""Receipts, checked offline with the package: one wrong byte anywhere, and it is none."""

import json
from base64 import urlsafe_b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from vaultpay_client import NotAReceipt, verify_receipt

KEY, STRANGER = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
PAYLOAD = {"id": "rct_1", "payment": "pay_1", "amount": 12_800}


def b64u(raw):
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def jwk(key, kid):
    numbers = key.public_key().public_numbers()
    x, y = (b64u(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": kid, "x": x, "y": y}


def signed(payload=PAYLOAD, *, key=KEY, **header):
    parts = {"alg": "ES256", "kid": "2026", "typ": "JWT"} | header, payload
    head, body = (b64u(json.dumps(part).encode()) for part in parts)
    r, s = decode_dss_signature(key.sign(f"{head}.{body}".encode(), ECDSA(SHA256())))
    return f"{head}.{body}.{b64u(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


JWKS = {"keys": [jwk(STRANGER, "2025"), jwk(KEY, "2026")]}


def test_what_the_commerce_signed_holds():
    assert verify_receipt(signed(), JWKS) == PAYLOAD


def test_every_changed_letter_is_noticed():
    jws = signed()
    for at, letter in enumerate(jws):
        # The last letter of a base64url part has bits that carry nothing; another letter may mean the same bytes.
        if letter == "." or jws[at + 1 : at + 2] in {".", ""}:
            continue
        with pytest.raises(NotAReceipt):
            verify_receipt(jws[:at] + ("A" if letter != "A" else "B") + jws[at + 1 :], JWKS)


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(signed(key=STRANGER), id="another's key under our name"),
        pytest.param(signed(kid="2025"), id="another name"),
        pytest.param(signed(kid="2027"), id="a name that nobody has"),
        pytest.param(signed(alg="none"), id="no algorithm"),
        pytest.param(signed(alg="HS256"), id="a shared-key algorithm"),
        pytest.param(signed(crit=["b64"]), id="something critical that we do not know"),
        pytest.param(signed().rpartition(".")[0] + ".", id="no signature"),
        pytest.param(signed() + "=", id="padding"),
        pytest.param("a.b", id="two parts"),
        pytest.param("", id="nothing"),
    ],
)
def test_forgeries_are_refused(forged):
    with pytest.raises(NotAReceipt):
        verify_receipt(forged, JWKS)
