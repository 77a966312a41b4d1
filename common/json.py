"""JSON as we accept it from strangers (strict) and as we sign it (canonical)."""

import json
from collections import Counter
from typing import Any, Final

import rfc8785
from django.utils.translation import gettext, gettext_lazy

from common.errors import Kind, Refusal

MOST_BYTES: Final = 64 * 1024
DEEPEST: Final = 8
LARGEST: Final = 2**53 - 1
"""Canonical JSON has no larger whole number, so what was read can always be signed and hashed."""


_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class UnreadableJson(Refusal):
    """`reason` says why, in the reader's language; `member`, where there is one, which member it is about."""

    code, kind = "unreadable_json", Kind.INVALID
    message = gettext_lazy("The body is not acceptable JSON: {reason}")


def read_strict(body: bytes, *, most_bytes: int = MOST_BYTES, deepest: int = DEEPEST) -> Any:
    """The value in `body`. Refuses (UnreadableJson) what is not UTF-8 or not JSON, duplicate members, any number that
    is not a plain integer (so 1.0, 1e3 and NaN too), and bodies that are too large or nested too deeply.
    """
    if len(body) > most_bytes:
        raise UnreadableJson(reason=gettext("it is longer than {most} bytes.").format(most=most_bytes))
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableJson(reason=gettext("it is not UTF-8.")) from None
    try:
        # The depth is looked at before parsing, because Python's parser recurses.
        if text.count("[") + text.count("{") > deepest:
            _refuse_depth(text, deepest)
        value = json.loads(
            text,
            object_pairs_hook=_without_duplicates,
            parse_float=_NotWhole,
            parse_constant=_NotWhole,
            parse_int=_integer,
        )
    except json.JSONDecodeError as error:
        reason = gettext("it breaks off or goes wrong at line {line}, column {column}.")
        raise UnreadableJson(reason=reason.format(line=error.lineno, column=error.colno)) from None
    _refuse_odd_number("", value)
    _refuse_lone_surrogates(value)
    return value


def compact(value: Any) -> str:
    """The shortest way to write this value, quickly: as long as `canonical`, with members in the order they came in."""
    return _COMPACT(value)


def canonical(value: Any) -> bytes:
    """RFC 8785 (JCS): the one way to write this value, for hashing and signing."""
    return rfc8785.dumps(value)


class _NotWhole(str):
    """Stands where a number stood that is none of ours, until the name of its member is known."""

    __slots__ = ()


class _TooLarge(str):
    __slots__ = ()


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for name, value in pairs:
        _refuse_odd_number(name, value)
    members = dict(pairs)
    if len(members) != len(pairs):
        times = Counter(name for name, _value in pairs)
        twice = next(name for name in times if times[name] > 1)
        raise UnreadableJson(reason=gettext("the member “{name}” is given twice.").format(name=twice), member=twice)
    return members


def _integer(text: str) -> int | _TooLarge:
    return _TooLarge(text) if len(text) > 17 or abs(int(text)) > LARGEST else int(text)


def _refuse_odd_number(name: str, value: Any) -> None:
    """Says where the number stands, and never which one it is: it might be a card's."""
    match value:
        case _NotWhole():
            reason = gettext("numbers are whole and written in plain digits.")
        case _TooLarge():
            reason = gettext("a number is too large.")
        case list():
            for part in value:
                _refuse_odd_number(name, part)
            return
        case _:
            return
    raise UnreadableJson(reason=reason, member=name)


def _refuse_depth(text: str, deepest: int) -> None:
    depth, inside_text, escaped = 0, False, False
    for letter in text:
        if inside_text:
            if escaped:
                escaped = False
            elif letter == "\\":
                escaped = True
            elif letter == '"':
                inside_text = False
        elif letter == '"':
            inside_text = True
        elif letter in "[{":
            depth += 1
            if depth > deepest:
                raise UnreadableJson(reason=gettext("it is nested more than {most} levels deep.").format(most=deepest))
        elif letter in "]}":
            depth -= 1


def _refuse_lone_surrogates(value: Any) -> None:
    match value:
        case str():
            # PostgreSQL stores neither; an escaped one passes the parser.
            if "\0" in value or (not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value)):
                raise UnreadableJson(reason=gettext("a text holds a character that is none."))
        case list():
            for part in value:
                _refuse_lone_surrogates(part)
        case dict():
            for name, part in value.items():
                _refuse_lone_surrogates(name)
                _refuse_lone_surrogates(part)
        case _:
            pass
