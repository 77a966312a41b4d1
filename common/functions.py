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

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, migrations, models
from django.db.models.expressions import DatabaseDefault
from psycopg import sql
from psycopg.types.json import Jsonb

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
    statement = sql.SQL("SELECT {}(%s)").format(sql.Identifier(name))
    written: list[Any] = [Jsonb(dict(document))]
    with savepoint(), connection.cursor() as cursor:
        try:
            cursor.execute(statement, written)
        except DatabaseError as error:
            _raise_refusal(error)
        (answer,) = cursor.fetchone()
        # Django leaves `jsonb` as text, for its own field to read.
        return json.loads(answer) if answer and cursor.description[0].type_code == _JSONB else answer


def _raise_refusal(error: DatabaseError) -> NoReturn:
    cause = error.__cause__
    if getattr(cause, "sqlstate", None) != REFUSED:
        raise error
    said = cause.diag  # type: ignore[union-attr]  # psycopg's own error has it
    raise FunctionRefused(said.message_primary, json.loads(said.message_detail or "{}")) from None


def row_json(row: models.Model) -> dict[str, Any]:
    """All columns of a row, in the words that `jsonb_populate_record` reads. What the database fills in is left out."""
    values = row.__dict__
    return {
        column: None if (value := values[name]) is None else write(value)
        for name, column, write in _columns_of(type(row))
        if not isinstance(values[name], DatabaseDefault)
    }


@cache
def _columns_of(model: type[models.Model]) -> Sequence[tuple[str, str, Callable[[Any], Any]]]:
    """Attribute, column, and how its value is written. Asked once: the hot path writes a dozen rows per payment."""
    fields = model._meta.concrete_fields  # noqa: SLF001 (Django's documented door to a model's fields)
    return [(field.attname, field.column, _writer_of(field)) for field in fields]


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
