"""Strict fields: JSON types as they are, nothing coerced. DRF's own take 1e3, " 12 ", "１２" and true for a number.

Each also says itself what it takes, as a JSON Schema (`schema()`): the API's description is made from that.
"""

from collections.abc import Sequence
from datetime import UTC, date
from functools import cache, cached_property
from typing import Any, Final
from urllib.parse import urlsplit

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.utils.serializer_helpers import BindingDict

from api.errors import UnacceptableInput
from common.money import MOST_MINOR
from merchants.states import API_VERSION
from merchants.versions import led_up

Schema = dict[str, Any]
"""JSON Schema 2020-12, as OpenAPI 3.1 has it. Sentences in it may be lazy: they are read in the reader's language."""

WITHOUT_CONTROLS: Final = r"^[^\x00-\x1f\x7f-\x9f]*$"


class Integer(serializers.Field[int, Any, int, Any]):
    """A JSON integer between `least` and `most`, both included."""

    default_error_messages = {
        "type": _("Must be a JSON integer: no decimals, no quotes."),
        "range": _("Must be between {least} and {most}."),
    }

    def __init__(self, *, least: int, most: int, **options: Any) -> None:
        super().__init__(**options)
        self.least, self.most = least, most

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("type")
        if not self.least <= data <= self.most:
            self.fail("range", least=self.least, most=self.most)
        return data

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class Amount(Integer):
    """Minor units of the currency: 1 … 10¹²."""

    def __init__(self, **options: Any) -> None:
        super().__init__(least=1, most=MOST_MINOR, **options)


class Text(serializers.Field[str, Any, str, Any]):
    """A JSON string of `least` to `most` characters, without control characters."""

    default_error_messages = {
        "type": _("Must be a JSON string."),
        "length": _("Must have {least} to {most} characters."),
        "characters": _("Holds characters that cannot be shown."),
    }

    def __init__(self, *, most: int, least: int = 1, **options: Any) -> None:
        super().__init__(**options)
        self.least, self.most = least, most

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("type")
        if not self.least <= len(data) <= self.most:
            self.fail("length", least=self.least, most=self.most)
        if not data.isprintable():
            self.fail("characters")
        return data

    def schema(self) -> Schema:
        return {"type": "string", "minLength": self.least, "maxLength": self.most, "pattern": WITHOUT_CONTROLS}


_LINE_ENDS: Final = {ord(letter): " " for letter in "\r\n\t"}


class Paragraphs(Text):
    """The same with line ends and tabs in it."""

    def to_internal_value(self, data: Any) -> str:
        on_one_line = data.translate(_LINE_ENDS) if isinstance(data, str) else data
        super().to_internal_value(on_one_line)
        return str(data)

    def schema(self) -> Schema:
        return {"type": "string", "minLength": self.least, "maxLength": self.most}


class Ids(serializers.Field[list[str], Any, list[str], Any]):
    """A list of up to `most` ids of ours, each once."""

    default_error_messages = {
        "type": _("Must be a list of JSON strings."),
        "size": _("May have at most {most} members, each once."),
    }

    def __init__(self, *, prefix: str, most: int, **options: Any) -> None:
        super().__init__(**options)
        self.prefix, self.most = prefix, most

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list) or not all(isinstance(one, str) and len(one) <= 64 for one in data):
            self.fail("type")
        if len(data) > self.most or len(set(data)) != len(data):
            self.fail("size", most=self.most)
        return data

    def schema(self) -> Schema:
        one = {"type": "string", "pattern": f"^{self.prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"}
        return {"type": "array", "items": one, "maxItems": self.most, "uniqueItems": True}


class Choice(Text):
    """One of a few words."""

    default_error_messages = {"choice": _("Must be one of: {words}.")}

    def __init__(self, words: list[str], **options: Any) -> None:
        super().__init__(most=64, **options)
        self.words = words

    def to_internal_value(self, data: Any) -> str:
        word = super().to_internal_value(data)
        if word not in self.words:
            self.fail("choice", words=", ".join(self.words))
        return word

    def schema(self) -> Schema:
        return {"type": "string", "enum": list(self.words)}


class Flag(serializers.Field[bool, Any, bool, Any]):
    """A JSON true or false."""

    default_error_messages = {"type": _("Must be true or false.")}

    def to_internal_value(self, data: Any) -> bool:
        if type(data) is not bool:
            self.fail("type")
        return data

    def schema(self) -> Schema:
        return {"type": "boolean"}


class Instant(Text):
    """An RFC 3339 instant with its zone; read in UTC, where PostgreSQL knows the first and the last one too."""

    default_error_messages = {"instant": _("Must be an instant such as 2026-11-22T09:00:00+09:00.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(most=64, **options)

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            at = parse_datetime(text.replace(" ", "+"))  # an unescaped + arrives as a space
            if at is not None and at.tzinfo is not None:
                return at.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        return self.fail("instant")

    def schema(self) -> Schema:
        return {"type": "string", "format": "date-time", "maxLength": self.most}


class Day(Text):
    """A calendar day: 2026-11-30."""

    default_error_messages = {"day": _("Must be a day such as 2026-11-30.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(most=10, **options)

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            return date.fromisoformat(text) if len(text) == len("2026-11-30") else self.fail("day")
        except ValueError:
            return self.fail("day")

    def schema(self) -> Schema:
        return {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$", "maxLength": self.most}


class Boolean(serializers.Field[bool, Any, bool, Any]):
    """JSON's true or false."""

    default_error_messages = {"type": _("Must be true or false.")}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("type")
        return data

    def schema(self) -> Schema:
        return {"type": "boolean"}


class Url(Text):
    """An absolute http or https address. Whether it may be used is the verb's question."""

    default_error_messages = {"url": _("Must be an absolute http or https address.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(most=2_000, **options)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            parts = urlsplit(text)
            sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            sound = False
        if not sound or not text.isascii() or " " in text:
            self.fail("url")
        return text

    def schema(self) -> Schema:
        return {"type": "string", "format": "uri", "pattern": "^https?://[!-~]+$", "maxLength": self.most}


class Words(serializers.Field[list[str], Any, list[str], Any]):
    """A list of distinct words out of a known set; empty means all of them."""

    default_error_messages = {
        "type": _("Must be a list of JSON strings."),
        "word": _("{word} is not known. Known are: {words}."),
        "twice": _("{word} is given twice."),
    }

    def __init__(self, words: list[str], **options: Any) -> None:
        super().__init__(**options)
        self.words = words

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list) or not all(isinstance(word, str) for word in data):
            self.fail("type")
        for at, word in enumerate(data):
            if word not in self.words:
                self.fail("word", word=word[:64], words=", ".join(self.words))
            if word in data[:at]:
                self.fail("twice", word=word)
        return data

    def schema(self) -> Schema:
        return {"type": "array", "items": {"type": "string", "enum": list(self.words)}, "uniqueItems": True}


class Metadata(serializers.Field[dict[str, str], Any, dict[str, str], Any]):
    """Up to 20 names with a text each, kept and given back, never looked at."""

    default_error_messages = {
        "type": _("Must be an object with JSON strings as values."),
        "size": _("May have at most 20 members, names up to 40 and texts up to 500 characters."),
    }

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if not isinstance(data, dict) or not all(isinstance(text, str) for text in data.values()):
            self.fail("type")
        if len(data) > 20 or any(not 1 <= len(name) <= 40 or len(text) > 500 for name, text in data.items()):
            self.fail("size")
        return data

    def schema(self) -> Schema:
        return {
            "type": "object",
            "maxProperties": 20,
            "propertyNames": {"minLength": 1, "maxLength": 40},
            "additionalProperties": {"type": "string", "maxLength": 500},
        }


class Input(serializers.Serializer[Any]):
    """The shape of one request. Members that it does not name are refused: a misspelt one is never ignored."""

    default_error_messages = {"type": _("Must be a JSON object."), "unknown": _("This member is not known here.")}

    @classmethod
    def read(cls, request: Request) -> dict[str, Any]:
        """The members of the body, checked for shape only. Refuses UnacceptableInput, naming every one that is off."""
        spoken = getattr(request, "spoken", API_VERSION)
        if isinstance(request.data, dict):
            request.body_read = request.data  # type: ignore[attr-defined]  # for the request log
        shape = cls(data=led_up(cls.__name__, request.data, spoken=spoken))
        if not shape.is_valid():
            raise UnacceptableInput(_flat(shape.errors))
        return dict(shape.validated_data)

    @classmethod
    def schema(cls) -> Schema:
        """What `read` takes. Each member carries its `help_text` and, when it may be left out, what that means."""
        fields = cls().fields
        return {
            "type": "object",
            "additionalProperties": False,
            "required": [name for name, field in fields.items() if field.required],
            "properties": {name: _schema_of(field) for name, field in fields.items()},
        }

    @cached_property
    def fields(self) -> BindingDict:
        """Made once per shape. DRF copies them deeply for every request, and nothing of a request stays in them."""
        return _fields_of(type(self))

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            raise self._wrong([""], "type")
        if unknown := [str(name)[:64] for name in data if name not in self.fields]:
            raise self._wrong(unknown, "unknown")
        return super().to_internal_value(data)

    def _wrong(self, names: Sequence[str], code: str) -> serializers.ValidationError:
        said = serializers.ErrorDetail(str(self.error_messages[code]), code)
        return serializers.ValidationError({name: [said] for name in names})


@cache
def _fields_of(shape: type[Input]) -> BindingDict:
    of_nobody = shape()
    fields = BindingDict(of_nobody)
    for name, field in of_nobody.get_fields().items():
        fields[name] = field
    return fields


class NoInput(Input):
    """No members at all."""


def _schema_of(field: Any) -> Schema:
    if isinstance(field, serializers.ListField):
        schema: Schema = {"type": "array", "items": _schema_of(field.child)}
        if field.max_length is not None:
            schema["maxItems"] = field.max_length
    else:
        schema = field.schema()
    if not field.required and isinstance(field.default, str | int) and field.default != "":
        schema["default"] = field.default
    if field.allow_null:
        schema["type"] = [schema["type"], "null"]
    return schema | ({"description": field.help_text} if field.help_text else {})


def _flat(errors: Any, path: str = "") -> list[dict[str, str]]:
    """DRF's nested errors as a list, with the path of each member: `items[0].name`."""
    if isinstance(errors, dict):
        return [found for name, inner in errors.items() for found in _flat(inner, _within(path, name))]
    if isinstance(errors, list):
        return [
            found
            for at, inner in enumerate(errors)
            for found in _flat(inner, path if isinstance(inner, str) else f"{path}[{at}]")
        ]
    return [{"field": path, "code": str(getattr(errors, "code", "invalid")), "message": str(errors)}]


def _within(path: str, name: str | int) -> str:
    if name in {"", "non_field_errors"}:
        return path
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{name}" if path else name
