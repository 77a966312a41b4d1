"""The checks must find what somebody with every right in the database did to the books."""

import pytest
from django.db import connection

from common.db import transaction
from common.money import yen
from ledger import services as ledger
from tests.ledger.conftest import NOON, roll_up

pytestmark = pytest.mark.django_db(transaction=True)

CRIMES = {
    "ledger.counters": "UPDATE ledger_posting SET amount_minor = amount_minor + 1 WHERE currency = 'PTS'",
    "ledger.rollups": "UPDATE ledger_posting SET amount_minor = amount_minor + 1 WHERE currency = 'JPY'",
    "ledger.no_empty_entry": "DELETE FROM ledger_posting WHERE currency = 'JPY'",
    "ledger.one_currency": "UPDATE ledger_ledgeraccount SET currency = 'USD' WHERE kind = 'merchant_payable'",
    "ledger.holds": "UPDATE ledger_hold SET amount_minor = amount_minor - 1",
    "ledger.covered": """ALTER TABLE ledger_ledgeraccount DROP CONSTRAINT ledger_account_covered;
        UPDATE ledger_ledgeraccount SET debits_posted = 9000 WHERE covered""",
}


class Undone(Exception):
    """Carries what was found out of a transaction that leaves nothing behind."""


@transaction
def check_after(crime):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica;" + crime)
    raise Undone({finding.check for finding in ledger.check_books(NOON)})


@pytest.fixture
def busy_books(post, owed, given, hold):
    post(owed(yen(1_000)))
    post(given(500))
    hold(200)
    roll_up()


@pytest.mark.usefixtures("busy_books")
def test_nothing_is_found_in_honest_books():
    assert ledger.check_books(NOON) == []


@pytest.mark.usefixtures("busy_books")
@pytest.mark.parametrize("crime", CRIMES)
def test_every_crime_is_found(crime):
    with pytest.raises(Undone) as undone:
        check_after(CRIMES[crime])
    assert crime in undone.value.args[0]
