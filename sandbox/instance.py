"""What the launcher tells a program of the sandbox through its environment; every argument has its default here."""

import os
from pathlib import Path
from typing import Final

from django.conf import settings

STATE: Final = Path(os.environ.get("VAULTPAY_STATE_DIR", ".vaultpay"))
"""The instance's folder. Each program keeps to a folder of its own in `sandbox/` below it."""


def own_folder(program: str) -> Path:
    return STATE / "sandbox" / program


def number_from(variable: str, default: int) -> int:
    """A port, also when it stands after a host: `127.0.0.1:8583`."""
    return int(os.environ.get(variable, str(default)).rpartition(":")[2])


def share_clock(file: Path) -> None:
    """Make `common.clock.now()` follow the offset file that the whole instance shares.

    A program of the sandbox runs without the commerce's settings; the clock file is the one thing it needs of them.
    """
    if not settings.configured:
        settings.configure(VAULTPAY_CLOCK_FILE=file, USE_I18N=False)


def clock_file() -> Path:
    return Path(os.environ.get("VAULTPAY_CLOCK_FILE") or STATE / "clock")
