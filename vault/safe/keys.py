"""Where the keys that guard all other keys live. They are never in the database.

A provider is small on purpose: a hardware module or a key service fits behind the same six words.
"""

import hmac
import json
import os
import secrets
import stat
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from common.secrets import Secret
from vault.safe.envelope import DoesNotOpen

FORMAT: Final = "vaultpay-keys/1"
_NONCE: Final = 12


class KeysUnusable(Exception):
    """The keys are missing, unreadable or not the right ones. The sentence is for the operator."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A key that only the provider can open again."""

    kek_id: str
    blob: bytes


class KeyProvider(Protocol):
    def current(self) -> str:
        """The id of the key-encryption key that new keys are wrapped under."""

    def wrap(self, key: Secret, *, about: bytes) -> Wrapped: ...

    def unwrap(self, wrapped: Wrapped, *, about: bytes) -> Secret:
        """Raises DoesNotOpen."""

    def hmac(self, message: bytes) -> bytes:
        """HMAC-SHA-256 under the fingerprint key, which never leaves the provider."""

    def health(self) -> str:
        """The provider's name, when it works. Raises KeysUnusable."""

    def destroy(self, kek_id: str) -> None:
        """Forget a key-encryption key for good; whatever is wrapped under it is lost. The current one is refused."""


class FileKeyProvider:
    """Keys in one file of mode 0600 that belongs to whoever runs the safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        members = _read_private(path)
        self._current: str = members["current"]
        self._keks = {name: Secret(b64decode(text, validate=True)) for name, text in members["keks"].items()}
        self._fingerprint_key = Secret(b64decode(members["fingerprint_key"], validate=True))
        if self._current not in self._keks:
            raise KeysUnusable(f"The key file {path} does not hold its current key {self._current!r}.")
        if any(len(key.reveal()) != 32 for key in (*self._keks.values(), self._fingerprint_key)):
            raise KeysUnusable(f"The key file {path} holds a key that is not 32 bytes long.")

    def current(self) -> str:
        return self._current

    def wrap(self, key: Secret, *, about: bytes) -> Wrapped:
        nonce = os.urandom(_NONCE)
        blob = nonce + AESGCM(self._keks[self._current].reveal()).encrypt(nonce, key.reveal(), about)
        return Wrapped(self._current, blob)

    def unwrap(self, wrapped: Wrapped, *, about: bytes) -> Secret:
        kek = self._keks.get(wrapped.kek_id)
        if kek is None:
            raise DoesNotOpen
        try:
            return Secret(AESGCM(kek.reveal()).decrypt(wrapped.blob[:_NONCE], wrapped.blob[_NONCE:], about))
        except (InvalidTag, ValueError):
            raise DoesNotOpen from None

    def hmac(self, message: bytes) -> bytes:
        return hmac.digest(self._fingerprint_key.reveal(), message, "sha256")

    def health(self) -> str:
        _refuse_open_doors(self._path)
        return "file"

    def destroy(self, kek_id: str) -> None:
        if kek_id == self._current:
            raise ValueError("the current key is not destroyed")
        self._keks.pop(kek_id, None)
        members = _read_private(self._path)
        members["keks"].pop(kek_id, None)
        beside = self._path.with_suffix(".new")
        _write_private(beside, members)
        beside.replace(self._path)


def create_key_file(path: Path) -> bool:
    """Make a key file if there is none; returns whether one was made. Never touches one that exists."""
    if path.exists():
        _read_private(path)
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    kek_id = f"kek-{secrets.token_hex(8)}"
    _write_private(
        path,
        {
            "format": FORMAT,
            "current": kek_id,
            "keks": {kek_id: b64encode(os.urandom(32)).decode()},
            "fingerprint_key": b64encode(os.urandom(32)).decode(),
        },
    )
    return True


def _write_private(path: Path, members: dict[str, Any]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(members, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def _read_private(path: Path) -> dict[str, Any]:
    _refuse_open_doors(path)
    try:
        members: dict[str, Any] = json.loads(path.read_bytes())
        shape = {name: type(members[name]) for name in ("format", "current", "keks", "fingerprint_key")}
    except (ValueError, TypeError, KeyError):
        raise KeysUnusable(f"The key file {path} is damaged: it is not what `manage.py create_keys` writes.") from None
    if members["format"] != FORMAT or shape["keks"] is not dict:
        raise KeysUnusable(f"The key file {path} is of another format than {FORMAT}.")
    return members


def _refuse_open_doors(path: Path) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        raise KeysUnusable(
            f"There is no key file at {path}. Set VAULTPAY_KEK_FILE, or run `manage.py create_keys` on a new instance."
        ) from None
    if not stat.S_ISREG(found.st_mode):
        raise KeysUnusable(f"The key file {path} is not a plain file.")
    if found.st_mode & 0o077:
        raise KeysUnusable(f"The key file {path} can be read by others than its owner: run `chmod 600 {path}`.")
    if found.st_uid != os.geteuid():
        raise KeysUnusable(f"The key file {path} belongs to another user than the one who runs the safe.")
