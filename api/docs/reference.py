"""The description of the API, resource by resource, in the shape that a page shows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from api.event_schemas import WHEN
from api.objects.webhooks import data_of
from api.openapi import METHODS, document, operations
from webhooks.states import EVENT_TYPES


@dataclass(frozen=True, slots=True)
class Row:
    """One member of an object or a body, or one parameter."""

    name: str
    kind: str
    limits: str
    about: str
    required: bool


@dataclass(frozen=True, slots=True)
class Call:
    id: str
    method: str
    path: str
    summary: str
    about: str
    scope: str
    idempotent: bool
    parameters: list[Row]
    body: list[Row]
    curl: str
    status: str
    example: str
    codes: list[tuple[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of a resource."""

    name: str
    about: str
    rows: list[Row]
    example: str


@dataclass(frozen=True, slots=True)
class Resource:
    name: str
    calls: list[Call]
    things: list[Thing]


def resources() -> list[str]:
    """What there is to read about, in the order of the addresses; what only a sandbox has comes last."""
    tags = dict.fromkeys(operation.tag for operation in operations() if operation.tag != "openapi")
    return sorted(tags, key=lambda tag: tag == "test_helpers")


def resource_of(name: str, language: str) -> Resource | None:
    if name not in resources():
        return None
    whole = document(language)
    calls: list[Call] = []
    shown: dict[str, None] = {}
    for path, by_method in whole["paths"].items():
        for method in METHODS:
            if name in (facts := by_method.get(method, {})).get("tags", ()):
                calls.append(_call(whole, path, method, facts))
                shown |= dict.fromkeys(_answers(facts))
    things = [_thing(whole, component) for component in shown if not component.endswith("List")]
    return Resource(name=name, calls=calls, things=things)


def codes(language: str) -> list[tuple[str, str, list[str]]]:
    """Every code of the API with its status and the calls that may answer with it."""
    calls: dict[tuple[str, str], list[str]] = {}
    for path, by_method in document(language)["paths"].items():
        for method, facts in by_method.items():
            for status, found in _codes(facts):
                for code in found:
                    calls.setdefault((code, status), []).append(f"{method.upper()} {path}")
    return [(code, status, found) for (code, status), found in sorted(calls.items())]


def event_kinds() -> list[tuple[str, str, str]]:
    """(kind, when it is told, the component that its data is)."""
    return [(kind, str(WHEN.get(kind, "")), data_of(kind)) for kind in EVENT_TYPES]


def _call(whole: dict[str, Any], path: str, method: str, facts: dict[str, Any]) -> Call:
    parameters = [_resolved(whole, one) for one in facts["parameters"]]
    media = facts.get("requestBody", {}).get("content", {}).get("application/json", {})
    status, success = next((code, answer) for code, answer in facts["responses"].items() if code < "300")
    example = success["content"]["application/json"].get("example")
    scopes = [scope for one in facts["security"] for scope in one["secretKey"]]
    idempotent = any(one["name"] == "Idempotency-Key" for one in parameters)
    return Call(
        id=facts["operationId"],
        method=method.upper(),
        path=path,
        summary=facts["summary"],
        about=facts.get("description", ""),
        scope=scopes[0] if scopes else "",
        idempotent=idempotent,
        parameters=[
            _row(one["name"], one["schema"], required=one.get("required", False), about=one.get("description", ""))
            for one in parameters
            if one["in"] != "header"
        ],
        body=list(_rows(whole, _resolved(whole, media["schema"]))) if media else [],
        curl=_curl(method, path, media, public=not facts["security"], idempotent=idempotent),
        status=status,
        example=_written(example),
        codes=list(_codes(facts)),
    )


def _thing(whole: dict[str, Any], name: str) -> Thing:
    schema = whole["components"]["schemas"][name]
    examples = [
        media["example"]
        for by_method in whole["paths"].values()
        for facts in by_method.values()
        for answer in facts["responses"].values()
        if (media := answer["content"].get("application/json", {}))
        .get("schema", {})
        .get("$ref", "")
        .endswith(f"/{name}")
        and "example" in media
    ]
    return Thing(
        name=name,
        about=schema.get("description", ""),
        rows=list(_rows(whole, schema)),
        example=_written(examples[0] if examples else None),
    )


def _rows(whole: dict[str, Any], schema: dict[str, Any], prefix: str = "") -> Iterator[Row]:
    """Its members, and below each member that is an object itself, those of that one."""
    needed = schema.get("required", [])
    for name, given in schema.get("properties", {}).items():
        inner = _resolved(whole, given)
        yield _row(prefix + name, inner, required=name in needed, about=given.get("description", ""))
        for part, mark in ((inner, "."), (inner.get("items", {}), "[].")):
            whole_part = _resolved(whole, part)
            if "properties" in whole_part:
                yield from _rows(whole, whole_part, f"{prefix}{name}{mark}")


def _row(name: str, schema: dict[str, Any], *, required: bool, about: str) -> Row:
    return Row(name=name, kind=_kind(schema), limits=_limits(schema), about=about, required=required)


def _resolved(whole: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """What a reference, or the one sort that may be missing, refers to."""
    if "$ref" in schema:
        _root, *path = schema["$ref"].split("/")
        found: Any = whole
        for step in path:
            found = found[step]
        return dict(found)
    sorts = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if len(sorts) == 1:
        return {**_resolved(whole, sorts[0]), "nullable": True}
    return schema


def _kind(schema: dict[str, Any]) -> str:
    kinds = schema.get("type", "")
    words = [kinds] if isinstance(kinds, str) else list(kinds)
    if schema.get("nullable"):
        words.append("null")
    if "const" in schema:
        return json.dumps(schema["const"])
    return " | ".join(word for word in words if word) or "object"


def _limits(schema: dict[str, Any]) -> str:
    parts = []
    if "enum" in schema:
        parts.append(" · ".join(map(str, schema["enum"])))
    if "enum" in schema.get("items", {}):
        parts.append(" · ".join(schema["items"]["enum"]))
    if "minimum" in schema and "maximum" in schema:
        parts.append(f"{schema['minimum']:,} … {schema['maximum']:,}")
    if "maxLength" in schema:
        parts.append(_("up to {most} characters").format(most=f"{schema['maxLength']:,}"))
    if "maxItems" in schema:
        parts.append(_("up to {most} of them").format(most=f"{schema['maxItems']:,}"))
    if "default" in schema:
        parts.append(_("if left out: {value}").format(value=schema["default"]))
    return " · ".join(parts)


def _codes(facts: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for status, answer in facts["responses"].items():
        if "application/problem+json" in answer["content"]:
            narrowed = answer["content"]["application/problem+json"]["schema"]["allOf"][1]
            yield status, narrowed["properties"]["code"]["enum"]


def _answers(facts: dict[str, Any]) -> Iterator[str]:
    for answer in facts["responses"].values():
        name = answer["content"].get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
        if name:
            yield name


def _curl(method: str, path: str, media: dict[str, Any], *, public: bool, idempotent: bool) -> str:
    lines = [f'curl -sS{"" if method in {"get", "post"} else f" -X {method.upper()}"} "$COMMERCE{path}"']
    if not public:
        lines.append('-H "Authorization: Bearer $SECRET_KEY"')
    if idempotent:
        lines.append('-H "Idempotency-Key: order-1042-1"')
    if media:
        lines.append('-H "Content-Type: application/json"')
        lines.append(f"-d '{json.dumps(media.get('example', {}), ensure_ascii=False, indent=2)}'")
    elif method == "post":
        lines.append("-X POST")
    return " \\\n  ".join(lines)


def _written(example: Any) -> str:
    return "" if example is None else json.dumps(example, ensure_ascii=False, indent=2)
