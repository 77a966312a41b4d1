"""Writing entries. The books are real; the database is asked to do what it must refuse."""

from functools import partial

import pytest
from django.db import DatabaseError, IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from common.append_only import ChangeForbidden
from common.db import transaction
from common.money import Money, pts, yen
from ledger import services as ledger
from ledger.errors import NotCovered, RepeatDiffers
from ledger.models import Entry, LedgerAccount, Posting
from ledger.queries import entries_about, posted_balance, postings_of
from ledger.services.post_entry import post_entry
from ledger.states import AccountKind, Reason
from ledger.types import AccountRef, Line
from tests.conftest import together
from tests.ledger.conftest import NOON

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books_hold")]


class TestPostEntry:
    def test_owes_the_shop_what_was_captured(self, post, owed):
        post(owed(yen(1_000)))
        post(owed(yen(200)))
        line = owed(yen(1))
        assert posted_balance(line.credit, "JPY") == posted_balance(line.debit, "JPY") == yen(1_200)

    def test_stands_on_the_business_date_of_tokyo(self, post, owed):
        assert str(post(owed(yen(1))).business_date) == "2026-11-22"

    def test_keeps_currencies_apart(self, post, owed):
        post(owed(yen(1_000)), owed(Money(250, "USD")))
        assert posted_balance(owed(yen(1)).credit, "USD") == Money(250, "USD")

    def test_is_found_by_what_it_is_about(self, post, owed):
        entry = post(owed(yen(700)), source_ref="cap_x")
        assert [posting.amount for posting in postings_of("cap_x")] == [yen(700)]
        assert entries_about(["cap_x", "cap_y"]) == [entry]

    def test_needs_a_transaction_of_its_caller(self, owed):
        with pytest.raises(RuntimeError, match="is a step"):
            post_entry(lines=[owed(yen(1))], reason=Reason.CAPTURE, source_ref="cap_x", now=NOON)

    def test_refuses_an_entry_without_lines(self, post):
        with pytest.raises(ValueError, match="at least one line"):
            post()

    def test_cannot_even_be_asked_for_a_wrong_line(self, owed):
        right = owed(yen(1))
        for wrong in (
            {"amount": yen(0)},
            {"amount": yen(-1)},
            {"amount": pts(1)},
            {"credit": right.debit},
        ):
            with pytest.raises(ValueError, match=r"line|count"):
                Line(**{"debit": right.debit, "credit": right.credit, "amount": right.amount} | wrong)


class TestTheSameEntryAgain:
    def test_gives_the_first_one_back(self, post, owed):
        lines = [owed(yen(10)), owed(yen(20))]
        first = post(*lines, source_ref="cap_x")
        assert post(*reversed(lines), source_ref="cap_x") == first
        assert posted_balance(owed(yen(1)).credit, "JPY") == yen(30)

    def test_is_another_one_for_another_reason(self, post, owed):
        assert post(owed(yen(10)), source_ref="x") != post(owed(yen(10)), source_ref="x", reason=Reason.REFUND_FAILED)

    def test_is_refused_with_other_lines(self, post, owed):
        post(owed(yen(10)), source_ref="cap_x")
        for other in ([owed(yen(11))], [owed(yen(10)), owed(yen(10))], [owed(yen(10)).mirrored()]):
            with pytest.raises(RepeatDiffers):
                post(*other, source_ref="cap_x")
        assert Posting.objects.count() == 1

    def test_by_eight_hands_at_once_is_written_once(self, post, owed):
        answers = together(*[partial(post, owed(yen(10)), source_ref="cap_x")] * 8)
        assert len({entry.id for entry in answers}) == Entry.objects.count() == Posting.objects.count() == 1


class TestCoveredAccounts:
    def test_cannot_be_overdrawn(self, post, given, spent, available):
        post(given(300))
        with pytest.raises(NotCovered) as no:
            post(spent(301))
        assert no.value.facts == {"available": pts(300), "asked": pts(301)}
        assert available() == pts(300)

    def test_keep_nothing_of_a_refused_entry(self, post, given, spent):
        with pytest.raises(NotCovered):
            post(given(5), spent(6), source_ref="pay_x")
        assert not Entry.objects.exists()

    def test_may_be_filled_and_spent_in_one_entry(self, post, given, spent, available):
        post(given(5), spent(5))
        assert available() == pts(0)

    def test_twelve_hands_never_spend_more_than_there_is(self, post, given, spent, available):
        post(given(700))
        answers = together(*[partial(post, spent(100)) for _ in range(12)])
        assert sum(isinstance(answer, NotCovered) for answer in answers) == 5
        assert sum(isinstance(answer, Entry) for answer in answers) == 7
        assert available() == pts(0)

    def test_crossing_transfers_do_not_lock_each_other_out(self, post, komorebi):
        ours, theirs = (AccountRef(f"wal_{name}", AccountKind.POINTS_LIVE) for name in ("alice", "bob"))
        issued = AccountRef(komorebi, AccountKind.POINTS_ISSUED)
        post(*[Line(debit=issued, credit=wallet, amount=pts(1_000)) for wallet in (ours, theirs)])
        there, back = (Line(debit=a, credit=b, amount=pts(1)) for a, b in ((ours, theirs), (theirs, ours)))
        answers = together(*[partial(post, there), partial(post, back)] * 6)
        assert all(isinstance(answer, Entry) for answer in answers)

    def test_are_kept_covered_by_the_table_itself(self, post, given):
        post(given(5))
        with pytest.raises(IntegrityError, match="ledger_account_covered"):
            LedgerAccount.objects.filter(covered=True).update(debits_posted=6)


class TestHotAccounts:
    def test_are_never_locked_nor_changed(self, post, owed):
        post(owed(yen(1)))
        before = LedgerAccount.objects.order_by("id").values()
        with CaptureQueriesContext(connection) as asked:
            post(owed(yen(2)))
        assert not [query for query in asked if query["sql"].startswith("UPDATE") or "FOR UPDATE" in query["sql"]]
        assert list(before) == list(LedgerAccount.objects.order_by("id").values())

    def test_need_two_statements_once_they_are_known(self, owed):
        post = partial(transaction(ledger.post_entry), reason=Reason.CAPTURE, now=NOON)
        post(lines=[owed(yen(1))], source_ref="cap_1")
        with CaptureQueriesContext(connection) as asked:
            post(lines=[owed(yen(2)), owed(yen(3))], source_ref="cap_2")
        assert [query["sql"].split()[0] for query in asked] == ["BEGIN", "INSERT", "INSERT", "COMMIT"]

    def test_need_one_statement_at_once_when_they_are_known(self, owed):
        post = partial(ledger.post_entry_at_once, lines=[owed(yen(2))], reason=Reason.CAPTURE, now=NOON)
        numbers = []
        for place in range(3):
            with CaptureQueriesContext(connection) as asked:
                post(source_ref=f"cap_{place}")
            numbers.append(len(asked))
        assert numbers == [2, 2, 1]  # the first opens them, the second finds them
        assert LedgerAccount.objects.count() == 2

    def test_are_opened_once_by_eight_hands(self, post, owed):
        answers = together(*[partial(post, owed(yen(1))) for _ in range(8)])
        assert all(isinstance(answer, Entry) for answer in answers)
        assert LedgerAccount.objects.count() == 2


class TestTheDatabaseRefuses:
    """Whoever asks, the owner of the tables included."""

    @pytest.mark.parametrize("table", ["ledger_entry", "ledger_posting"])
    @pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
    def test_any_change_of_what_was_written(self, post, owed, table, change):
        post(owed(yen(1)))
        with connection.cursor() as cursor, pytest.raises(DatabaseError, match="only added to"):
            cursor.execute(change.format(table))

    def test_a_posting_in_another_currency_than_its_accounts(self, post, owed):
        entry = post(owed(yen(1)))
        posting = entry.postings.get()
        with pytest.raises(IntegrityError, match="currency of both"):
            Posting.objects.create(
                entry=entry,
                debit_account=posting.debit_account,
                credit_account=posting.credit_account,
                amount_minor=1,
                currency="USD",
            )

    def test_such_a_posting_also_to_a_session_that_holds_a_table_of_the_accounts_name(self, post, owed):
        entry = post(owed(yen(1)))
        debit, credit = LedgerAccount.objects.order_by("normal_side")
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE ledger_ledgeraccount (LIKE public.ledger_ledgeraccount)")
            try:
                with pytest.raises(IntegrityError, match="currency of both"):
                    Posting.objects.create(
                        entry=entry, debit_account=debit, credit_account=credit, amount_minor=1, currency="USD"
                    )
            finally:
                cursor.execute("DROP TABLE pg_temp.ledger_ledgeraccount")

    @pytest.mark.parametrize(
        "change", [{"owner_ref": "wal_mallory"}, {"currency": "USD"}, {"covered": False}, {"credits_posted": 4}]
    )
    def test_to_make_an_account_another_one(self, post, given, change):
        post(given(5))
        with pytest.raises(DatabaseError, match="never another one"):
            LedgerAccount.objects.filter(covered=True).update(**change)

    def test_to_delete_an_account(self, post, given):
        post(given(5))
        with pytest.raises(DatabaseError, match="never deleted"):
            LedgerAccount.objects.all()._raw_delete("default")

    def test_and_python_refuses_first(self, post, owed):
        entry = post(owed(yen(1)))
        for change in (entry.save, entry.delete):
            with pytest.raises(ChangeForbidden):
                change()
