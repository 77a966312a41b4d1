"""The instance's clock for a program that runs without the commerce's settings."""

from pathlib import Path

from django.conf import settings


def share_clock(file: Path | None) -> None:
    """Make `common.clock.now()` follow the offset file that the whole instance shares. None: the plain time of day."""
    if not settings.configured:
        settings.configure(VAULTPAY_CLOCK_FILE=file, USE_I18N=False)
