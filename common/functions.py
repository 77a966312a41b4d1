"""Functions of ours inside PostgreSQL: a whole commit in one statement, where commits are paid for by the thousand.

A function is a `.sql` file of its own name beside its room's models, takes one JSON document, and calls functions of
lower rooms only. What it refuses it raises, so that nothing of the statement stays: SQLSTATE VP001, the refusal's code
for a message, its facts as JSON in the detail. The plain verbs stay the definition of what is right.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, migrations, models
from django.db.models.expressions import DatabaseDefault

from common.db import savepoint
from common.ids import PublicIdField, public_id, read_id

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
            cursor.execute(_statement(name), [_written(document)])
        except DatabaseError as error:
            _raise_refusal(error)
        (answer,) = cursor.fetchone()
        # Django leaves `jsonb` as text, for its own field to read.
        return json.loads(answer) if answer and cursor.description[0].type_code == _JSONB else answer


_written: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


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


def row_json(row: models.Model, only: Sequence[str] = ()) -> dict[str, Any]:
    """The columns of a row, all of them or those of `only`, in the words that `jsonb_populate_record` reads. What the
    database fills in is left out.
    """
    values = row.__dict__
    return {
        column: None if (value := values[name]) is None else write(value)
        for name, column, write, _default in _columns_of(type(row), tuple(only))
        if not isinstance(values[name], DatabaseDefault)
    }


def new_row_json(model: type[models.Model], **values: Any) -> dict[str, Any]:
    """`row_json` of a row that is needed for nothing else, without making it. Names are columns: `payment_id`."""
    written: dict[str, Any] = {}
    for name, column, write, default in _columns_of(model):
        value = values.pop(name) if name in values else default()
        if not isinstance(value, DatabaseDefault):
            written[column] = None if value is None else write(value)
    if values:
        raise TypeError(f"{model.__name__} has no {', '.join(values)}")
    return written


@cache
def _columns_of(
    model: type[models.Model], only: tuple[str, ...] = ()
) -> Sequence[tuple[str, str, Callable[[Any], Any], Callable[[], Any]]]:
    """Attribute, column, how its value is written, and what it is when nobody says. Asked once: the hot path writes
    two dozen rows per payment.
    """
    fields = model._meta.concrete_fields  # noqa: SLF001 (Django's documented door to a model's fields)
    return [
        (field.attname, field.column, _writer_of(field), field.get_default)
        for field in fields
        if not only or field.attname in only
    ]


def _writer_of(field: "models.Field[Any, Any]") -> Callable[[Any], Any]:
    match field:
        case models.ForeignKey():
            return _writer_of(field.target_field)
        case PublicIdField(prefix=prefix):
            return lambda text: str(read_id(text, prefix=prefix))
        case models.DateField():  # instants too
            return lambda moment: moment.isoformat()
        case models.BinaryField():
            return lambda value: "\\x" + bytes(value).hex()
        case models.CharField() | models.TextField():
            return str
        case _:
            return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def row_from_json(model: type[M], written: Mapping[str, Any]) -> M:
    """The row that `to_jsonb` wrote."""
    values = {
        field.attname: _read_column(field, written[field.column])
        for field in model._meta.concrete_fields  # noqa: SLF001 (Django's documented door to a model's fields)
    }
    row = model(**values)
    row._state.adding = False  # noqa: SLF001 (it was read, though not by a query)
    row._state.db = DEFAULT_DB_ALIAS  # noqa: SLF001
    return row


def _read_column(field: "models.Field[Any, Any]", value: Any) -> Any:
    if isinstance(field, models.ForeignKey):
        field = field.target_field
    match value:
        case str() if isinstance(field, PublicIdField):
            return public_id(field.prefix, UUID(value))
        case str() if isinstance(field, models.DateTimeField):
            return datetime.fromisoformat(value)
        case str() if isinstance(field, models.DateField):
            return date.fromisoformat(value)
        case str() if isinstance(field, models.BinaryField):
            return bytes.fromhex(value.removeprefix("\\x"))
        case _:
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
