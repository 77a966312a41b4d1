"""An entry over thousands of owners in one statement. That it leaves what the plain verb leaves, the machine in
`test_books_and_model` shows.
"""

from functools import partial
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.db import transaction
from common.functions import call_function
from common.ids import new_id, public_id, read_id
from common.money import pts
from ledger import services as ledger
from ledger.errors import NotCovered, RepeatDiffers
from ledger.models import Entry, LedgerAccount, Posting
from ledger.queries import available_balance, posted_balance
from ledger.states import OPERATOR, AccountKind, Reason
from ledger.types import AccountRef, Line
from tests.conftest import together
from tests.ledger.conftest import NOON

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books_hold")]
post_sums = partial(ledger.post_sums, reason=Reason.POINTS_EXPIRED, now=NOON)


def live(wallet):
    return AccountRef(wallet, AccountKind.POINTS_LIVE)


def issued(funder):
    return AccountRef(funder, AccountKind.POINTS_ISSUED)


@pytest.fixture
def wallets():
    return [new_id("wal") for _ in range(300)]


@pytest.fixture
def ending(wallets, komorebi):
    """Everybody's points end: some were the shop's, some the commerce's own."""
    return [
        Line(debit=live(wallet), credit=issued([komorebi, OPERATOR][place % 2]), amount=pts(place + 1))
        for place, wallet in enumerate(wallets)
    ]


@pytest.fixture
def filled(ending):
    """They had these points."""
    post_sums(lines=[line.mirrored() for line in ending], source_ref="before")


class TestPostSums:
    def test_moves_every_owner_in_one_statement(self, ending, filled, wallets, komorebi):
        with CaptureQueriesContext(connection) as asked:
            post_sums(lines=ending, source_ref="page")
        assert len(asked) == 1
        assert {available_balance(live(wallet), "PTS") for wallet in wallets} == {pts(0)}
        assert posted_balance(issued(komorebi), "PTS") == pts(0)

    def test_writes_one_posting_for_each_line(self, ending, filled):
        entry = Entry.objects.get(pk=post_sums(lines=ending, source_ref="page"))
        assert sorted(entry.lines, key=repr) == sorted(ending, key=repr)

    def test_opens_what_is_met_for_the_first_time(self, ending, filled, wallets):
        opened = LedgerAccount.objects.filter(kind=AccountKind.POINTS_LIVE)
        assert {(account.owner_ref, account.covered, account.opened_at) for account in opened} == {
            (wallet, True, NOON) for wallet in wallets
        }

    def test_keeps_nothing_of_an_entry_that_is_not_covered(self, ending, filled, wallets):
        too_much = Line(debit=live(wallets[7]), credit=issued(OPERATOR), amount=pts(1))
        with pytest.raises(NotCovered) as no:
            post_sums(lines=[*ending, too_much], source_ref="page")
        assert no.value.facts == {"available": pts(8), "asked": pts(9)}
        assert Entry.objects.count() == 1

    def test_refuses_a_reference_that_was_used_before(self, ending, filled):
        with pytest.raises(RepeatDiffers):
            post_sums(lines=ending, source_ref="before")

    def test_refuses_an_entry_without_lines(self):
        with pytest.raises(ValueError, match="at least one line"):
            post_sums(lines=[], source_ref="page")

    def test_two_hands_over_the_same_owners_do_not_lock_each_other_out(self, ending, filled):
        back = [line.mirrored() for line in ending]
        hands = [
            partial(post_sums, lines=lines, source_ref=f"{name}{turn}", reason=Reason.POINTS_EARNED)
            for turn in range(3)
            for name, lines in (("there", back), ("again", back[::-1]))
        ]
        answers = together(*hands)
        assert all(isinstance(answer, str) for answer in answers), answers
        assert Posting.objects.count() == 7 * len(ending)

    def test_the_plain_verb_meets_it_on_the_same_account(self, ending, filled, wallets, komorebi):
        one = [Line(debit=issued(komorebi), credit=live(wallet), amount=pts(1)) for wallet in wallets]
        plain = transaction(ledger.post_entry)
        hands = [partial(post_sums, lines=one, source_ref=f"page{turn}") for turn in range(3)]
        hands += [
            partial(plain, lines=one[turn::3], reason=Reason.POINTS_EARNED, source_ref=f"plain{turn}", now=NOON)
            for turn in range(3)
        ]
        answers = together(*hands)
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert available_balance(live(wallets[0]), "PTS") == pts(1 + 3 + 1)


class TestOwnerRefs:
    def test_are_the_public_ids(self):
        ids = [UUID(int=0), UUID(int=2**128 - 1), *(read_id(new_id("wal"), prefix="wal") for _ in range(200))]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, owner_ref FROM ledger_owner_refs(jsonb_build_object('prefix', 'wal', 'ids', %s::uuid[]))",
                [ids],
            )
            assert dict(cursor.fetchall()) == {each: public_id("wal", each) for each in ids}


class TestBeginnings:
    def test_of_ids_are_uuids_of_this_moment_by_version_seven(self):
        before = UUID(hex=ledger_beginning() + "0" * 8)
        after = UUID(hex=ledger_beginning() + "f" * 8)
        assert (before.version, before.variant) == (7, "specified in RFC 4122")
        assert before.int >> 80 <= after.int >> 80
        assert len({ledger_beginning() for _ in range(1_000)}) == 1_000


def ledger_beginning():
    return call_function("ledger_begin_ids", {})
