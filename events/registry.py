"""Who hears what: every room lists its handlers, and the queues of its own, in `<room>/handlers.py`.

`HANDLERS` maps an event's type, or "*" for every event, to functions `handler(event: Heard, *, now: datetime)`.
`PUMPS` lists functions `pump(now) -> how many it dealt with`, which the relay calls until they find nothing to do.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from events.types import Heard


class Handler(Protocol):
    def __call__(self, event: Heard, *, now: datetime) -> Any: ...


Pump = Callable[[datetime], int]


def handler_name(handler: Handler) -> str:
    """The name under which hearing is remembered: renaming a function makes it hear untold events again."""
    return f"{handler.__module__}.{handler.__qualname__}"  # type: ignore[attr-defined]


def handlers_of(event_type: str) -> Sequence[Handler]:
    known = all_handlers()
    return [*known.get(event_type, ()), *known.get("*", ())]


@cache
def all_handlers() -> Mapping[str, Sequence[Handler]]:
    found = defaultdict(list)
    for module in _modules():
        for event_type, handlers in getattr(module, "HANDLERS", {}).items():
            found[event_type].extend(handlers)
    return dict(found)


@cache
def all_pumps() -> Sequence[Pump]:
    return [pump for module in _modules() for pump in getattr(module, "PUMPS", ())]


def _modules() -> Iterator[ModuleType]:
    for app in apps.get_app_configs():
        if app.module is not None and module_has_submodule(app.module, "handlers"):
            yield import_module(f"{app.name}.handlers")
