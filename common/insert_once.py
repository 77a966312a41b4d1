"""Write a row unless it is there: the claim is an INSERT under a unique index, never "look, then write"."""

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault


def insert_once(row: models.Model) -> bool:
    """`INSERT … ON CONFLICT DO NOTHING`, one statement. False when a unique index knew the row already.

    It waits for another transaction that is just writing the same row. Nothing is poisoned: the caller's transaction
    goes on either way.
    """
    written = [
        (field, value)
        for field in row._meta.concrete_fields  # noqa: SLF001 (Django's documented door to a model's fields)
        if not isinstance(value := getattr(row, field.attname), DatabaseDefault)
    ]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field, _value in written)
    places = ", ".join(["%s"] * len(written))
    table = quote(row._meta.db_table)  # noqa: SLF001
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) VALUES ({places}) ON CONFLICT DO NOTHING",  # noqa: S608 (names of our own)
            [field.get_db_prep_save(value, connection) for field, value in written],
        )
        inserted: bool = cursor.rowcount == 1
    if inserted:
        row._state.adding = False  # noqa: SLF001
    return inserted
