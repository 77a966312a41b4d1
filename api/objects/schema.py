"""What the objects are said with: JSON Schema, in few words."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from api.fields import Schema
from common.money import MOST_MINOR

Sentence = str | Promise


def said(schema: Schema, about: Sentence) -> Schema:
    return {**schema, "description": about}


def an_id(prefix: str) -> Schema:
    return {"type": "string", "pattern": f"^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"}


def word(words: Any) -> Schema:
    return {"type": "string", "enum": [str(one) for one in words]}


def whole(most: int = MOST_MINOR, least: int = 0) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": most}


def text(most: int) -> Schema:
    return {"type": "string", "maxLength": most}


def or_null(schema: Schema) -> Schema:
    kind = schema.get("type")
    if kind is None or "enum" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [kind, "null"]}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def members(properties: Mapping[str, Schema], about: Sentence = "") -> Schema:
    """An object with exactly these members, all of them always there."""
    schema = {"type": "object", "required": list(properties), "properties": dict(properties)}
    return said(schema, about) if about else schema


def page_of(name: str) -> Schema:
    return members(
        {
            "object": {"const": "list"},
            "data": said({"type": "array", "maxItems": 100, "items": ref(name)}, _("Newest first.")),
            "has_more": said({"type": "boolean"}, _("Whether others lie further in the direction that was asked.")),
            "next": said(or_null(text(2_000)), _("The address of the next page in that direction.")),
        }
    )


INSTANT: Final[Schema] = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
}

DAY: Final[Schema] = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"}

CURRENCY: Final = word(["JPY"])

LIVEMODE: Final = said({"type": "boolean"}, _("False in a sandbox: no real card, no real money."))

MADE: Final = said(INSTANT, _("When it was made."))

METADATA: Final[Schema] = {
    "type": "object",
    "maxProperties": 20,
    "propertyNames": {"minLength": 1, "maxLength": 40},
    "additionalProperties": {"type": "string", "maxLength": 500},
}

VERSION: Final = said(
    {"type": "integer", "minimum": 0},
    _("Grows with each change. Of two snapshots, the one with the larger version is the newer truth."),
)
