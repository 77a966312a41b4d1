"""A kept connection is trusted for as long as its line is quiet."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def a_line_of_its_own():
    """What a story does to the line must not reach the next one."""
    yield
    connection.close()


def other_end_hangs_up():
    from psycopg import connect

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (number,) = cursor.fetchone()
    with connect(**connection.get_connection_params()) as another:
        # Waits until the other end is really gone: a signal alone is only a request.
        assert another.execute("SELECT pg_terminate_backend(%s, 10000)", [number]).fetchone() == (True,)


def test_a_quiet_line_is_trusted_without_a_question():
    connection.ensure_connection()
    with CaptureQueriesContext(connection) as asked:
        assert connection.is_usable()
    assert len(asked) == 0


def test_a_line_whose_other_end_hung_up_is_not():
    other_end_hangs_up()
    assert not connection.is_usable()


def test_a_request_after_that_finds_a_new_line(monkeypatch):
    other_end_hangs_up()
    monkeypatch.setitem(connection.settings_dict, "CONN_HEALTH_CHECKS", True)
    connection.close_if_unusable_or_obsolete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_what_is_prepared_is_asked_again_word_for_word():
    """Its values travel beside it, so the server knows the statement from before."""
    for value in ("first", "second", "third"):
        with connection.prepared_cursor() as cursor:
            cursor.execute("SELECT %s::text", [value])
            assert cursor.fetchone() == (value,)
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        assert cursor.fetchall() == [("SELECT $1::text",)]
