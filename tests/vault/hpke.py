"""HPKE's sender (RFC 9180, base mode, X25519 and HKDF-SHA-256) written down from the RFC, without the library that the
safe opens with. `hpke_seal` gives what `@hpke/core` in a browser gives: enc ‖ ciphertext, empty associated data.
"""

import hmac
from base64 import urlsafe_b64decode

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEM_SUITE = b"KEM" + (0x0020).to_bytes(2, "big")
AES_128_GCM, AES_256_GCM = (0x0001, 16), (0x0002, 32)


def b64u_decode(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def extract(salt, ikm):
    return hmac.digest(salt or bytes(32), ikm, "sha256")


def expand(prk, info, length):
    out, block, counter = b"", b"", 1
    while len(out) < length:
        block = hmac.digest(prk, block + info + bytes([counter]), "sha256")
        out, counter = out + block, counter + 1
    return out[:length]


def labeled_extract(suite, salt, label, ikm):
    return extract(salt, b"HPKE-v1" + suite + label + ikm)


def labeled_expand(suite, prk, label, info, length):
    return expand(prk, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, length)


def key_schedule(shared_secret, info, aead):
    aead_id, key_length = aead
    suite = b"HPKE" + (0x0020).to_bytes(2, "big") + (0x0001).to_bytes(2, "big") + aead_id.to_bytes(2, "big")
    context = (
        b"\x00" + labeled_extract(suite, b"", b"psk_id_hash", b"") + labeled_extract(suite, b"", b"info_hash", info)
    )
    secret = labeled_extract(suite, shared_secret, b"secret", b"")
    key = labeled_expand(suite, secret, b"key", context, key_length)
    return key, labeled_expand(suite, secret, b"base_nonce", context, 12)


def encapsulate(public_key, ephemeral):
    enc = ephemeral.public_key().public_bytes_raw()
    context = enc + public_key.public_bytes_raw()
    eae_prk = labeled_extract(KEM_SUITE, b"", b"eae_prk", ephemeral.exchange(public_key))
    return labeled_expand(KEM_SUITE, eae_prk, b"shared_secret", context, 32), enc


def hpke_seal(plain, *, public_key, info, aad=b"", ephemeral=None, aead=AES_256_GCM):
    shared_secret, enc = encapsulate(public_key, ephemeral or X25519PrivateKey.generate())
    key, nonce = key_schedule(shared_secret, info, aead)
    return enc + AESGCM(key).encrypt(nonce, plain, aad)
