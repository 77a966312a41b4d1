"""After a refund: what the purchase earned leaves again, wherever it is by then."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError
from django.db import transaction as django_transaction

from common.actors import SYSTEM
from common.db import transaction
from common.ids import new_id
from common.money import pts, yen
from ledger import services as ledger
from ledger.states import OPERATOR, Reason
from ledger.types import Line
from points import services as points
from points.lots import activate_lot, add_lot
from points.models import PointsLot
from points.postings import REDEEMED, issued, live, payable, pending, reserve
from points.queries import history_of, points_of
from points.states import Source
from points.types import Stretch
from tests.cast import NOON
from tests.conftest import together
from tests.points.conftest import give_back, hold, release

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


class TestTakeBackPoints:
    def test_takes_pending_points(self, earn, take_back, purse, books, worth, komorebi):
        take_back(earn(10_000))
        assert (purse(), books(), worth(komorebi)) == ((0, 0, 0), (0, 0, 0), (0, 0, 0))

    def test_never_lets_them_become_live_afterwards(self, earn, take_back, purse):
        lot = earn(10_000)
        take_back(lot)
        assert points.activate_points(now=lot.available_from) == 0
        assert purse() == (0, 0, 0)

    def test_takes_live_points_and_returns_their_worth_to_the_shop(self, has, take_back, purse, worth, komorebi):
        take_back(has(100))
        assert (purse(), worth(komorebi)) == ((0, 0, 0), (0, 0, 0))

    def test_twice_is_once(self, has, take_back, purse):
        has(30)
        lot = has(100)
        take_back(lot)
        take_back(lot)
        assert purse() == (30, 0, 0)

    def test_takes_others_for_what_was_spent(self, has, pay, take_back, purse, fly_by_night):
        first = has(100)
        pay(80, at=fly_by_night)
        other = has(90, at=fly_by_night)
        take_back(first)
        assert purse() == (10, 0, 0), "20 were left of its own, 80 come from the other lot"
        other.refresh_from_db()
        assert (other.lent_minor, other.remaining_minor, first.written_off_minor) == (80, 10, 0)

    def test_makes_up_to_the_refunded_shop(self, has, pay, take_back, worth, komorebi, fly_by_night):
        first = has(100)
        pay(100, at=fly_by_night)
        has(200, at=fly_by_night)
        assert worth(komorebi) == (-100, 0, 100)
        take_back(first)
        assert worth(komorebi) == (0, 0, 100), "its reserve was spent; the other shop's reserve pays it back"
        assert worth(fly_by_night) == (100 - 200, 100, 100)

    def test_lets_the_wallet_owe_what_is_nowhere(self, has, pay, take_back, purse, alice, worth, komorebi):
        lot = has(100)
        pay(100)
        take_back(lot)
        assert (purse(), points_of(alice.wallet.id, NOON).owed) == ((0, 0, 0), pts(100))
        assert (lot.status, lot.owed_minor, lot.written_off_minor) == ("taken_back", 100, 0)
        assert worth(komorebi)[1:] == (0, 100)

    def test_writes_off_what_is_above_the_limit_and_the_funder_bears_it(self, has, pay, take_back, alice):
        points.change_program(by=SYSTEM, effective_from=NOON, now=NOON, most_owed_minor=70)
        first, second = has(50), has(100)
        pay(150)
        take_back(first)
        take_back(second)
        assert [(lot.owed_minor, lot.written_off_minor) for lot in (first, second)] == [(50, 0), (20, 80)]
        assert points_of(alice.wallet.id, NOON).owed == pts(70)

    def test_the_next_points_make_up_for_what_is_owed(
        self, has, pay, take_back, purse, alice, worth, komorebi, fly_by_night
    ):
        lot = has(100)
        pay(100, at=fly_by_night)
        take_back(lot)
        other = has(130, at=fly_by_night)
        assert (purse(), points_of(alice.wallet.id, NOON).owed) == ((30, 0, 0), pts(0))
        assert (other.remaining_minor, other.lent_minor) == (30, 100)
        assert worth(komorebi) == (0, 0, 100), "the other shop's reserve makes up for what was spent"
        assert worth(fly_by_night) == (100 - 130, 30, 30)

    def test_refunding_everything_leaves_each_lot_as_it_was(
        self, has, pay, take_back, purse, worth, komorebi, fly_by_night
    ):
        other = has(90, at=fly_by_night)
        before = worth(komorebi), worth(fly_by_night)
        lot = has(100, when=NOON - 40 * DAY)
        payment_id = pay(100)
        take_back(lot)
        assert purse() == (0, 0, 0)
        give_back(payment_id=payment_id, refund_id=new_id("ref"), now=NOON)
        expiry = other.expires_at
        other.refresh_from_db()
        assert (other.remaining_minor, other.lent_minor, other.expires_at) == (90, 0, expiry)
        assert (purse(), (worth(komorebi), worth(fly_by_night))) == ((90, 0, 0), before)

    def test_takes_nothing_that_is_held(self, has, alice, take_back, purse):
        lot = has(100)
        payment_id = new_id("pay")
        hold(wallet_id=alice.wallet.id, payment_id=payment_id, amount=pts(100), now=NOON)
        take_back(lot)
        assert purse() == (0, 100, 0)
        release(payment_id=payment_id, now=NOON)
        assert purse() == (0, 0, 0), "what comes back settles what is owed"

    def test_refunding_both_purchases_gains_nothing(self, has, pay, take_back, purse, worth, komorebi, fly_by_night):
        lot = has(100)
        payment_id = pay(100, at=fly_by_night)
        take_back(lot)
        give_back(payment_id=payment_id, refund_id=new_id("ref"), now=NOON)
        assert purse() == (0, 0, 0)
        assert worth(komorebi) == worth(fly_by_night) == (0, 0, 0)

    def test_refunding_in_the_other_order_gains_nothing_either(self, has, pay, take_back, purse, worth, komorebi):
        lot = has(100)
        payment_id = pay(100)
        give_back(payment_id=payment_id, refund_id=new_id("ref"), now=NOON)
        take_back(lot)
        assert (purse(), worth(komorebi)) == ((0, 0, 0), (0, 0, 0))

    def test_a_lender_that_is_refunded_too_owes_what_it_lent(self, has, pay, take_back, purse):
        first = has(100)
        pay(100)
        lender = has(100)
        has(100)
        take_back(first)
        assert purse() == (100, 0, 0)
        take_back(lender)
        assert purse() == (0, 0, 0), "300 earned, 100 spent, 200 taken back"

    def test_does_not_ask_for_what_expired(self, has, take_back, purse):
        lot = has(100)
        points.expire_points(now=lot.expires_at)
        newer = has(50, when=lot.expires_at)
        take_back(lot, now=lot.expires_at)
        assert purse(now=newer.available_from) == (50, 0, 0)
        assert lot.written_off_minor == 0

    def test_of_a_part_borrows_nothing_that_is_pending_yet(self, earn, pay, take_back, alice, purse):
        """Lots of one capture become live one after the other."""
        lot = earn(10_000, when=NOON - 14 * DAY)
        later = transaction(add_lot)(
            wallet_id=alice.wallet.id,
            source=Source.TIER,
            source_ref=lot.source_ref,
            rule_ref="tier:gold",
            funder=OPERATOR,
            amount=pts(50),
            payment_id=lot.payment_id,
            available_from=lot.available_from,
            expires_at=lot.expires_at,
            now=NOON - 14 * DAY,
        )
        transaction(activate_lot)(lot, now=NOON)
        pay(100)
        points.take_back_points(
            capture_id=lot.source_ref,
            refund_id=new_id("ref"),
            payment_id=lot.payment_id,
            wallet_id=alice.wallet.id,
            merchant_id=lot.merchant_id,
            stretch=Stretch(0, 1, 2),
            now=NOON,
        )
        lot.refresh_from_db()
        assert (lot.owed_minor, purse()) == (50, (0, 0, 25))
        transaction(activate_lot)(later, now=NOON)
        lot.refresh_from_db()
        assert (lot.owed_minor, purse()) == (25, (0, 0, 0)), "the next live points make up for it"

    def test_shows_in_the_history(self, has, take_back, alice):
        take_back(has(100))
        assert history_of(alice.wallet.id)[0].amount == pts(-100)

    @pytest.mark.django_db(transaction=True)
    def test_heard_by_two_hands_at_once_happens_once(self, has, alice, komorebi, purse):
        has(30)
        lot = has(100)
        hand = partial(
            points.take_back_points,
            capture_id=lot.source_ref,
            refund_id=new_id("ref"),
            payment_id=lot.payment_id,
            wallet_id=alice.wallet.id,
            merchant_id=komorebi.id,
            now=NOON,
        )
        assert together(hand, hand) == [None, None]
        assert purse() == (30, 0, 0)

    @pytest.mark.django_db(transaction=True)
    def test_against_spending_at_once_never_gains(self, has, alice, komorebi, purse):
        lot = has(100)
        spend = partial(hold, wallet_id=alice.wallet.id, payment_id=new_id("pay"), amount=pts(60), now=NOON)
        take = partial(
            points.take_back_points,
            capture_id=lot.source_ref,
            refund_id=new_id("ref"),
            payment_id=lot.payment_id,
            wallet_id=alice.wallet.id,
            merchant_id=komorebi.id,
            now=NOON,
        )
        together(spend, take)
        live, held, _pending = purse()
        assert (live, held) in {(0, 60), (0, 0)}


class TestEvents:
    def test_earn_and_take_back_by_what_is_told(self, tell, hear_all, purse):
        payment, capture = new_id("pay"), new_id("cap")
        tell("payment.captured", payment=payment, capture=capture, base=9_900, points_minor=100)
        hear_all()
        assert purse() == (0, 0, 99)
        tell("payment.refunded", payment=payment, capture=capture, refund=new_id("ref"))
        hear_all()
        assert purse() == (0, 0, 0)

    def test_told_twice_earn_once(self, tell, hear_all, purse):
        payment, capture = new_id("pay"), new_id("cap")
        for _ in range(2):
            tell("payment.captured", payment=payment, capture=capture, base=9_900)
        hear_all()
        assert purse() == (0, 0, 99)

    @pytest.mark.parametrize("kind", ["payment.refunded", "payment.capture_refused"])
    def test_in_the_wrong_order_earn_nothing(self, tell, hear_all, purse, kind):
        payment, capture = new_id("pay"), new_id("cap")
        tell(kind, payment=payment, capture=capture, refund=new_id("ref"))
        hear_all()
        tell("payment.captured", payment=payment, capture=capture, base=9_900)
        hear_all()
        assert purse() == (0, 0, 0)
        assert not PointsLot.objects.exists()

    def test_heard_late_count_from_the_capture(self, tell, hear_all, alice):
        tell("payment.captured", payment=new_id("pay"), capture=new_id("cap"), base=9_900, at=NOON)
        late = NOON.replace(day=30)
        hear_all(now=late)
        assert PointsLot.objects.get().available_from == NOON.replace(month=12, day=6)


@pytest.fixture
def post_lines():
    """Somebody writes into the books past this room."""
    return lambda line, ref: transaction(ledger.post_entry)(
        lines=[line], reason=Reason.POINTS_EARNED, source_ref=ref, now=NOON
    )


class TestCheckPoints:
    """A planted fault is found; otherwise the checks would prove nothing."""

    @pytest.mark.parametrize(
        ("fault", "check"),
        [
            ({"remaining_minor": 99, "earned_minor": 99}, "points.live"),
            ({"remaining_minor": 90, "held_minor": 10}, "points.held"),
            ({"remaining_minor": 90, "redeemed_minor": 10}, "points.uses"),
        ],
    )
    def test_finds_a_changed_lot(self, has, fault, check):
        lot = has(100)
        PointsLot.objects.filter(pk=lot.pk).update(**fault)
        assert check in {finding.check for finding in points.check_points(now=NOON)}
        PointsLot.objects.filter(pk=lot.pk).update(
            remaining_minor=100, earned_minor=100, held_minor=0, redeemed_minor=0
        )

    def test_finds_a_pending_lot_and_a_reserve_that_are_not_in_the_books(self, earn, has, komorebi, fly_by_night):
        waiting, lot = earn(1_000), has(100)
        PointsLot.objects.filter(pk=waiting.pk).update(remaining_minor=9, earned_minor=9)
        PointsLot.objects.filter(pk=lot.pk).update(merchant_id=fly_by_night.id)
        found = {finding.check for finding in points.check_points(now=NOON)}
        assert found == {"points.pending", "points.issued", "points.reserve"}
        PointsLot.objects.filter(pk=waiting.pk).update(remaining_minor=10, earned_minor=10)
        PointsLot.objects.filter(pk=lot.pk).update(merchant_id=komorebi.id)

    @pytest.mark.parametrize(
        ("debit", "credit", "check"),
        [
            (issued, live, "points.live"),
            (issued, pending, "points.pending"),
            (lambda _shop: REDEEMED, live, "points.redeemed"),
        ],
    )
    def test_finds_points_in_the_books_that_are_in_no_lot(self, alice, komorebi, post_lines, debit, credit, check):
        """Whose wallet has no lot at all: nobody would look there."""
        given = Line(debit=debit(komorebi.id), credit=credit(alice.wallet.id), amount=pts(7))
        post_lines(given, "minted")
        found = {finding.check for finding in points.check_points(now=NOON)}
        post_lines(given.mirrored(), "taken again")
        assert check in found
        assert points.check_points(now=NOON) == []

    def test_finds_points_that_a_shop_never_issued_and_a_reserve_without_lots(self, komorebi, fly_by_night, post_lines):
        wrong = Line(debit=payable(komorebi.id), credit=reserve(komorebi.id), amount=yen(7))
        post_lines(wrong, "set aside for nothing")
        found = {finding.check for finding in points.check_points(now=NOON)}
        post_lines(wrong.mirrored(), "back")
        assert found == {"points.reserve", "points.liability"}

    def test_the_table_refuses_points_from_nowhere(self, has):
        lot = has(100)
        with pytest.raises(IntegrityError, match="points_lot_loses_nothing"), django_transaction.atomic():  # noqa: TID251 (a savepoint around the database's no)
            PointsLot.objects.filter(pk=lot.pk).update(remaining_minor=101)
