"""Thousands of lots at once: a page is one statement, and leaves what the plain verbs leave lot by lot."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.db import transaction
from common.functions import FunctionRefused
from common.ids import new_id
from common.money import pts
from ledger.models import Entry, LedgerAccount, Posting
from ledger.queries import posted_balance
from ledger.states import OPERATOR, AccountKind, Reason
from ledger.types import AccountRef
from points import pages
from points import services as points
from points.debts import expire
from points.locks import PAGES
from points.lots import activate_lot, add_lot
from points.models import PointsLot, PointsLotChange
from points.postings import issued, live, payable, pending, reserve
from points.services.check_points import check_points
from points.states import Change, LotStatus, Source
from tests.cast import NOON
from tests.conftest import together

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOON + timedelta(days=30)
END = NOON + timedelta(days=400)
due_lots = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(1, 50), st.booleans(), st.integers(0, 2)),
    min_size=1,
    max_size=14,
)
"""Whose, who pays, how many, funded early, and in which part of its time."""


@transaction
def new_lot(*, wallet, funder, amount, available_from=NOON, expires_at=END, payment_id=None):
    return add_lot(
        wallet_id=wallet,
        source=Source.PURCHASE,
        source_ref=new_id("cap"),
        rule_ref="program:1",
        funder=funder,
        amount=pts(amount),
        payment_id=payment_id,
        earned_at=NOON,
        available_from=available_from,
        expires_at=expires_at,
        now=NOON,
    )


@pytest.fixture
def crowd(komorebi):
    """Many wallets with a pending lot each."""

    def crowd(number, **facts):
        return [new_lot(wallet=new_id("wal"), funder=komorebi.id, amount=place + 1, **facts) for place in range(number)]

    return crowd


class World:
    """The same lots for four wallets and three funders, under fresh names."""

    def __init__(self, drawn):
        self.wallets = [new_id("wal") for _ in range(4)]
        self.funders = [new_id("mer"), new_id("mer"), OPERATOR]
        self.lots = [
            new_lot(
                wallet=self.wallets[wallet],
                funder=self.funders[funder],
                amount=amount,
                available_from=NOON + timedelta(days=part * 20),
                expires_at=NOON + timedelta(days=100 + part * 200),
            ).id
            for wallet, funder, amount, _early, part in drawn
        ]

    def says(self):
        """Everything that stands anywhere about these lots, without the names of rows."""
        names = {name: place for place, name in enumerate([*self.wallets, *self.funders])}
        places = {lot: place for place, lot in enumerate(self.lots)}
        lots = PointsLot.objects.filter(pk__in=self.lots)
        kept = [field.attname for field in PointsLot._meta.fields if field.attname not in {"id", "source_ref"}]
        rows = [
            tuple(names.get(getattr(lot, name), getattr(lot, name)) for name in kept)
            for lot in sorted(lots, key=lambda lot: places[lot.id])
        ]
        changes = [
            (places[note.lot_id], note.version, note.change, note.amount_minor, note.status, note.at, note.payment_id)
            for note in PointsLotChange.objects.filter(lot_id__in=self.lots)
        ]
        kinds = [(live, "PTS"), (pending, "PTS")], [(issued, "PTS"), (reserve, "JPY"), (payable, "JPY")]
        balances = [
            posted_balance(account(name), currency).minor
            for owners, accounts in zip((self.wallets, self.funders[:2]), kinds, strict=True)
            for name in owners
            for account, currency in accounts
        ]
        counters = LedgerAccount.objects.filter(owner_ref__in=self.wallets).order_by("kind")
        return (
            rows,
            sorted(changes),
            balances,
            sorted(
                (names[row.owner_ref], row.kind, row.covered, row.debits_posted, row.credits_posted) for row in counters
            ),
        )


class TestPagesAndVerbs:
    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(drawn=due_lots, most=st.integers(1, 5))
    def test_leave_the_same(self, drawn, most, monkeypatch):
        """First the definition, lot by lot; then the pages over the same lots under other names."""
        monkeypatch.setattr(pages, "PAGE", most)
        says, early, operator = [], [lot[3] for lot in drawn], []
        for by_page in (False, True):
            world, before = World(drawn), the_commerce_paid()
            for lot_id, funded in zip(world.lots, early, strict=True):
                if funded and (lot := PointsLot.objects.get(pk=lot_id)).merchant_id:
                    fund_early(lot)
            if by_page:
                points.activate_points(now=LATER)
                points.expire_points(now=END)
            else:
                one_by_one(activate_lot, world, now=LATER, status=LotStatus.PENDING, available_from__lte=LATER)
                one_by_one(expire_all, world, now=END, status=LotStatus.LIVE, expires_at__lte=END)
            says.append(world.says())
            operator.append(tuple(b - a for a, b in zip(before, the_commerce_paid(), strict=True)))
        assert says[0] == says[1]
        assert operator[0] == operator[1]


def the_commerce_paid():
    kinds = (AccountKind.POINTS_COST, "JPY"), (AccountKind.POINTS_RESERVE, "JPY"), (AccountKind.POINTS_ISSUED, "PTS")
    return [posted_balance(AccountRef(OPERATOR, kind), currency).minor for kind, currency in kinds]


@transaction
def fund_early(lot):
    from ledger import services as ledger
    from points.postings import funded_lines

    lot.funded_at = NOON
    lot.shift(Change.FUNDED, lot.remaining, source_ref=lot.id, now=NOON)
    lines = funded_lines(funder=lot.funder, amount=lot.remaining)
    ledger.post_entry(lines=lines, reason=Reason.POINTS_FUNDED, source_ref=lot.id, now=NOON)


def expire_all(lot, *, now):
    expire(lot, lot.remaining, now=now)


def one_by_one(verb, world, *, now, **due):
    for lot in PointsLot.objects.filter(pk__in=world.lots, **due).order_by("id"):
        transaction(verb)(lot, now=now)


class TestAPage:
    def test_is_one_entry_and_one_statement(self, crowd):
        crowd(30)
        before = Entry.objects.count()
        with CaptureQueriesContext(connection) as asked:
            assert points.activate_points(now=NOON) == 30
        assert Entry.objects.count() == before + 1
        assert sum("points_activate" in query["sql"] for query in asked) == 1
        with CaptureQueriesContext(connection) as asked:
            assert points.expire_points(now=END) == 30
        assert Entry.objects.count() == before + 2
        assert sum("points_expire" in query["sql"] for query in asked) == 1

    def test_names_its_entry_in_the_history_of_what_ended(self, crowd):
        crowd(3)
        points.activate_points(now=NOON)
        points.expire_points(now=END)
        (ref,) = set(PointsLotChange.objects.filter(change=Change.EXPIRED).values_list("source_ref", flat=True))
        assert Entry.objects.get(source_ref=ref).reason == Reason.POINTS_EXPIRED

    def test_meets_each_wallet_of_an_instant_once(self, komorebi, monkeypatch):
        monkeypatch.setattr(pages, "PAGE", 2)
        for wallet in [new_id("wal"), new_id("wal")] * 2:
            new_lot(wallet=wallet, funder=komorebi.id, amount=10)
        assert (points.activate_points(now=NOON), points.expire_points(now=END)) == (4, 4)
        for reason in (Reason.POINTS_ACTIVATED, Reason.POINTS_EXPIRED):
            moved = Posting.objects.filter(entry__reason=reason, currency="PTS")
            assert list(moved.values_list("amount_minor", flat=True)) == [20, 20], reason

    @pytest.mark.parametrize(
        ("verb", "due"), [(points.activate_points, "available_from"), (points.expire_points, "expires_at")]
    )
    def test_ends_where_its_last_lot_stands(self, komorebi, monkeypatch, verb, due):
        """However a clock writes it: when New York winds its own back, the later instant looks earlier."""
        answers, write = [], pages.call_function
        monkeypatch.setattr(pages, "call_function", lambda *asked: answers.append(write(*asked)) or answers[-1])
        first = datetime(2027, 11, 7, 5, 30, tzinfo=UTC)
        last = first + timedelta(minutes=40)
        before = {"available_from": NOON, "expires_at": last + timedelta(days=1)}
        for at in (first, last):
            new_lot(wallet=new_id("wal"), funder=komorebi.id, amount=10, **before | {due: at})
        if due == "expires_at":
            points.activate_points(now=NOON)
        with connection.cursor() as cursor:
            cursor.execute("SET TIME ZONE 'America/New_York'")
            try:
                assert verb(now=last) == 2
            finally:
                cursor.execute("SET TIME ZONE 'UTC'")
        assert datetime.fromisoformat(answers[-1]["after"][0]) == last

    def test_is_written_once_however_often_it_is_asked(self, crowd):
        crowd(5)
        assert [points.activate_points(now=NOON) for _ in range(3)] == [5, 0, 0]
        assert [points.expire_points(now=END) for _ in range(3)] == [5, 0, 0]

    def test_begins_at_the_instant_itself_and_not_before(self, crowd):
        crowd(2)
        assert points.activate_points(now=NOON - timedelta(microseconds=1)) == 0
        assert points.activate_points(now=NOON) == 2
        assert points.expire_points(now=END - timedelta(microseconds=1)) == 0
        assert points.expire_points(now=END) == 2

    def test_leaves_held_points_to_their_payment(self, crowd, hold_some):
        (lot,) = crowd(1)
        points.activate_points(now=NOON)
        hold_some(lot, 1)
        assert points.expire_points(now=END) == 0

    def test_of_points_that_the_commerce_funds_costs_the_commerce(self):
        new_lot(wallet=new_id("wal"), funder=OPERATOR, amount=70)
        points.activate_points(now=NOON)
        assert the_commerce_paid() == [70, 70, 70]
        points.expire_points(now=END)
        assert the_commerce_paid() == [0, 0, 0]


@pytest.fixture
def hold_some():
    @transaction
    def hold_some(lot, amount):
        points.hold_points(wallet_id=lot.wallet_id, payment_id=new_id("pay"), amount=pts(amount), now=NOON)

    return hold_some


class TestAWalletThatOwes:
    def test_is_left_to_the_plain_verb_which_recovers(self, komorebi, alice, has, pay, take_back, purse, crowd):
        first = has(40)
        pay(40)
        take_back(first)
        assert PointsLot.objects.get(pk=first.id).owed_minor == 40
        new_lot(wallet=alice.wallet.id, funder=komorebi.id, amount=100)
        others = crowd(10)
        assert points.activate_points(now=NOON) == 1 + len(others)
        assert purse()[0] == 60
        assert PointsLot.objects.get(pk=first.id).owed_minor == 0


class TestHands:
    def test_two_share_the_work_and_do_nothing_twice(self, crowd, monkeypatch):
        crowd(120)
        monkeypatch.setattr(pages, "PAGE", 7)
        done = together(*[partial(points.activate_points, now=NOON)] * 4)
        assert sum(done) == 120
        done = together(*[partial(points.expire_points, now=END)] * 4)
        assert sum(done) == 120
        assert check_points(now=END) == []

    def test_a_refund_meets_a_page(self, komorebi, alice, earn, take_back, monkeypatch):
        """Whoever comes first: the points are gone, and so is their worth."""
        monkeypatch.setattr(pages, "PAGE", 3)
        for _ in range(8):
            lots = [earn(5_000) for _ in range(4)]
            now = max(lot.available_from for lot in lots)
            refund = [partial(take_back, lot, now=now) for lot in lots]
            answers = together(partial(points.activate_points, now=now), *refund)
            assert not [answer for answer in answers if isinstance(answer, Exception)], answers
            points.activate_points(now=now)
        assert set(PointsLot.objects.values_list("remaining_minor", flat=True)) == {0}
        assert posted_balance(reserve(komorebi.id), "JPY").minor == 0

    def test_spending_meets_the_end(self, alice, has, hold_some):
        lots = [has(10) for _ in range(6)]
        end = max(lot.expires_at for lot in lots)
        spend = transaction(partial(points.hold_points, wallet_id=alice.wallet.id, now=NOON))
        hands = [partial(spend, payment_id=new_id("pay"), amount=pts(7)) for _ in range(4)]
        together(partial(points.expire_points, now=end), partial(points.expire_points, now=end), *hands)
        points.expire_points(now=end)
        held = sum(PointsLot.objects.values_list("held_minor", flat=True))
        assert sum(PointsLot.objects.values_list("expired_minor", flat=True)) == 60 - held
        assert held % 7 == 0

    def test_who_may_begin_to_owe_waits_for_a_page(self, alice):
        """The lock that a page has to itself is shared by all who lock a wallet."""
        from points.locks import lock_wallets

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, 0)", [PAGES])
            (answer,) = together(partial(transaction(lock_wallets), [alice.wallet.id]))
            cursor.execute("SELECT pg_advisory_unlock(%s, 0)", [PAGES])
        assert "lock timeout" in str(answer)


class TestAnInterruption:
    def test_leaves_whole_pages_only(self, crowd, monkeypatch):
        crowd(20)
        monkeypatch.setattr(pages, "PAGE", 6)
        write, turns = pages.call_function, []

        def killed_in_the_third(name, document):
            if len(turns) == 2:
                raise SystemExit
            turns.append(write(name, document))
            return turns[-1]

        monkeypatch.setattr(pages, "call_function", killed_in_the_third)
        with pytest.raises(SystemExit):
            points.activate_points(now=NOON)
        assert PointsLot.objects.filter(status=LotStatus.LIVE).count() == 12
        assert check_points(now=NOON) == []
        monkeypatch.setattr(pages, "call_function", write)
        assert points.activate_points(now=NOON) == 8

    def test_after_the_statement_takes_the_whole_page_with_it(self, crowd, monkeypatch):
        crowd(5)
        write = pages.call_function

        def killed_before_the_commit(name, document):
            write(name, document)
            raise SystemExit

        monkeypatch.setattr(pages, "call_function", killed_before_the_commit)
        with pytest.raises(SystemExit):
            points.activate_points(now=NOON)
        assert not PointsLot.objects.filter(status=LotStatus.LIVE).exists()
        assert check_points(now=NOON) == []

    def test_one_bad_lot_stops_no_other_one(self, crowd, monkeypatch, caplog):
        crowd(4)

        def refuses(*_facts):
            raise FunctionRefused("not_covered", {})

        monkeypatch.setattr(pages, "call_function", refuses)
        assert points.activate_points(now=NOON) == 4
        assert points.expire_points(now=END) == 4
        assert "could not be written" in caplog.text
