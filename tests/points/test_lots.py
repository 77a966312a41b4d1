"""How lots begin, become live and move, whoever funds them."""

from datetime import timedelta
from functools import partial

import pytest

from common.db import transaction
from common.ids import new_id
from common.money import pts
from ledger import services as ledger
from ledger.queries import posted_balance
from ledger.states import OPERATOR, Reason
from points import lots as steps
from points import services as points
from points.debts import recover_owed
from points.errors import NotEnoughPoints
from points.models import PointsLot
from points.postings import funded_lines, issued, payable, reserve
from points.queries import history_of, points_of
from points.services import check_points
from points.states import Source
from tests.cast import NOON, person
from tests.conftest import together
from tests.points.conftest import give_back

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
add_lot, move_points, move_lots = (transaction(step) for step in (steps.add_lot, steps.move_points, steps.move_lots))


@pytest.fixture
def goodwill(alice):
    """The commerce gives Alice points of its own."""

    def goodwill(amount, *, ref="goodwill", who=alice, expires_at=NOON + 365 * DAY):
        facts = {"source": Source.ADJUSTMENT, "source_ref": ref, "rule_ref": "", "funder": OPERATOR}
        facts |= {"available_from": NOON, "expires_at": expires_at, "now": NOON}
        return add_lot(wallet_id=who.wallet.id, amount=pts(amount), **facts)

    return goodwill


@pytest.fixture
def gives(alice, bob):
    def gives(amount, *, giver=alice, receiver=bob, ref="gift", now=NOON):
        facts = {"amount": pts(amount), "source": Source.GIFT, "source_ref": ref, "now": now}
        return move_points(from_wallet=giver.wallet.id, to_wallet=receiver.wallet.id, **facts)

    return gives


def commerce():
    return (
        posted_balance(payable(OPERATOR), "JPY").minor,
        posted_balance(reserve(OPERATOR), "JPY").minor,
        posted_balance(issued(OPERATOR), "PTS").minor,
    )


class TestTheCommerce:
    def test_pays_for_its_own_points_when_they_become_live(self, goodwill, purse):
        lot = goodwill(100)
        assert (purse(), commerce(), lot.funder) == ((0, 0, 100), (0, 0, 100), OPERATOR)
        assert points.activate_points(now=NOON) == 1
        assert (purse(), commerce()) == ((100, 0, 0), (100, 100, 100))

    def test_pays_the_shop_where_they_are_spent_and_has_the_rest_back(self, goodwill, pay, worth, komorebi):
        lot = goodwill(100)
        points.activate_points(now=NOON)
        payment_id = pay(70)
        assert (commerce(), worth(komorebi)) == ((100, 30, 30 + 70), (70, 0, 0))
        give_back(payment_id=payment_id, refund_id=new_id("ref"), now=NOON)
        assert (commerce(), worth(komorebi)) == ((100, 100, 100), (0, 0, 0))
        points.expire_points(now=lot.expires_at)
        assert commerce() == (0, 0, 0)

    def test_gives_the_same_once(self, goodwill, purse):
        assert goodwill(100) == goodwill(100)
        assert purse() == (0, 0, 100)


class TestFundedEarly:
    def test_points_of_a_shop_that_leaves_cost_nothing_more_when_they_become_live(self, earn, worth, komorebi):
        lot = earn(10_000)
        _fund_early(lot)
        assert worth(komorebi) == (-100, 100, 100)
        assert check_points(now=NOON) == []
        points.activate_points(now=lot.available_from)
        assert worth(komorebi) == (-100, 100, 100)

    def test_its_money_falls_back_when_the_purchase_is_refunded(self, earn, take_back, worth, komorebi):
        lot = earn(10_000)
        _fund_early(lot)
        take_back(lot)
        assert worth(komorebi) == (0, 0, 0)


@transaction
def _fund_early(lot):
    PointsLot.objects.filter(pk=lot.pk).update(funded_at=NOON)
    ledger.post_entry(
        lines=funded_lines(funder=lot.funder, amount=lot.remaining),
        reason=Reason.POINTS_FUNDED,
        source_ref=lot.id,
        now=NOON,
    )


class TestMovePoints:
    def test_takes_the_oldest_expiry_first_and_keeps_funder_and_expiry(
        self, has, gives, purse, bob, worth, komorebi, fly_by_night
    ):
        later, sooner = has(50), has(30, at=fly_by_night, when=NOON - 30 * DAY)
        before = worth(komorebi), worth(fly_by_night)
        arrived = gives(40)
        assert [(lot.funder, lot.remaining_minor, lot.expires_at, lot.source) for lot in arrived] == [
            (sooner.funder, 30, sooner.expires_at, "gift"),
            (later.funder, 10, later.expires_at, "gift"),
        ]
        assert (purse(), purse(who=bob)) == ((40, 0, 0), (40, 0, 0))
        assert (worth(komorebi), worth(fly_by_night)) == before, "whoever has them, the same funder pays"

    def test_twice_is_once(self, has, gives, purse, bob):
        has(50)
        assert gives(40) == gives(40)
        assert (purse(), purse(who=bob)) == ((10, 0, 0), (40, 0, 0))

    def test_refuses_more_than_is_live(self, has, earn, gives, purse, bob):
        has(50)
        earn(10_000)
        with pytest.raises(NotEnoughPoints):
            gives(51)
        assert (purse(), purse(who=bob)) == ((50, 0, 100), (0, 0, 0))

    def test_all_that_is_left_in_some_lots_may_go_back(self, has, gives, pay, purse, alice, bob):
        has(50)
        arrived = gives(40)
        pay(15, who=bob)
        move_lots(arrived, to_wallet=alice.wallet.id, source=Source.GIFT, source_ref="back", now=NOON)
        assert (purse(), purse(who=bob)) == ((10 + 25, 0, 0), (0, 0, 0))

    def test_leaves_what_has_expired_where_it_is(self, has, gives, alice):
        has(50)
        arrived = gives(40)
        late = arrived[0].expires_at
        assert move_lots(arrived, to_wallet=alice.wallet.id, source=Source.GIFT, source_ref="back", now=late) == []

    def test_somebody_who_owes_pays_with_what_arrives(self, has, pay, take_back, gives, purse, alice, bob):
        lot = has(100)
        pay(100)
        take_back(lot)
        has(70, who=bob)
        gives(70, giver=bob, receiver=alice)
        assert (purse(), points_of(alice.wallet.id, NOON).owed) == ((0, 0, 0), pts(30))

    def test_a_refund_reaches_for_what_was_given_away(self, has, gives, take_back, purse, alice, bob):
        lot = has(100)
        gives(100)
        take_back(lot)
        assert (purse(who=bob), points_of(alice.wallet.id, NOON).owed) == ((100, 0, 0), pts(100))

    def test_both_histories_tell(self, has, gives, alice, bob):
        has(50)
        gives(40)
        newest = history_of(alice.wallet.id)[0]
        assert (newest.change, newest.amount.minor) == ("given", -40)
        assert [(line.change, line.amount.minor) for line in history_of(bob.wallet.id)] == [("earned", 40)]

    @pytest.mark.django_db(transaction=True)
    def test_two_who_give_to_each_other_at_once_wait_for_each_other(self, has, gives, purse, alice, bob):
        has(60), has(60, who=bob)
        to_bob, to_alice = partial(gives, 50, ref="there"), partial(gives, 50, giver=bob, receiver=alice, ref="here")
        answers = together(to_bob, to_alice, to_bob, to_alice)
        assert [sum(lot.earned_minor for lot in answer) for answer in answers] == [50] * 4
        assert (purse(), purse(who=bob)) == ((60, 0, 0), (60, 0, 0))


class TestRecoverOwed:
    def test_pays_the_oldest_debt_first(self, has, pay, take_back):
        first, second = has(30), has(50)
        pay(80)
        take_back(second)
        take_back(first)
        has(40)
        for lot, owed in ((first, 0), (second, 40)):
            lot.refresh_from_db()
            assert lot.owed_minor == owed

    def test_changes_nothing_where_nothing_is_owed(self, has, purse, alice):
        has(30)
        transaction(recover_owed)(alice.wallet.id, source_ref="nothing", now=NOON)
        assert purse() == (30, 0, 0)

    @pytest.mark.django_db(transaction=True)
    def test_points_that_become_live_while_others_are_taken_back_are_never_beside_a_debt(
        self, has, earn, pay, komorebi, purse
    ):
        """One finds nothing live to take, the other nothing owed to pay, if they do not wait for each other."""
        for name in ("Chiyo", "Daichi", "Emi", "Fumio"):
            who = person(name)
            lot = has(100, who=who)
            pay(100, who=who)
            waiting = earn(4_000, who=who, when=NOON - 14 * DAY)
            take = partial(
                points.take_back_points,
                capture_id=lot.source_ref,
                refund_id=new_id("ref"),
                payment_id=lot.payment_id,
                wallet_id=who.wallet.id,
                merchant_id=komorebi.id,
                now=NOON,
            )
            together(take, partial(points.activate_points, now=waiting.available_from))
            assert (purse(who=who), points_of(who.wallet.id, NOON).owed) == ((0, 0, 0), pts(60))
            assert check_points(now=NOON) == []
