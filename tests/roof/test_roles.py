"""What the two database roles may do, asked of PostgreSQL itself by a session of each role."""

from contextlib import contextmanager

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from common.append_only import AppendOnlyModel
from vaultpay.roles import APP, SAFE, apply_grants, wanted_grants

# ruff: noqa: S608 (the statements are made of names of our own tables)

pytestmark = pytest.mark.django_db(transaction=True)

TABLES = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
PUBLIC_KEYS = "vault_publishedkey"
VAULT = sorted(table for table, model in TABLES.items() if model._meta.app_label == "vault" and table != PUBLIC_KEYS)
BOOKS = sorted(
    table
    for table, model in TABLES.items()
    if issubclass(model, AppendOnlyModel) and table not in {*VAULT, PUBLIC_KEYS}
)
CHANGES = ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"]


@pytest.fixture(autouse=True)
def grants():
    return apply_grants()


@contextmanager
def session(role):
    """A session that signed in as this role. The suite's PostgreSQL trusts its socket, so no password is asked."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER ROLE {role} LOGIN")
    facts = connection.get_connection_params()
    with psycopg.connect(host=facts["host"], dbname=facts["dbname"], user=role, autocommit=True) as signed_in:
        yield signed_in


def refused(signed_in, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        signed_in.execute(statement)


def column(table):
    return TABLES[table]._meta.concrete_fields[0].column


class TestTheWebRole:
    def test_cannot_change_what_is_only_added_to(self):
        assert {"ledger_entry", "ledger_posting", "events_event", "events_auditseal"} <= set(BOOKS)
        with session(APP) as web:
            for table in BOOKS:
                web.execute(f"SELECT FROM {table} LIMIT 1")
                for change in CHANGES:
                    refused(web, change.format(table, column(table), column(table)))

    def test_cannot_even_read_the_vault(self):
        with session(APP) as web:
            for table in VAULT:
                refused(web, f"SELECT FROM {table}")
                refused(web, f"INSERT INTO {table} DEFAULT VALUES")

    def test_reads_the_public_keys_and_can_add_none(self):
        with session(APP) as web:
            web.execute(f"SELECT kid FROM {PUBLIC_KEYS}")
            refused(web, f"INSERT INTO {PUBLIC_KEYS} DEFAULT VALUES")
            refused(web, f"UPDATE {PUBLIC_KEYS} SET kid = kid")
            refused(web, f"DELETE FROM {PUBLIC_KEYS}")

    def test_cannot_delete_accounts_and_holds(self):
        with session(APP) as web:
            for table in ("ledger_ledgeraccount", "ledger_hold"):
                refused(web, f"DELETE FROM {table}")

    def test_owns_nothing_and_makes_nothing(self):
        with session(APP) as web:
            refused(web, "CREATE TABLE mine (id int)")
            refused(web, "CREATE TEMPORARY TABLE ledger_ledgeraccount (id int)")
            refused(web, "ALTER TABLE ledger_posting DISABLE TRIGGER ALL")
            refused(web, "DROP TRIGGER ledger_posting_append_only ON ledger_posting")
            refused(web, "SET session_replication_role = replica")
            refused(web, f"SET ROLE {SAFE}")

    def test_can_do_its_work(self):
        with session(APP) as web:
            for table in set(TABLES) - set(VAULT) - set(BOOKS) - {PUBLIC_KEYS, "merchants_apirequest"}:
                web.execute(f"SELECT FROM {table} LIMIT 1")
                web.execute(f"UPDATE {table} SET {column(table)} = {column(table)} WHERE false")

    def test_forgets_the_request_log_only_as_a_task_and_never_changes_it(self):
        with session(APP) as web:
            refused(web, "UPDATE merchants_apirequest SET status = 200")
            web.execute("SET vaultpay.forgets = 'merchants_apirequest'")
            web.execute("DELETE FROM merchants_apirequest")


class TestTheSafesRole:
    def test_sees_the_vault_and_notes_what_it_did(self):
        with session(SAFE) as safe:
            for table in [*VAULT, "events_auditrecord"]:
                safe.execute(f"SELECT FROM {table} LIMIT 1")

    def test_sees_nothing_else(self):
        with session(SAFE) as safe:
            for table in set(TABLES) - set(VAULT) - {PUBLIC_KEYS, "events_auditrecord"}:
                refused(safe, f"SELECT FROM {table}")

    def test_cannot_rewrite_what_it_did(self):
        with session(SAFE) as safe:
            for change in CHANGES:
                refused(safe, change.format("events_auditrecord", "id", "id"))


class TestApplyGrants:
    def test_leaves_no_table_without_a_decision(self):
        with connection.cursor() as cursor:
            tables = set(connection.introspection.table_names(cursor))
        assert tables == set().union(*(set(tables) for tables in wanted_grants().values()))

    def test_takes_back_what_was_granted_by_hand(self):
        with connection.cursor() as cursor:
            cursor.execute(f"GRANT ALL ON ledger_posting TO {APP}, PUBLIC")
        call_command("apply_grants", verbosity=0)
        with session(APP) as web:
            refused(web, "DELETE FROM ledger_posting")
