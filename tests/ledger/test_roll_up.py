"""Roll-up and tail together are the balance, whoever writes meanwhile."""

import threading
from functools import partial

import pytest
from django.db import connection

from common.db import transaction
from common.ids import new_id, read_id
from common.money import yen
from ledger import services as ledger
from ledger.models import BalanceRollup, Entry
from ledger.queries import posted_balance
from ledger.states import AccountKind
from ledger.types import AccountRef, Line
from tests.conftest import together
from tests.ledger.conftest import NOON, roll_up

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books_hold")]


@pytest.fixture
def rolled(owed):
    """What the roll-up alone says about the shop."""
    return lambda: BalanceRollup.objects.get(account__owner_ref=owed(yen(1)).credit.owner_ref).credits


def test_the_balance_is_the_same_before_and_after(post, owed, rolled):
    shop = owed(yen(1)).credit
    post(owed(yen(100)))
    assert roll_up() == 2
    post(owed(yen(30)))
    assert (posted_balance(shop, "JPY"), rolled()) == (yen(130), 100)
    roll_up()
    assert (posted_balance(shop, "JPY"), rolled()) == (yen(130), 130)
    assert roll_up() == 0


def test_an_open_transaction_is_not_overtaken(post, owed, rolled):
    """Its postings carry an older number than those that commit first."""
    post(owed(yen(100)))
    written, go_on = threading.Event(), threading.Event()

    @transaction
    def slowly():
        post(owed(yen(1)))
        written.set()
        assert go_on.wait(timeout=10)

    def the_others():
        assert written.wait(timeout=10)
        post(owed(yen(10)))
        ledger.roll_up(now=NOON)
        go_on.set()

    assert together(slowly, the_others) == [None, None]
    roll_up()
    assert (posted_balance(owed(yen(1)).credit, "JPY"), rolled()) == (yen(111), 111)


def test_eight_writers_and_two_roll_ups_lose_nothing(post, owed):
    def write():
        return [post(owed(yen(1))) for _ in range(10)]

    answers = together(*[write] * 6, *[partial(ledger.roll_up, now=NOON)] * 2)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    roll_up()
    assert posted_balance(owed(yen(1)).credit, "JPY") == yen(60) == yen(Entry.objects.count())


def test_a_restored_database_counts_from_the_postings(post, owed, rolled):
    """Its transactions have small numbers again, so roll-ups made before lie ahead of it."""
    post(owed(yen(100)))
    roll_up()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_balancerollup SET upto = '9000000000'::xid8")
    post(owed(yen(30)))
    assert posted_balance(owed(yen(1)).credit, "JPY") == yen(130)
    roll_up()
    assert (posted_balance(owed(yen(1)).credit, "JPY"), rolled()) == (yen(130), 130)


def test_a_restored_database_forgets_every_roll_up_even_those_that_lie_behind_it(post, owed, rolled):
    """A shop that sold nothing lately keeps an old mark; its neighbours' postings before that mark count as well."""
    quiet = Line(
        debit=owed(yen(1)).debit, credit=AccountRef(new_id("mer"), AccountKind.MERCHANT_PAYABLE), amount=yen(7)
    )
    post(owed(yen(100)))
    post(quiet)
    roll_up()
    post(owed(yen(30)))
    roll_up()
    busy = BalanceRollup.objects.exclude(account__owner_ref=quiet.credit.owner_ref)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_balancerollup SET upto = '9000000000'::xid8 WHERE account_id = ANY(%s)",
            [[read_id(pk, prefix="acc") for pk in busy.values_list("pk", flat=True)]],
        )
    roll_up()
    assert posted_balance(owed(yen(1)).credit, "JPY") == yen(130)
    assert posted_balance(quiet.credit, "JPY") == yen(7)
    assert ledger.check_books(now=NOON) == []
