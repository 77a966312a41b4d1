"""Sign a file of old points, with the private key whose public half is registered in the dashboard."""

from base64 import urlsafe_b64encode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def sign_conversions(private_key: bytes | str, csv_bytes: bytes) -> str:
    """The detached signature of exactly these bytes. `private_key` is PEM, as `openssl genpkey` writes it.

    Raises ValueError for any other key.
    """
    pem = private_key.encode() if isinstance(private_key, str) else private_key
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("not an Ed25519 key")  # noqa: TRY004 (the text is wrong, not its type)
    return urlsafe_b64encode(key.sign(csv_bytes)).rstrip(b"=").decode()
