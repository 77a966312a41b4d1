"""What each database role may do: derived from the models, so that a new table is never granted by accident.

`vaultpay_app` is web, worker, beat and relay; `vaultpay_safe` is the safe. Neither owns a table: an owner cannot be
refused anything. Whoever gets in as one of them can neither rewrite the books nor, as the first, see a sealed card.
"""

from collections.abc import Iterable
from typing import Final

from django.apps import apps
from django.conf import settings
from django.db import connection, models
from psycopg import sql

from common.append_only import AppendOnlyModel
from common.db import transaction
from vaultpay.launch.databases import APP, SAFE

_ROLES: Final = (APP, SAFE)

_READ: Final = ("SELECT",)
_ADD: Final = ("SELECT", "INSERT")
_CHANGE: Final = ("SELECT", "INSERT", "UPDATE", "DELETE")

_NEVER_DELETED: Final = frozenset({"ledger_ledgeraccount", "ledger_hold"})
"""Rows that are moved and never deleted; the migrations' triggers say so for accounts too."""
_FORGOTTEN: Final = frozenset({"merchants_apirequest"})
"""Rows that are added, never changed, and forgotten after some weeks."""
_SAFE_WRITES: Final = frozenset({"events_auditrecord"})
"""Beside its own tables the safe only notes, in the audit records, what it did."""

_APP_READS: Final = frozenset({"vault_publishedkey"})
"""Of the vault everybody may read the public keys of receipts. To add one is the safe's alone."""

Grants = dict[str, dict[str, tuple[str, ...]]]
"""Role → table → what it may do there."""


def wanted_grants() -> Grants:
    """What the models ask for, and Django's two tables that belong to no model: its migrations and its cache."""
    grants: Grants = {APP: {"django_migrations": _READ, settings.CACHE_TABLE: _CHANGE}, SAFE: {}}
    for model in _models():
        table = model._meta.db_table  # noqa: SLF001 (Django's documented door to a model's table)
        if model._meta.app_label == "vault":  # noqa: SLF001
            grants[SAFE][table] = _ADD if issubclass(model, AppendOnlyModel) else _CHANGE
            if table in _APP_READS:
                grants[APP][table] = _READ
            continue
        if issubclass(model, AppendOnlyModel):
            grants[APP][table] = _ADD
        elif table in _FORGOTTEN:
            grants[APP][table] = ("SELECT", "INSERT", "DELETE")
        elif table in _NEVER_DELETED:
            grants[APP][table] = ("SELECT", "INSERT", "UPDATE")
        else:
            grants[APP][table] = _CHANGE
        if table in _SAFE_WRITES:
            grants[SAFE][table] = _ADD
    return grants


@transaction
def apply_grants() -> Grants:
    """Make the roles that are missing (without the right to sign in: whoever installs gives that) and set their grants.

    What a role had before is taken away first, in the same transaction: nobody is ever without, or with too much.
    """
    grants = wanted_grants()
    with connection.cursor() as cursor:
        # Two that run at once would meet in the catalogue of roles.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [0x_6A47])
        for role in _ROLES:
            cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
            if cursor.fetchone() is None:
                cursor.execute(_with("CREATE ROLE {role} NOLOGIN", role))
            cursor.execute(_with("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}", role))
            cursor.execute(_with("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}", role))
            cursor.execute(_with("REVOKE ALL ON SCHEMA public FROM {role}", role))
            cursor.execute(_with("GRANT USAGE ON SCHEMA public TO {role}", role))
            for table, rights in grants[role].items():
                cursor.execute(_grant(rights, table=table, role=role))
        cursor.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC")
        cursor.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        # A temporary table is found before the real one of its name, by triggers too.
        database = sql.Identifier(connection.settings_dict["NAME"])
        for role in ("PUBLIC", *_ROLES):
            cursor.execute(sql.SQL(f"REVOKE TEMPORARY ON DATABASE {{}} FROM {role}").format(database).as_string())
    return grants


def _models() -> Iterable[type[models.Model]]:
    """Every model with a table, once; many-to-many tables included."""
    known = apps.get_models(include_auto_created=True)
    return [model for model in known if model._meta.managed and not model._meta.proxy]  # noqa: SLF001


def _with(statement: str, role: str) -> str:
    return sql.SQL(statement).format(role=sql.Identifier(role)).as_string()


def _grant(rights: tuple[str, ...], *, table: str, role: str) -> str:
    words = sql.SQL(", ").join(sql.SQL(right) for right in rights)
    parts = {"rights": words, "table": sql.Identifier(table), "role": sql.Identifier(role)}
    return sql.SQL("GRANT {rights} ON {table} TO {role}").format(**parts).as_string()
