"""Tables that are only added to: kept so by Python, by a trigger, and by what the database roles are granted."""

from collections.abc import Iterable
from typing import Any, NoReturn

from django.db import migrations, models


class ChangeForbidden(TypeError):
    """Somebody tried to change or delete a row of an append-only table. Always a bug of ours."""


class AppendOnlyModel(models.Model):
    """A row is written once. The database refuses the rest too: see `forbid_changes` and `manage.py apply_grants`."""

    class Meta:
        abstract = True

    def save(
        self,
        *,
        force_insert: bool | tuple[models.base.ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        if not self._state.adding or force_update or update_fields is not None:
            raise ChangeForbidden(f"{type(self).__name__} is only added to")
        super().save(force_insert=force_insert or True, using=using)

    def delete(self, *_args: Any, **_options: Any) -> NoReturn:
        raise ChangeForbidden(f"{type(self).__name__} is only added to")


def forbid_changes(table: str) -> migrations.RunSQL:
    """The migration step that makes PostgreSQL refuse UPDATE, DELETE and TRUNCATE on `table`, whoever asks."""
    return migrations.RunSQL(
        sql=f"""
        CREATE OR REPLACE FUNCTION vaultpay_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is only added to', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$;
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION vaultpay_append_only();
        CREATE TRIGGER {table}_never_truncated BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION vaultpay_append_only();
        """,
        reverse_sql=f"""
        DROP TRIGGER {table}_append_only ON {table};
        DROP TRIGGER {table}_never_truncated ON {table};
        """,
    )
