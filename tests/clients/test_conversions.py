"""Old points: the client's signature is the one that the commerce looks for."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from common.ed25519 import is_signed_by, read_public_key
from tests.clients.scripted import scripted
from tests.clients.test_commerce import commerce_at, naps  # noqa: F401 (a fixture)
from vaultpay_client import sign_conversions

pytestmark = pytest.mark.loopback
FILE = b"source_id,email,points,expires_on\na,alice@example.jp,100,\n"
BATCH = {"id": "cvb_1", "conversions": 1, "points": 100, "waits_until": "2027-02-20", "created_at": "2026-11-22"}


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_signature_holds_for_these_bytes_alone():
    key = Ed25519PrivateKey.generate()
    public = read_public_key(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())
    signature = sign_conversions(pem(key).decode(), FILE)
    assert is_signed_by(public, content=FILE, signature=signature)
    assert not is_signed_by(public, content=FILE + b" ", signature=signature)
    with pytest.raises(ValueError, match="Ed25519"):
        sign_conversions(pem(generate_private_key(SECP256R1())), FILE)


def test_a_file_is_the_body_itself(naps):  # noqa: F811 (the fixture)
    with scripted((201, BATCH)) as script, commerce_at(script, naps) as commerce:
        assert commerce.points.convert_file(FILE, signature="abc").points == 100
    [(method, path, headers, body)] = script.asked
    assert (method, path) == ("POST", "/v1/points/conversions/file?signature=abc")
    assert (headers["Content-Type"], body) == ("text/csv", FILE)
