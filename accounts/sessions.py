"""What a session remembers about the sign-in: since when, when last seen, when last proved. Instants as ISO texts.

Our own clock decides, not the library's, so that a sandbox whose clock was set forward behaves like a later day.
"""

from collections.abc import MutableMapping
from datetime import datetime, timedelta
from typing import Any, Final

IDLE: Final = timedelta(minutes=30)
ABSOLUTE: Final = timedelta(hours=12)
PROVED: Final = timedelta(minutes=5)
"""How long a proof (a sign-in counts as one) opens the doors to cards, passkeys, limits, keys and payouts."""

_SINCE, _SEEN, _PROVED_AT = "signed_in_at", "seen_at", "proved_at"
_SEEN_EVERY: Final = timedelta(minutes=1)

Session = MutableMapping[str, Any]


def begin(session: Session, *, now: datetime) -> None:
    for name in (_SINCE, _SEEN, _PROVED_AT):
        session[name] = now.isoformat()


def prove(session: Session, *, now: datetime) -> None:
    session[_PROVED_AT] = now.isoformat()


def proved_recently(session: Session, *, now: datetime) -> bool:
    at = _at(session, _PROVED_AT)
    return at is not None and now - at < PROVED


def is_over(session: Session, *, now: datetime) -> bool:
    """Too long unused, or too old however busy. One that does not know its age counts from when it is first seen."""
    since, seen = _at(session, _SINCE), _at(session, _SEEN)
    return (since is not None and now - since >= ABSOLUTE) or (seen is not None and now - seen >= IDLE)


def see(session: Session, *, now: datetime) -> None:
    """Note that it was used; once a minute, so that reading a page seldom writes."""
    seen = _at(session, _SEEN)
    if _at(session, _SINCE) is None:
        session[_SINCE] = now.isoformat()
    if seen is None or now - seen >= _SEEN_EVERY:
        session[_SEEN] = now.isoformat()


def _at(session: Session, name: str) -> datetime | None:
    text = session.get(name)
    return datetime.fromisoformat(text) if isinstance(text, str) else None
