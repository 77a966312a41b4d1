"""Paying with points: held at approval, redeemed when the issuer says yes, released when not."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from common.clock import TOKYO
from common.ids import new_id
from common.money import pts
from ledger.services import check_books
from points import services as points
from points.errors import NotEnoughPoints, NothingHeld, PointsRepeatDiffers
from points.queries import points_of
from tests.cast import NOON
from tests.conftest import together
from tests.points.conftest import give_back, hold, redeem, release

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def held(alice):
    def held(amount, *, payment_id=None, now=NOON):
        payment_id = payment_id or new_id("pay")
        hold(wallet_id=alice.wallet.id, payment_id=payment_id, amount=pts(amount), now=now)
        return payment_id

    return held


class TestHoldPoints:
    def test_sets_points_aside(self, has, held, purse, books):
        has(100)
        held(70)
        assert (purse(), books()) == ((30, 70, 0), (100, 30, 0))

    def test_takes_the_oldest_expiry_first(self, has, held):
        later = has(50)
        sooner = has(30, when=NOON - 30 * DAY)
        held(40)
        for lot, left in ((sooner, 0), (later, 40)):
            lot.refresh_from_db()
            assert lot.remaining_minor == left

    def test_refuses_more_than_is_live(self, has, earn, held, purse):
        has(100)
        earn(1_000_000)  # pending points cannot be spent
        with pytest.raises(NotEnoughPoints) as no:
            held(101)
        assert no.value.facts == {"available": "100", "asked": "101"}
        assert purse() == (100, 0, 10_000)

    def test_refuses_anybody_elses_points(self, has, bob):
        has(100)
        with pytest.raises(NotEnoughPoints):
            hold(wallet_id=bob.wallet.id, payment_id=new_id("pay"), amount=pts(1), now=NOON)

    def test_twice_is_once(self, has, held, purse):
        has(100)
        payment_id = held(70)
        held(70, payment_id=payment_id)
        assert purse() == (30, 70, 0)
        with pytest.raises(PointsRepeatDiffers):
            held(20, payment_id=payment_id)

    def test_may_hold_again_after_a_declined_card(self, has, held, purse):
        has(100)
        payment_id = held(70)
        release(payment_id=payment_id, now=NOON)
        held(40, payment_id=payment_id)
        assert purse() == (60, 40, 0)

    @pytest.mark.django_db(transaction=True)
    def test_two_hands_at_once_never_hold_the_same_points(self, has, alice, purse):
        for _ in range(3):
            has(50)
        hands = [
            partial(hold, wallet_id=alice.wallet.id, payment_id=new_id("pay"), amount=pts(100), now=NOON)
            for _ in range(4)
        ]
        answers = together(*hands)
        assert answers.count(None) == 1
        assert sum(isinstance(answer, NotEnoughPoints) for answer in answers) == 3
        assert purse() == (50, 100, 0)

    @pytest.mark.django_db(transaction=True)
    def test_the_same_payment_by_two_hands_holds_once(self, has, alice, purse):
        has(100)
        payment_id = new_id("pay")
        hand = partial(hold, wallet_id=alice.wallet.id, payment_id=payment_id, amount=pts(40), now=NOON)
        assert together(hand, hand) == [None, None]
        assert purse() == (60, 40, 0)

    @pytest.mark.django_db(transaction=True)
    def test_many_hands_at_once_never_spend_more_than_there_is(self, has, alice, komorebi, fly_by_night, purse, worth):
        for amount in (70, 50, 30):
            has(amount)

        def spend(amount, shop):
            payment_id = new_id("pay")
            hold(wallet_id=alice.wallet.id, payment_id=payment_id, amount=pts(amount), now=NOON)
            redeem(payment_id=payment_id, at_merchant_id=shop.id, now=NOON)
            return amount

        hands = [partial(spend, 40, shop) for shop in (komorebi, fly_by_night) * 4]
        answers = together(*hands)
        assert sorted(answers, key=str)[:3] == [40, 40, 40], "three times forty are in a hundred and fifty"
        assert sum(isinstance(answer, NotEnoughPoints) for answer in answers) == 5
        assert purse() == (30, 0, 0)
        assert worth(komorebi)[0] + worth(fly_by_night)[0] == -30
        assert check_books(now=NOON) == []


class TestRedeemPoints:
    def test_each_funding_shop_pays_the_shop_where_they_are_spent(self, has, pay, worth, purse, komorebi, fly_by_night):
        has(30)
        has(50, at=fly_by_night)
        pay(60)
        assert purse() == (20, 0, 0)
        assert worth(fly_by_night) == (-50, 20, 50)
        assert worth(komorebi) == (-30 + 60, 0, 30)

    def test_twice_is_once(self, has, pay, worth, komorebi):
        has(30)
        payment_id = pay(30)
        redeem(payment_id=payment_id, at_merchant_id=komorebi.id, now=NOON)
        assert worth(komorebi) == (0, 0, 30)

    def test_is_harmless_without_points(self, komorebi):
        redeem(payment_id=new_id("pay"), at_merchant_id=komorebi.id, now=NOON)

    def test_refuses_released_points(self, has, held, komorebi, purse):
        has(30)
        payment_id = held(30)
        release(payment_id=payment_id, now=NOON)
        with pytest.raises(NothingHeld):
            redeem(payment_id=payment_id, at_merchant_id=komorebi.id, now=NOON)
        assert purse() == (30, 0, 0)

    def test_cannot_be_followed_by_another_hold(self, has, held, pay):
        has(30)
        payment_id = pay(10)
        with pytest.raises(NothingHeld):
            held(10, payment_id=payment_id)

    @pytest.mark.django_db(transaction=True)
    def test_redeem_and_release_at_once_do_one_of_the_two(self, has, held, komorebi, purse):
        has(100)
        payment_id = held(100)
        answers = together(
            partial(redeem, payment_id=payment_id, at_merchant_id=komorebi.id, now=NOON),
            partial(release, payment_id=payment_id, now=NOON),
        )
        assert (purse(), [type(answer) for answer in answers]) in (
            ((0, 0, 0), [type(None), type(None)]),
            ((100, 0, 0), [NothingHeld, type(None)]),
        )


class TestReleasePoints:
    def test_gives_all_back_as_it_was(self, has, held, purse, books):
        lots = [has(30), has(50, when=NOON - 30 * DAY)]
        before = [(lot.remaining_minor, lot.expires_at) for lot in lots]
        payment_id = held(60)
        for _ in range(2):
            release(payment_id=payment_id, now=NOON)
        for lot in lots:
            lot.refresh_from_db()
        assert [(lot.remaining_minor, lot.expires_at) for lot in lots] == before
        assert (purse(), books()) == ((80, 0, 0), (80, 80, 0))

    def test_leaves_redeemed_points_alone(self, has, pay, purse):
        has(30)
        release(payment_id=pay(30), now=NOON)
        assert purse() == (0, 0, 0)

    @pytest.mark.parametrize("refund_first", [True, False])
    def test_gives_no_grace_where_a_refund_gives_others_of_the_lot_some(
        self, has, held, pay, purse, worth, komorebi, refund_first
    ):
        lot = has(100)
        paid, waiting = pay(30), held(60)
        late = lot.expires_at + DAY
        points.expire_points(now=lot.expires_at)
        verbs = [
            partial(give_back, payment_id=paid, refund_id=new_id("ref"), now=late),
            partial(release, payment_id=waiting, now=late),
        ]
        for verb in verbs if refund_first else verbs[::-1]:
            verb()
        assert purse(now=late) == (30, 0, 0), "what was held is gone, what was paid with has its days of grace"
        lot.refresh_from_db()
        assert (lot.status, lot.remaining_minor, lot.expired_minor) == ("live", 30, 70)
        assert lot.expires_at == late + 31 * DAY
        assert worth(komorebi) == (-30, 30, 30)
        assert points.expire_points(now=late) == 0

    def test_ends_points_of_a_lot_whose_other_points_are_held_again_in_their_grace(self, has, held, pay, purse):
        lot = has(100)
        paid, waiting = pay(40), held(60)
        late = lot.expires_at + DAY
        give_back(payment_id=paid, refund_id=new_id("ref"), now=late)
        again = held(40, now=late)
        release(payment_id=waiting, now=late)
        assert purse(now=late) == (0, 40, 0)
        release(payment_id=again, now=late)
        assert purse(now=late) == (40, 0, 0), "these were held in their days of grace"

    def test_pays_what_its_lot_owes_before_anything_ends(self, has, held, take_back, purse, worth, komorebi):
        """Its purchase was refunded while the points were held: another lot stands in for it until they come back."""
        other = has(50, when=NOON + 40 * DAY)
        lot = has(30)
        waiting = held(30)
        take_back(lot, now=NOON + 60 * DAY)
        late = lot.expires_at
        assert purse(now=late - DAY) == (20, 30, 0)
        release(payment_id=waiting, now=late)
        assert purse(now=late) == (50, 0, 0)
        lot.refresh_from_db()
        other.refresh_from_db()
        assert (lot.taken_minor, lot.expired_minor, other.remaining_minor) == (30, 0, 50)


class TestGiveBackPoints:
    def test_restores_everybody_exactly(self, has, pay, purse, books, worth, komorebi, fly_by_night):
        lots = [has(30), has(50, at=fly_by_night)]
        before = purse(), books(), worth(komorebi), worth(fly_by_night)
        payment_id = pay(60)
        for _ in range(2):
            give_back(payment_id=payment_id, refund_id=new_id("ref"), now=NOON)
        assert (purse(), books(), worth(komorebi), worth(fly_by_night)) == before
        for lot in lots:
            remaining, expiry = lot.remaining_minor, lot.expires_at
            lot.refresh_from_db()
            assert (lot.remaining_minor, lot.expires_at, lot.status) == (remaining, expiry, "live")

    def test_gives_what_has_expired_some_days_of_grace(self, has, pay, purse, worth, komorebi):
        lot = has(30)
        payment_id = pay(20)
        late = lot.expires_at + DAY
        give_back(payment_id=payment_id, refund_id=new_id("ref"), now=late)
        assert purse(now=late) == (20, 0, 0), "what had not been spent is gone, though no timer has run yet"
        lot.refresh_from_db()
        assert lot.expires_at == late + 31 * DAY, "the midnight that ends the thirtieth day"
        assert points.expire_points(now=lot.expires_at - timedelta(microseconds=1)) == 0
        assert points.expire_points(now=lot.expires_at) == 1
        assert worth(komorebi) == (0, 0, 0)

    @pytest.mark.django_db(transaction=True)
    def test_two_refunds_at_once_give_back_once(self, has, pay, purse):
        has(30)
        payment_id = pay(30)
        hands = [partial(give_back, payment_id=payment_id, refund_id=new_id("ref"), now=NOON) for _ in range(2)]
        assert together(*hands) == [None, None]
        assert purse() == (30, 0, 0)


class TestMidnightInTokyo:
    """Half-open: the last microsecond of the month is early enough, midnight itself is too late."""

    MIDNIGHT = datetime(2027, 12, 1, tzinfo=TOKYO)
    LAST = MIDNIGHT - timedelta(microseconds=1)

    def test_ends_points_and_not_a_microsecond_earlier(self, has, purse, worth, komorebi):
        assert has(30).expires_at == self.MIDNIGHT
        assert points.expire_points(now=self.LAST) == 0
        assert (purse(now=self.LAST), purse(now=self.MIDNIGHT)) == ((30, 0, 0), (0, 0, 0))
        assert worth(komorebi) == (-30, 30, 30), "no timer has run yet"
        assert points.expire_points(now=self.MIDNIGHT) == 1
        assert (purse(now=self.MIDNIGHT), worth(komorebi)) == ((0, 0, 0), (0, 0, 0))
        assert points.expire_points(now=self.MIDNIGHT) == 0

    def test_is_the_last_moment_to_pay_with_them(self, has, held):
        has(30)
        held(10, now=self.LAST)
        with pytest.raises(NotEnoughPoints):
            held(10, now=self.MIDNIGHT)

    def test_counts_by_the_day_in_tokyo_on_which_they_became_live(self, has):
        last_of_november = datetime(2026, 11, 30, 23, 59, 59, 999_999, tzinfo=TOKYO)
        assert has(30, when=last_of_november).expires_at == self.MIDNIGHT
        assert has(30, when=last_of_november + timedelta(microseconds=1)).expires_at.astimezone(TOKYO).year == 2028

    def test_does_not_eat_later_points(self, has, purse):
        has(30)
        has(50, when=self.LAST - 20 * DAY)
        assert points.expire_points(now=self.MIDNIGHT) == 1
        assert purse(now=self.MIDNIGHT) == (50, 0, 0)


class TestExpirePoints:
    def test_lets_go_at_midnight_in_tokyo_and_not_a_second_before(self, has, purse, worth, komorebi):
        lot = has(30)
        before = lot.expires_at - timedelta(seconds=1)
        assert points.expire_points(now=before) == 0
        assert purse(now=before) == (30, 0, 0)
        assert purse(now=lot.expires_at) == (0, 0, 0), "not spendable, even before the timer has run"
        assert points.expire_points(now=lot.expires_at) == 1
        assert worth(komorebi) == (0, 0, 0), "what was set aside falls back to the shop"
        assert points.expire_points(now=lot.expires_at) == 0

    def test_cannot_be_held_from_midnight_on(self, has, held):
        lot = has(30)
        held(10, now=lot.expires_at - timedelta(seconds=1))
        with pytest.raises(NotEnoughPoints):
            held(10, now=lot.expires_at)

    def test_leaves_what_is_held_until_it_comes_back(self, has, held, purse):
        lot = has(30)
        payment_id = held(20, now=lot.expires_at - DAY)
        assert points.expire_points(now=lot.expires_at) == 1
        assert purse(now=lot.expires_at) == (0, 20, 0)
        release(payment_id=payment_id, now=lot.expires_at + DAY)
        assert purse(now=lot.expires_at + DAY) == (0, 0, 0)
        assert points.expire_points(now=lot.expires_at + DAY) == 0, "it ended as it came back"

    def test_is_announced(self, has, alice):
        has(50)
        sooner = has(30, when=NOON - 30 * DAY)
        view = points_of(alice.wallet.id, NOON)
        assert (view.next_expiry_at, view.next_expiry_amount) == (sooner.expires_at, pts(30))
