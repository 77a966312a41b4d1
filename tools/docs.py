"""The pages of `docs/` that are made from the code, so that they cannot disagree with it. `make docs` writes them.

`operations/environment.md` from the typed environment, `states.md` from the transition tables, `api/errors.md` from the
refusals, `api/openapi.json` and `events/` from the views and their objects. A test compares what is written with what
would be.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import django
from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from common.errors import Refusal
from vaultpay.environment import ROOT, Environment, Launch, variable_of
from webhooks.states import EVENT_TYPES

_MADE: Final = "<!-- Made by `make docs` from the code; edit the code. -->\n\n"


# --- The environment --------------------------------------------------------------------------------------------------


def environment_page() -> str:
    return (
        "# The environment\n\n"
        + _MADE
        + "Everything that an operator sets is an environment variable. What is not set takes the default; a value\n"
        "that cannot be read stops the process with a sentence that names the variable.\n\n"
        "## Every process\n\n"
        + _table(Environment)
        + "\n## `make run` only\n\nWhere the processes of one machine listen, and whose servers they use.\n\n"
        + _table(Launch)
    )


def _table(of: type[Environment | Launch]) -> str:
    rows = [
        f"| `{variable_of(of, name)}` | {_default(field)} | {field.description} |"
        for name, field in of.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows]) + "\n"


def _default(field: FieldInfo) -> str:
    value = field.default
    match value:
        case None | "":
            return "—"
        case SecretStr():
            return "—"
        case Path() if value.is_relative_to(ROOT):
            return f"`{value.relative_to(ROOT)}`"
        case Enum():
            return f"`{value.value}`"
        case bool():
            return f"`{str(value).lower()}`"
        case _:
            return f"`{value}`"


# --- The states -------------------------------------------------------------------------------------------------------

Transitions = Mapping[tuple[Any, str], Any]


def transition_tables() -> Iterator[tuple[str, str, Transitions]]:
    """(room, name of the table, table) of every `…TRANSITIONS` in a room's `states.py`."""
    for room in settings.ROOMS:
        if find_spec(f"{room}.states") is None:
            continue
        module = import_module(f"{room}.states")
        for name, table in vars(module).items():
            if name.endswith("TRANSITIONS") and table:
                yield room, name, table


def states_of(table: Transitions) -> type[Enum]:
    kind: type[Enum] = type(next(iter(table.values())))
    return kind


def states_page() -> str:
    parts = [
        "# States\n\n"
        + _MADE
        + "Each table in a room's `states.py`, drawn. An arrow carries the verb that follows it.\n"
    ]
    for room, _name, table in transition_tables():
        kind = states_of(table)
        lines = [f"## {room}: {kind.__name__.removesuffix('Status')}", "", "```mermaid", "stateDiagram-v2"]
        first = next(iter(kind))
        lines.append(f"    [*] --> {first.value}")
        lines += [f"    {old.value} --> {new.value}: {verb}" for (old, verb), new in table.items()]
        begun = {old for old, _verb in table}
        lines += [f"    {state.value} --> [*]" for state in kind if state not in begun]
        parts.append("\n".join([*lines, "```", ""]))
    return "\n".join(parts)


# --- The refusals -----------------------------------------------------------------------------------------------------


def refusals() -> list[type[Refusal]]:
    """Every refusal that our rooms can say, by code."""
    for room in [*settings.ROOMS, "vaultpay"]:
        for module in ("errors", "services", "services.errors", "handlers", "queries", "v1", "played_network"):
            if _exists(f"{room}.{module}"):
                import_module(f"{room}.{module}")
    found: set[type[Refusal]] = set()
    waiting = [Refusal]
    while waiting:
        for heir in waiting.pop().__subclasses__():
            waiting.append(heir)
            if heir.__module__.partition(".")[0] in {*settings.ROOMS, "vaultpay"} and hasattr(heir, "code"):
                found.add(heir)
    return sorted(found, key=lambda refusal: (refusal.code, refusal.__module__))


def errors_page() -> str:
    from api.problems import OF_HTTP, status_of  # noqa: PLC0415 (needs Django to be set up)

    said = {
        (refusal.code, status_of(refusal), refusal.__module__.partition(".")[0], _sentence(refusal))
        for refusal in refusals()
        if hasattr(refusal, "message")
    }
    said |= {(code, status, "api", str(sentence)) for code, (status, sentence) in OF_HTTP.items()}
    rows = [f"| `{code}` | {status} | {room} | {sentence} |" for code, status, room, sentence in sorted(said)]
    return (
        "# Error codes\n\n"
        + _MADE
        + "Every no of ours. `code` is for ever and for programs; the sentence is for people, and follows\n"
        "`Accept-Language`. The API answers with both, as `application/problem+json` ([how](README.md#errors)); pages\n"
        "show the sentence on the form it belongs to. What a room refuses that has no call in the API is met on pages\n"
        "only. A card that its issuer declines is no error: see `latest_authorization` of the payment.\n\n"
        + "\n".join(["| code | status | room | sentence |", "|---|---|---|---|", *rows])
        + "\n"
    )


def openapi_page() -> str:
    from api.openapi import document  # noqa: PLC0415 (needs Django to be set up)

    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def event_page(kind: str) -> str:
    from api.event_schemas import event_schema  # noqa: PLC0415 (needs Django to be set up)

    return json.dumps(_read(event_schema(kind)), indent=1, ensure_ascii=False) + "\n"


def events_page() -> str:
    from api.event_schemas import WHEN  # noqa: PLC0415 (needs Django to be set up)

    rows = [f"| [`{kind}`]({kind}.json) | {WHEN[kind]} |" for kind in EVENT_TYPES]
    table = "\n".join(["| kind | when |", "|---|---|", *rows])
    return f"# Events\n\n{_MADE}{_EVENTS_BEGIN}{table}\n{_EVENTS_END}"


_EVENTS_BEGIN: Final = """\
What a webhook carries and `GET /v1/events` lists: one JSON Schema (2020-12) per kind. How they are delivered and
verified: [webhooks](../api/webhooks.md).

"""

_EVENTS_END: Final = """
## Order

Webhooks are told at least once, and in no promised order: two attempts may overtake one another, and a repeat may
come days later. So do not build on the order of arrival. `data` is the whole object as it was at that moment, and
its `version` grows with every change of that object: keep the largest version that you have seen, and let a
smaller one change nothing. Objects without a `version` only go from their beginning to their end.

`webhook-id` is the event's id, the same on every attempt: under a unique index it makes a repeat harmless. Where
only the present counts, read the object again: an answer of the API is never older than the webhook before it.

## Version

The header `VaultPay-Version` of a delivery says in which version of the contract its body is written. That is the
`api_version` of the endpoint, given when it was registered and changed by `PATCH /v1/webhook_endpoints/{id}`; what
was queued before such a change keeps its bytes. Within a version a schema only grows: members may be added, and new
kinds of events may come, so take what you know and leave the rest.

The `version` in `data` is another thing: it counts the changes of that one object.
"""


def _read(value: Any) -> Any:
    """The same with every lazy sentence read now."""
    if isinstance(value, dict):
        return {name: _read(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_read(inner) for inner in value]
    return str(value) if isinstance(value, Promise) else value


def _sentence(refusal: type[Refusal]) -> str:
    return str(getattr(refusal, "message", "")).replace("|", "\\|").replace("\n", " ")


def _exists(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


PAGES: Final[Mapping[Path, Callable[[], str]]] = {
    ROOT / "docs/operations/environment.md": environment_page,
    ROOT / "docs/states.md": states_page,
    ROOT / "docs/api/errors.md": errors_page,
    ROOT / "docs/api/openapi.json": openapi_page,
    ROOT / "docs/events/README.md": events_page,
    **{ROOT / f"docs/events/{kind}.json": partial(event_page, kind) for kind in EVENT_TYPES},
}
"""Every made page, and who makes it."""


def made(page: Path) -> str:
    """What the page should say now."""
    with translation.override("en"):
        return PAGES[page]()


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vaultpay.settings")
    django.setup()
    for page in PAGES:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(made(page))
    return 0


if __name__ == "__main__":
    sys.exit(main())
