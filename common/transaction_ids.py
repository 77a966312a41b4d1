"""The number of the database transaction that wrote a row: how a roll-up knows what it has already counted."""

from typing import Any

from django.db import models
from django.db.models import Func


class TransactionIdField(models.BigIntegerField[int, int]):
    """PostgreSQL's `xid8`, written by the database itself. 64 bits: it never wraps around.

    All transactions below `pg_snapshot_xmin(pg_current_snapshot())` have ended, so rows below that mark are complete.
    """

    def __init__(self, **options: Any) -> None:
        options["editable"] = False
        options.setdefault("db_default", Func(function="pg_current_xact_id", output_field=models.BigIntegerField()))
        super().__init__(**options)

    def db_type(self, connection: Any) -> str:
        return "xid8"

    def from_db_value(self, value: Any, *_: object) -> int | None:
        return None if value is None else int(value)
