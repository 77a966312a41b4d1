"""All that can be known without running the product: `make check`. Two things at a time; all of them, always."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
BIN: Final = Path(sys.executable).parent

LIVE: Final = {
    "VAULTPAY_MODE": "live",
    "VAULTPAY_BASE_URL": "https://commerce.example.com",
    "VAULTPAY_SECRET_KEY": "made-up-for-the-check-of-live-settings-0123456789-abcdefghijklmnopqrstuvwxyz",
    "VAULTPAY_API_KEY_SECRET": "made-up-for-the-check-of-live-settings-0123456789",
    "VAULTPAY_WEBHOOK_KEY_SECRET": "bWFkZS11cC1mb3ItdGhlLWNoZWNrLTAxMjM0NTY3ODk=",
    "VAULTPAY_EMAIL_HOST": "smtp.example.com",
    "VAULTPAY_EMAIL_USE_TLS": "true",
    "VAULTPAY_STATE_DIR": "/var/lib/vaultpay",
    "VAULTPAY_KEK_FILE": "/etc/vaultpay/kek.json",
    "VAULTPAY_NETWORK_ADDRESS": "network.example.com:8583",
    "VAULTPAY_THREEDS_DIRECTORY_URL": "https://directory.example.com/areq",
    "DATABASE_URL": "postgresql://vaultpay_app@db.example.com/vaultpay",
    "REDIS_URL": "redis://redis.example.com:6379/0",
}
"""An operator's environment, with made-up values that are fit for production."""


@dataclass(frozen=True)
class Check:
    name: str
    command: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def checks() -> list[Check]:
    """The slowest first, so that the others run beside it."""
    python = sys.executable
    return [
        Check("types", [str(BIN / "mypy")]),
        Check("floors", [str(BIN / "lint-imports")]),
        Check("lint", [str(BIN / "ruff"), "check", "."]),
        Check("format", [str(BIN / "ruff"), "format", "--check", "."]),
        Check("migrations", [python, "-W", "ignore", "manage.py", "makemigrations", "--check", "--dry-run"]),
        Check("live settings", [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], LIVE),
        Check("house rules", [python, "-m", "tools.rules"]),
    ]


def run(check: Check) -> tuple[Check, int, str, float]:
    began = time.monotonic()
    quiet = {name: value for name, value in os.environ.items() if not name.startswith(("VAULTPAY_", "DATABASE_URL"))}
    done = subprocess.run(
        check.command,
        cwd=ROOT,
        env=quiet | dict(check.environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return check, done.returncode, done.stdout, time.monotonic() - began


def main() -> int:
    failed = []
    with ThreadPoolExecutor(2) as two:
        for check, status, said, seconds in two.map(run, checks()):
            print(f"{'ok' if status == 0 else 'NO':<3}{check.name:<16}{seconds:5.1f} s", flush=True)
            if status:
                failed.append(check.name)
                print(said.rstrip(), flush=True)
    print(f"Not yet: {', '.join(failed)}." if failed else "All is well.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
