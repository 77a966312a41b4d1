"""What this room hears and pumps. It hears nothing; it works off its own rows."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from accounts.services.forget_removed_cards import forget_removed_cards


def _forget_removed_cards(now: datetime) -> int:
    return forget_removed_cards(now=now)


HANDLERS: Final[dict[str, list[Callable[..., Any]]]] = {}
PUMPS: Final[list[Callable[[datetime], int]]] = [_forget_removed_cards]
