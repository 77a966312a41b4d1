"""The clock. A door reads it once and passes `now` down; nothing below asks the time.

In sandbox mode the time may be set forward: the offset, in whole seconds, is the text of one small file that all
processes of the instance share (`VAULTPAY_CLOCK_FILE`). A live instance has no such file and refuses to start with one.
"""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings

TOKYO: Final = ZoneInfo("Asia/Tokyo")


def now() -> datetime:
    """The present instant, in UTC, with the sandbox's offset."""
    return datetime.now(UTC) + offset()


def world_seconds() -> int:
    """Unix seconds as everybody counts them, without the sandbox's offset: for what others check by their clock."""
    return int(datetime.now(UTC).timestamp())


def offset() -> timedelta:
    file = _offset_file()
    if file is None:
        return timedelta()
    try:
        return timedelta(seconds=int(file.read_text()))
    except FileNotFoundError:
        return timedelta()


def advance(seconds: int) -> timedelta:
    """Set the sandbox's clock forward, never back; returns the whole offset. Refuses to work outside sandbox mode."""
    file = _offset_file()
    if file is None:
        raise RuntimeError("the clock of a live instance cannot be moved")
    if seconds < 0:
        raise ValueError("the clock only goes forward")
    total = offset() + timedelta(seconds=seconds)
    beside = file.with_suffix(f".{os.getpid()}")
    beside.write_text(str(int(total.total_seconds())))
    beside.replace(file)
    return total


def instant_text(at: datetime) -> str:
    """The one way in which an instant leaves the house: RFC 3339, UTC, milliseconds: `2026-11-22T03:00:00.000Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def business_date(at: datetime, *, zone: ZoneInfo = TOKYO) -> date:
    """The day that an instant counts for in the books."""
    return at.astimezone(zone).date()


def _offset_file() -> Path | None:
    return settings.VAULTPAY_CLOCK_FILE
