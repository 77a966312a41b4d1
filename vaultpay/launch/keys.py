"""The sandbox's keys and passwords: made once, kept in one file that only its owner can read.

A live instance gets its own from its operator, and nothing here is used.
"""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    secret_key: str
    api_key_secret: str
    webhook_key_secret: str
    owner_password: str
    app_password: str
    safe_password: str

    @classmethod
    def kept_in(cls, folder: Path) -> "Keys":
        file = folder / "keys.json"
        try:
            return cls(**json.loads(file.read_text()))
        except FileNotFoundError:
            keys = cls(
                secret_key=secrets.token_urlsafe(64),
                api_key_secret=secrets.token_urlsafe(48),
                webhook_key_secret=base64.b64encode(secrets.token_bytes(32)).decode(),
                owner_password=secrets.token_urlsafe(24),
                app_password=secrets.token_urlsafe(24),
                safe_password=secrets.token_urlsafe(24),
            )
            beside = file.with_suffix(".new")
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
                json.dump(asdict(keys), handle)
                handle.flush()
                os.fsync(handle.fileno())
            beside.replace(file)
            return keys
