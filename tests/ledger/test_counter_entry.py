"""Correcting a mistake, and closing an account."""

from functools import partial

import pytest
from django.db import IntegrityError

from common.db import transaction
from common.money import yen
from ledger import services as ledger
from ledger.errors import AccountNotEmpty, AlreadyCountered, NotCovered
from ledger.models import Entry
from ledger.queries import posted_balance
from tests.conftest import together
from tests.ledger.conftest import NOON

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books_hold")]


@transaction
def counter(entry, source_ref="mistake_1"):
    return ledger.counter_entry(entry_id=entry.id, source_ref=source_ref, now=NOON)


@transaction
def close(account):
    ledger.close_account(account=account, currency="JPY", now=NOON)


class TestCounterEntry:
    def test_mirrors_every_line_and_leaves_the_mistake(self, post, owed):
        mistake = post(owed(yen(10)), owed(yen(20)))
        mirrored = counter(mistake)
        assert posted_balance(owed(yen(1)).credit, "JPY") == yen(0)
        assert (mirrored.counter_of, mistake.postings.count()) == (mistake, 2)

    def test_again_gives_the_first_one_back(self, post, owed):
        mistake = post(owed(yen(10)))
        assert counter(mistake) == counter(mistake)

    def test_under_another_reference_is_refused(self, post, owed):
        mistake = post(owed(yen(10)))
        counter(mistake)
        with pytest.raises(AlreadyCountered):
            counter(mistake, source_ref="mistake_2")

    def test_by_six_hands_counters_once(self, post, owed):
        mistake = post(owed(yen(10)))
        answers = together(*[partial(counter, mistake, source_ref=f"mistake_{i}") for i in range(6)])
        assert sum(isinstance(answer, Entry) for answer in answers) == 1
        assert posted_balance(owed(yen(1)).credit, "JPY") == yen(0)

    def test_cannot_take_back_what_is_spent(self, post, given, spent):
        mistake = post(given(100))
        post(spent(60))
        with pytest.raises(NotCovered):
            counter(mistake)


class TestCloseAccount:
    def test_refuses_while_money_is_there(self, post, owed):
        post(owed(yen(10)))
        with pytest.raises(AccountNotEmpty):
            close(owed(yen(1)).credit)

    def test_lets_nothing_in_afterwards(self, post, owed):
        counter(post(owed(yen(10))))
        close(owed(yen(1)).credit)
        close(owed(yen(1)).credit)
        with pytest.raises(IntegrityError, match="both are open"):
            post(owed(yen(5)))
