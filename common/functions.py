"""Functions of ours inside PostgreSQL: a whole commit in one statement, where commits are paid for by the thousand.

A function is a `.sql` file of its own name beside its room's models, takes one JSON document, and calls functions of
lower rooms only. What it refuses it raises, so that nothing of the statement stays: SQLSTATE VP001, the refusal's code
for a message, its facts as JSON in the detail. The plain verbs stay the definition of what is right.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, migrations, models
from django.db.models.expressions import DatabaseDefault

from common.db import savepoint
from common.ids import PublicIdField, new_uuid, public_id, read_id
from common.json import compact

M = TypeVar("M", bound=models.Model)

REFUSED: Final = "VP001"
"""The SQLSTATE of a refusal that a function raises."""
_JSONB: Final = 3802
"""The number under which PostgreSQL knows the type."""


class FunctionRefused(Exception):
    """A function of ours said no. The room that owns the function knows which of its refusals that is."""

    def __init__(self, code: str, facts: Mapping[str, Any]) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


def call_function(name: str, document: Mapping[str, Any]) -> Any:
    """One round trip, and outside of a transaction one commit. Raises FunctionRefused, which spoils no transaction."""
    line: Any = connections[DEFAULT_DB_ALIAS]
    with savepoint(), line.prepared_cursor() as cursor:
        try:
            cursor.execute(*question(name, document))
        except DatabaseError as error:
            _raise_refusal(error)
        (answer,) = cursor.fetchone()
        # Django leaves `jsonb` as text, for its own field to read.
        return json.loads(answer) if answer and cursor.description[0].type_code == _JSONB else answer


def question(name: str, document: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The statement that calls a function, the same text each time, and what travels beside it."""
    return _statement(name), [compact(document)]


@cache
def _statement(name: str) -> str:
    if not name.isidentifier():
        raise ValueError(f"not the name of a function of ours: {name}")
    return f"SELECT {name}(%s)"


def _raise_refusal(error: DatabaseError) -> NoReturn:
    cause = error.__cause__
    if getattr(cause, "sqlstate", None) != REFUSED:
        raise error
    said = cause.diag  # type: ignore[union-attr]  # psycopg's own error has it
    raise FunctionRefused(said.message_primary, json.loads(said.message_detail or "{}")) from None


@dataclass(frozen=True, slots=True)
class _Column:
    """How one column crosses. `default` gives what stands there when nobody says, as it is written."""

    attribute: str
    name: str
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]
    default: Callable[[], Any]


def row_json(row: models.Model, only: Sequence[str] = ()) -> dict[str, Any]:
    """The columns of a row, all of them or those of `only`, in the words that `jsonb_populate_record` reads. What the
    database fills in is left out.
    """
    values = row.__dict__
    return {
        column.name: None if (value := values[column.attribute]) is None else column.write(value)
        for column in _columns_of(type(row), tuple(only))
        if not isinstance(values[column.attribute], DatabaseDefault)
    }


def new_row_json(model: type[models.Model], **values: Any) -> dict[str, Any]:
    """`row_json` of a row that is needed for nothing else, without making it. Names are columns: `payment_id`."""
    written: dict[str, Any] = {}
    for column in _columns_of(model):
        if column.attribute in values:
            value = values.pop(column.attribute)
            written[column.name] = None if value is None else column.write(value)
        elif not isinstance(value := column.default(), DatabaseDefault):
            written[column.name] = value
    if values:
        raise TypeError(f"{model.__name__} has no {', '.join(values)}")
    return written


def row_from_json(model: type[M], written: Mapping[str, Any]) -> M:
    """The row that `to_jsonb` wrote."""
    columns = _columns_of(model)
    values = [None if (value := written[column.name]) is None else column.read(value) for column in columns]
    return model.from_db(DEFAULT_DB_ALIAS, [column.attribute for column in columns], values)


@cache
def _columns_of(model: type[models.Model], only: tuple[str, ...] = ()) -> Sequence[_Column]:
    """Asked once: the hot path writes two dozen rows per payment."""
    fields = model._meta.concrete_fields  # noqa: SLF001 (Django's documented door to a model's fields)
    return [_column_of(field) for field in fields if not only or field.attname in only]


def _column_of(field: "models.Field[Any, Any]") -> _Column:
    kind = field
    while isinstance(kind, models.ForeignKey):
        kind = kind.target_field
    write, read = _ways_of(kind)
    return _Column(field.attname, field.column, write, read, _default_of(field, write))


def _ways_of(field: "models.Field[Any, Any]") -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """How a value is written, and read again."""
    match field:
        case PublicIdField(prefix=prefix):
            return lambda text: str(read_id(text, prefix=prefix)), lambda text: public_id(prefix, UUID(text))
        case models.DateTimeField():
            return lambda instant: instant.isoformat(), datetime.fromisoformat
        case models.DateField():
            return lambda day: day.isoformat(), date.fromisoformat
        case models.BinaryField():
            return lambda value: "\\x" + bytes(value).hex(), lambda text: bytes.fromhex(text.removeprefix("\\x"))
        case models.CharField() | models.TextField():
            return str, _as_it_is
        case _:
            return _as_it_is, _as_it_is


def _default_of(field: "models.Field[Any, Any]", write: Callable[[Any], Any]) -> Callable[[], Any]:
    if isinstance(field, PublicIdField) and field.primary_key and not field.has_default():
        return new_uuid  # an id that nobody said is one that nobody reads
    if field.get_default() is None or isinstance(field.get_default(), DatabaseDefault):
        return field.get_default
    return lambda: write(field.get_default())


def _as_it_is(value: Any) -> Any:
    return value


def install_functions(migration: str, *names: str) -> list[migrations.RunSQL]:
    """The steps of a migration that create these functions of its room, or renew them.

    They read the files as they are today. That is sound because PostgreSQL looks into a body only when it runs.
    """
    room = Path(migration).parent.parent
    folder = room / "models" if (room / "models").is_dir() else room
    return [
        migrations.RunSQL(
            sql=(folder / f"{name}.sql").read_text(), reverse_sql=f"DROP FUNCTION IF EXISTS {name}(jsonb)"
        )
        for name in names
    ]
