"""The text of an API key: `vp_test_sk_<id>_<secret>_<crc>`.

`id` is the 26 letters of the key's own id, `secret` 43 letters and digits (256 bits), `crc` the CRC-32 of all before it
in eight hex digits, so that a mistyped key, and a text that only looks like one, is told apart without asking the
database, and scanners of leaked secrets find no false ones.
"""

import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass
from typing import Final

from common.ids import read_id

_LETTERS: Final = string.ascii_letters + string.digits
_SHAPE: Final = re.compile(
    r"vp_(?P<mode>test|live)_sk_(?P<id>[0-7][0-9a-hjkmnp-tv-z]{25})_(?P<secret>[A-Za-z0-9]{43})_(?P<crc>[0-9a-f]{8})"
)


@dataclass(frozen=True, slots=True, repr=False)
class KeyText:
    key_id: str
    live: bool
    digest: bytes
    """HMAC-SHA-256 over the whole text; this is what the table keeps."""


def new_key_text(*, key_id: str, live: bool) -> str:
    """A key for the row that is called `key_id`. The text is shown once and kept nowhere."""
    secret = "".join(secrets.choice(_LETTERS) for _ in range(43))
    return _sealed(f"vp_{'live' if live else 'test'}_sk_{key_id.removeprefix('key_')}_{secret}")


def read_key_text(text: str, *, hmac_secret: bytes) -> KeyText | None:
    """None for anything that was never one of our keys, whatever a stranger may have sent."""
    shape = _SHAPE.fullmatch(text)
    if shape is None or text != _sealed(text.rpartition("_")[0]):
        return None
    key_id = f"key_{shape['id']}"
    if read_id(key_id, prefix="key") is None:
        return None
    return KeyText(key_id=key_id, live=shape["mode"] == "live", digest=digest_of(text, hmac_secret=hmac_secret))


def digest_of(text: str, *, hmac_secret: bytes) -> bytes:
    return hmac.digest(hmac_secret, b"vaultpay/api-key/v1\0" + text.encode(), "sha256")


def shown_prefix(text: str) -> str:
    """What a list of keys may show: enough to tell two apart, nothing of the secret."""
    return text[: len("vp_test_sk_") + 26]


def _sealed(front: str) -> str:
    return f"{front}_{zlib.crc32(front.encode()):08x}"
