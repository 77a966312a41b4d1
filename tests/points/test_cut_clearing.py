"""The monthly statement of points between shops. It is counted from the lots, and the books must say the same."""

import threading
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.db import DatabaseError, IntegrityError, connection

from common.actors import SYSTEM
from common.db import transaction
from common.ids import new_id
from common.money import pts
from events.models import Event
from ledger.states import OPERATOR
from points import pages, tasks
from points import services as points
from points.clearing import EFFECTS, MIRRORS, WITH_OTHERS, ClearingKind, month_span
from points.clearing_queries import clearing_of_merchant, clearing_snapshot, clearings_of_merchant
from points.errors import ClearingNotFound, MonthNotOver
from points.lots import activate_lot, add_lot
from points.models import PointsClearing, PointsClearingLine
from points.open_months import MONTHS, number_of
from points.services.check_clearings import check_clearings
from points.states import Source
from tests.cast import NOON
from tests.conftest import together
from tests.points.conftest import WINDOW, give_back

pytestmark = pytest.mark.django_db(transaction=True)
K = ClearingKind
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
MIDNIGHT = datetime(2026, 11, 30, 15, tzinfo=UTC)
"""With which December begins in Tokyo."""
CUT_AT = MIDNIGHT + timedelta(hours=1)
cut = partial(points.cut_clearing, month=NOVEMBER, now=CUT_AT)


@pytest.fixture(autouse=True)
def statements_agree(books_agree):
    yield
    assert check_clearings(now=NOON) == []
    for kind, mirror in MIRRORS.items():
        sums = [
            sorted(PointsClearingLine.objects.filter(kind=one).values_list("clearing__month", "amount_minor"))
            for one in (kind, mirror)
        ]
        assert sums[0] == sums[1]


@pytest.fixture
def says():
    """A party's statement: its lines as {kind or (kind, whom): amount}, and its net position."""

    def says(shop, *, month=NOVEMBER):
        named = {"merchant_id": shop.id} if shop else {"merchant_id__isnull": True}
        clearing = PointsClearing.objects.get(month=month, **named)
        lines = {}
        for line in clearing.lines.all():
            kind, other = K(line.kind), line.counterparty_id or OPERATOR
            lines[(kind, other) if kind in WITH_OTHERS else kind] = line.amount_minor
        return lines, clearing.net_minor

    return says


@transaction
def granted_by_the_commerce(wallet_id, amount):
    lot = add_lot(
        wallet_id=wallet_id,
        source=Source.ADJUSTMENT,
        source_ref=new_id("lot"),
        rule_ref="",
        funder=OPERATOR,
        amount=pts(amount),
        available_from=NOON,
        expires_at=NOON + timedelta(days=300),
        now=NOON,
    )
    activate_lot(lot, now=NOON)
    return lot


class TestCutClearing:
    def test_states_what_was_spent_elsewhere_and_here(self, has, pay, komorebi, fly_by_night, says):
        has(300)
        pay(100, at=fly_by_night)
        pay(50, at=komorebi)
        assert len(cut()) == 2
        mine, net = says(komorebi)
        assert mine[K.SPENT_ELSEWHERE, fly_by_night.id] == 100
        assert (mine[K.SPENT_AT_HOME], net) == (50, -100)
        assert says(fly_by_night) == ({(K.SPENT_HERE, komorebi.id): 100}, 100)

    def test_nets_what_goes_both_ways(self, has, pay, komorebi, fly_by_night, says):
        has(300)
        pay(300, at=fly_by_night)
        has(500, at=fly_by_night)
        pay(500, at=komorebi)
        cut()
        assert (says(komorebi)[1], says(fly_by_night)[1]) == (200, -200)

    def test_states_what_a_refund_gave_back(self, has, pay, fly_by_night, komorebi, says):
        has(300)
        payment = pay(100, at=fly_by_night)
        give_back(payment_id=payment, refund_id=new_id("ref"), now=NOON)
        cut()
        assert says(komorebi)[0][K.RETURNED_ELSEWHERE, fly_by_night.id] == 100
        assert says(fly_by_night) == ({(K.SPENT_HERE, komorebi.id): 100, (K.RETURNED_HERE, komorebi.id): 100}, 0)

    def test_states_points_that_made_up_for_others(self, has, pay, take_back, komorebi, fly_by_night, says):
        """Komorebi's purchase is refunded when its points were spent: Fly-by-Night's leave in their place."""
        first = has(100)
        pay(100, at=fly_by_night)
        has(80, at=fly_by_night)
        take_back(first)
        cut()
        assert says(komorebi)[0][K.BORROWED, fly_by_night.id] == 80
        assert says(fly_by_night)[0][K.LENT, komorebi.id] == 80

    def test_states_that_a_loan_was_repaid(self, has, pay, take_back, komorebi, fly_by_night, says):
        first = has(100)
        payment = pay(100, at=komorebi)
        has(80, at=fly_by_night)
        take_back(first)
        give_back(payment_id=payment, refund_id=new_id("ref"), now=NOON)
        cut()
        assert says(fly_by_night)[0][K.REPAID_TO, komorebi.id] == 80
        assert says(komorebi)[0][K.REPAID_BY, fly_by_night.id] == 80
        assert (says(komorebi)[1], says(fly_by_night)[1]) == (0, 0)

    def test_counts_the_commerce_as_a_party(self, alice, pay, komorebi, says):
        granted_by_the_commerce(alice.wallet.id, 70)
        pay(70, at=komorebi)
        cut()
        assert says(komorebi) == ({(K.SPENT_HERE, OPERATOR): 70}, 70)
        assert says(None) == ({K.ISSUED: 70, K.SET_ASIDE: 70, (K.SPENT_ELSEWHERE, komorebi.id): 70}, -70)

    def test_states_what_is_set_aside_from_month_to_month(self, has, earn, take_back, pay, komorebi, says):
        lot = has(300)
        take_back(earn(1_000))
        pay(50, at=komorebi)
        cut()
        mine, _net = says(komorebi)
        assert (mine[K.ISSUED], mine[K.SET_ASIDE]) == (310, 300)
        assert K.TAKEN_BACK not in mine  # pending points have no worth yet
        november = PointsClearing.objects.get()
        assert (november.opening_minor, november.closing_minor) == (0, 250)
        points.expire_points(now=lot.expires_at)
        points.cut_missed_clearings(now=lot.expires_at + timedelta(days=40))
        last = PointsClearing.objects.order_by("-month").first()
        assert (last.opening_minor, last.closing_minor) == (250, 0)
        assert says(komorebi, month=last.month)[0] == {K.EXPIRED: 250}

    def test_counts_points_taken_back_that_were_set_aside(self, has, take_back, komorebi, says):
        take_back(has(100))
        cut()
        assert says(komorebi)[0] == {K.ISSUED: 100, K.SET_ASIDE: 100, K.TAKEN_BACK: 100}

    def test_belongs_to_months_of_tokyo(self, has, pay, fly_by_night, komorebi, says):
        has(300)
        pay(100, at=fly_by_night, now=MIDNIGHT - timedelta(microseconds=1))
        pay(20, at=fly_by_night, now=MIDNIGHT)
        assert month_span(NOVEMBER)[1] == MIDNIGHT
        points.cut_missed_clearings(now=CUT_AT + timedelta(days=40))
        assert says(fly_by_night)[1] == 100
        assert says(fly_by_night, month=DECEMBER)[1] == 20

    def test_refuses_a_month_that_is_not_over(self):
        with pytest.raises(MonthNotOver):
            cut(now=CUT_AT - timedelta(microseconds=1))


class TestAgain:
    def test_changes_nothing(self, has, pay, fly_by_night):
        has(300)
        pay(100, at=fly_by_night)
        assert [len(cut()) for _ in range(3)] == [2, 0, 0]
        assert Event.objects.filter(type="points_clearing.cut").count() == 2

    def test_by_hands_at_once_is_once(self, has, pay, fly_by_night):
        has(300)
        pay(100, at=fly_by_night)
        answers = together(*[cut] * 4)
        assert sorted(len(answer) for answer in answers) == [0, 0, 0, 2]
        assert PointsClearing.objects.count() == 2

    def test_what_was_cut_is_never_changed(self, has):
        has(300)
        cut()
        for table in ("points_pointsclearing", "points_pointsclearingline"):
            for change in ("UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"):
                with connection.cursor() as cursor, pytest.raises(DatabaseError, match="only added to"):
                    cursor.execute(change.format(table))

    def test_nothing_of_a_month_that_was_cut_is_kept_when_it_is_killed(self, has, pay, fly_by_night, monkeypatch):
        has(300)
        pay(100, at=fly_by_night)

        def killed(*_args, **_facts):
            raise SystemExit

        monkeypatch.setattr("events.services.record_event", killed)
        with pytest.raises(SystemExit):
            cut()
        assert not PointsClearing.objects.exists()


class TestATimersRun:
    """It keeps one instant, and has many pages; the month of that instant may end and be cut meanwhile."""

    BEFORE_MIDNIGHT = MIDNIGHT - timedelta(seconds=1)

    @pytest.mark.parametrize("lot_by_lot", [False, True])
    def test_that_comes_after_the_cut_leaves_the_rest_to_the_next(
        self, has, earn, komorebi, says, monkeypatch, lot_by_lot
    ):
        has(300)
        earn(1_000, when=NOON - WINDOW)
        cut()
        if lot_by_lot:
            monkeypatch.setattr(pages, "_write_page", raises(DatabaseError))
        assert points.activate_points(now=self.BEFORE_MIDNIGHT) == 0
        assert check_clearings(now=NOON) == []
        assert points.activate_points(now=CUT_AT) == 1
        points.cut_missed_clearings(now=CUT_AT + timedelta(days=40))
        assert says(komorebi, month=DECEMBER)[0] == {K.SET_ASIDE: 10}

    def test_is_waited_for_while_it_writes_a_page(self, has, earn, komorebi, says, monkeypatch):
        has(300)
        earn(1_000, when=NOON - WINDOW)
        write, written = pages.call_function, threading.Event()

        def slowly(*asked):
            answer = write(*asked)
            written.set()
            connection.cursor().execute("SELECT pg_sleep(0.3)")
            return answer

        def then_cut():
            written.wait(timeout=5)
            return cut()

        monkeypatch.setattr(pages, "call_function", slowly)
        activated, statements = together(partial(points.activate_points, now=self.BEFORE_MIDNIGHT), then_cut)
        assert (activated, len(statements)) == (1, 1)
        assert says(komorebi)[0] == {K.ISSUED: 310, K.SET_ASIDE: 310}

    def test_writes_nothing_while_the_month_is_being_cut(self, has, earn):
        has(300)
        earn(1_000, when=NOON - WINDOW)
        name = [MONTHS, number_of(NOVEMBER)]
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", name)
            answers = together(partial(points.activate_points, now=self.BEFORE_MIDNIGHT))
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", name)
        assert answers == [0]
        assert points.activate_points(now=self.BEFORE_MIDNIGHT) == 1

    @pytest.mark.parametrize(
        ("run", "month"),
        [
            (points.find_owners, NOVEMBER),
            (points.expire_gifts, DECEMBER),
            (points.expire_conversions, date(2027, 2, 1)),
        ],
    )
    def test_that_goes_from_one_to_the_next_stops_there_too(self, has, pay, alice, komorebi, run, month):
        has(300)
        points.send_gift(
            customer_id=alice.customer.id,
            to_email="bob@example.jp",
            amount=pts(100),
            message="",
            asked_as="form",
            by=alice.actor,
            now=NOON,
        )
        limits = {"most_each": pts(1_000), "most_per_month": pts(1_000)}
        points.allow_conversions(merchant_id=komorebi.id, reason="Its cards end", by=SYSTEM, now=NOON, **limits)
        points.convert_points(
            merchant_id=komorebi.id,
            source_id="card-1",
            email="alice@example.jp",
            amount=pts(70),
            by=komorebi.actor,
            now=NOON,
        )
        midnight = month_span(month)[1]
        pay(10, now=midnight - timedelta(seconds=2))
        points.cut_missed_clearings(now=midnight + timedelta(hours=1))
        assert run(now=midnight - timedelta(seconds=1)) == 0
        assert run(now=midnight + timedelta(hours=1)) == 1


def raises(error):
    def refuses(*_args, **_facts):
        raise error

    return refuses


class TestMissedMonths:
    def test_are_cut_in_their_order(self, has, pay, fly_by_night, monkeypatch):
        has(300)
        pay(10, at=fly_by_night)
        pay(20, at=fly_by_night, now=NOON + timedelta(days=31))
        monkeypatch.setattr("common.clock.now", lambda: CUT_AT + timedelta(days=70))
        tasks.clear(from_a_newer_caller="harmless")
        statements = PointsClearing.objects.filter(merchant_id=fly_by_night.id).order_by("id")
        assert [statement.month for statement in statements] == [NOVEMBER, DECEMBER]
        tasks.clear()
        assert PointsClearing.objects.count() == 4

    def test_are_none_before_there_were_points(self):
        assert points.cut_missed_clearings(now=NOON) == 0


class TestTelling:
    def test_each_merchant_hears_of_its_own(self, has, pay, fly_by_night, komorebi):
        has(300)
        pay(100, at=fly_by_night)
        cut()
        told = {event.owner_ref: event for event in Event.objects.filter(type="points_clearing.cut")}
        assert set(told) == {komorebi.id, fly_by_night.id}
        event = told[fly_by_night.id]
        assert event.data == clearing_snapshot(clearing_of_merchant(fly_by_night.id, event.subject))
        assert event.data["net_position"] == 100
        assert event.data["lines"] == [{"kind": "spent_here", "counterparty": komorebi.id, "amount": 100, "count": 1}]

    def test_nobody_sees_anothers(self, has, pay, fly_by_night, komorebi):
        has(300)
        pay(100, at=fly_by_night)
        cut()
        theirs = PointsClearing.objects.get(merchant_id=komorebi.id)
        with pytest.raises(ClearingNotFound):
            clearing_of_merchant(fly_by_night.id, theirs.id)
        rows, more = clearings_of_merchant(fly_by_night.id)
        assert ([row.merchant_id for row in rows], more) == ([fly_by_night.id], False)


class TestCheckClearings:
    """That it can find anything at all."""

    def test_finds_a_posting_that_no_statement_tells_of(self, has, komorebi, books_agree):
        from ledger import services as ledger
        from ledger.states import Reason
        from points.postings import funded_lines

        has(300)
        cut()
        assert check_clearings(now=NOON) == []
        wrong = partial(transaction(ledger.post_entry), reason=Reason.POINTS_FUNDED, now=NOON)
        entry = wrong(lines=funded_lines(funder=komorebi.id, amount=pts(5)), source_ref="nobody knows why")
        (found,) = check_clearings(now=NOON)
        assert found.text == "set_aside  is stated as 300, the books say 305"
        mirrored = [line.mirrored() for line in entry.lines]
        wrong(lines=mirrored, source_ref="put right", reason=Reason.POINTS_TAKEN_BACK)
        assert {one.check for one in check_clearings(now=NOON)} == {"points.clearing"}
        empty_clearings()

    def test_finds_lines_that_do_not_add_up(self, has, komorebi):
        has(300)
        PointsClearing.objects.create(
            month=NOVEMBER, merchant_id=komorebi.id, opening_minor=0, closing_minor=7, net_minor=3, cut_at=NOON
        )
        checks = {one.check for one in check_clearings(now=NOON)}
        assert checks == {"points.clearing", "points.clearing_net", "points.clearing_sum"}
        empty_clearings()

    def test_the_table_takes_one_statement_of_a_party_and_month(self, komorebi):
        facts = {"opening_minor": 0, "closing_minor": 0, "net_minor": 0, "cut_at": NOON}
        PointsClearing.objects.create(month=NOVEMBER, merchant_id=None, **facts)
        with pytest.raises(IntegrityError, match="points_clearing_once"):
            PointsClearing.objects.create(month=NOVEMBER, merchant_id=None, **facts)


def empty_clearings():
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM points_pointsclearingline")
        cursor.execute("DELETE FROM points_pointsclearing")
        cursor.execute("SET session_replication_role = origin")


def test_every_kind_has_its_effect_and_every_one_with_others_its_mirror():
    assert set(EFFECTS) == set(K)
    assert set(MIRRORS) | set(MIRRORS.values()) == WITH_OTHERS
    for kind, mirror in MIRRORS.items():
        assert EFFECTS[kind].net == -EFFECTS[mirror].net != 0
