"""System checks of the vault: `manage.py check`, and before the safe starts."""

import stat
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register("vault")
def check_key_file(**_options: Any) -> list[CheckMessage]:
    """The key file is private; a process that cannot see it at all has nothing to complain about."""
    path = Path(settings.KEK_FILE)
    found: list[CheckMessage] = []
    try:
        mode = path.stat().st_mode
    except OSError:
        mode = None
    if mode is not None and stat.S_IMODE(mode) & 0o077:
        found.append(
            Error(
                f"The safe's key file {path} can be read by others than its owner.",
                hint=f"Run `chmod 600 {path}`.",
                id="vault.E001",
            )
        )
    if settings.LIVE and path.resolve().is_relative_to(Path(settings.BASE_DIR).resolve()):
        found.append(
            Error(
                f"The safe's key file {path} lies inside the source tree.",
                hint="Set VAULTPAY_KEK_FILE to a path outside of it, readable by the safe's user only.",
                id="vault.E002",
            )
        )
    return found


@register("vault")
def check_wire(**_options: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    host, _, port = settings.NETWORK_ADDRESS.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        found.append(
            Error(
                f"VAULTPAY_NETWORK_ADDRESS is {settings.NETWORK_ADDRESS!r}, which is no host:port.",
                id="vault.E003",
            )
        )
    if not settings.ACQUIRER_ID.isdecimal() or not 1 <= len(settings.ACQUIRER_ID) <= 11:
        found.append(Error("VAULTPAY_ACQUIRER_ID is not one to eleven digits (field 32 on the wire).", id="vault.E004"))
    if not settings.TERMINAL_ID.isalnum() or len(settings.TERMINAL_ID) > 8:
        found.append(Error("VAULTPAY_TERMINAL_ID is not one to eight letters and digits (field 41).", id="vault.E005"))
    if len(str(settings.SAFE_SOCKET).encode()) > 104:
        found.append(
            Error(
                f"The path of the safe's socket is too long for a unix socket: {settings.SAFE_SOCKET}",
                hint="Set VAULTPAY_RUN_DIR to a short path.",
                id="vault.E006",
            )
        )
    return found
