"""Functions inside the database keep to the floors: import-linter does not read SQL, so this does."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from tests.architecture.test_floors import FLOOR, ROOMS
from vaultpay.environment import ROOT

FILES = sorted(
    file for room in ROOMS for beside_models in ("*.sql", "models/*.sql") for file in (ROOT / room).glob(beside_models)
)
NAMES = {file.stem for file in FILES}
WORD = re.compile(rf"\b(?:{'|'.join(ROOMS)})_[a-z_]+\b")


def room_of(name: str) -> str:
    return name.partition("_")[0]


def words_of(file: Path) -> set[str]:
    """Every function and table of ours that the file names. Comments do not count."""
    text = "\n".join(line.partition("--")[0] for line in file.read_text().splitlines())
    return set(WORD.findall(text)) & (NAMES | tables())


def tables() -> set[str]:
    return {model._meta.db_table for model in apps.get_models()}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
class TestEveryFunction:
    def test_bears_the_name_of_its_room_and_file(self, file):
        assert room_of(file.stem) == file.relative_to(ROOT).parts[0]
        assert f"CREATE OR REPLACE FUNCTION {file.stem}(document jsonb)" in file.read_text()

    def test_touches_the_tables_of_its_own_room_only(self, file):
        strange = {table for table in words_of(file) & tables() if room_of(table) != room_of(file.stem)}
        assert not strange, f"{file.stem} touches {strange}: call that room's function"

    def test_calls_functions_of_its_own_room_and_of_lower_ones_only(self, file):
        for called in words_of(file) & NAMES - {file.stem}:
            same = room_of(called) == room_of(file.stem)
            assert same or FLOOR[room_of(called)] < FLOOR[room_of(file.stem)], f"{file.stem} calls {called}"


@pytest.mark.django_db
def test_every_function_file_is_installed_and_nothing_else():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND pg_get_function_identity_arguments(oid) = 'document jsonb'"
        )
        assert {name for (name,) in cursor.fetchall()} == NAMES


@pytest.mark.django_db
def test_no_function_lends_the_rights_of_its_owner():
    """Whoever calls one may do with it what their role may do without it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_proc WHERE prosecdef AND proname = ANY(%s)", [list(NAMES)])
        assert cursor.fetchone() == (0,)


def test_the_files_are_looked_for_where_they_are():
    assert {"ledger_post_entry", "events_record"} <= NAMES
    assert set(settings.ROOMS) >= set(ROOMS)
