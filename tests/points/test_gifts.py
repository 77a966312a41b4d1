"""Points from one customer to another: on their way, accepted, taken back, declined, too late."""

from datetime import timedelta
from functools import partial

import pytest

from accounts import services as accounts
from accounts.models import PaymentPasskey, SignInRecord
from accounts.states import SignInMethod
from common.errors import Refusal
from common.money import pts
from common.states import TransitionRefused
from events.models import AuditRecord, OutgoingMail
from points import services as points
from points.errors import (
    AddressNotReadable,
    GiftLimitReached,
    GiftNotFound,
    GiftNotPossible,
    GiftNotYetAcceptable,
    GiftStandsStill,
    GiftToOneself,
    NotEnoughPoints,
    PointsRepeatDiffers,
    WalletStandsStill,
)
from points.gift_queries import gift_rules, gifts_for, gifts_received, gifts_sent
from points.models import PointsGift, PointsLot
from points.services import check_gifts, check_points
from points.states import GiftStatus
from tests.cast import NOON
from tests.conftest import together
from tests.points.conftest import give_back

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TOMORROW = NOON + DAY


@pytest.fixture(autouse=True)
def pools_agree(db):
    yield
    assert check_gifts(now=NOON) == []


@pytest.fixture
def give(alice, bob):
    """Alice gives Bob points."""
    forms = iter(range(1_000))

    def give(amount, *, to="bob@example.jp", who=alice, now=NOON, form=None, message=""):
        return points.send_gift(
            customer_id=who.customer.id,
            to_email=to,
            amount=pts(amount),
            message=message,
            asked_as=form or f"form {next(forms)}",
            by=who.actor,
            now=now,
        )

    return give


@pytest.fixture
def accept(bob):
    def accept(gift, *, who=bob, now=TOMORROW):
        return points.accept_gift(
            customer_id=who.customer.id, gift_id=gift.id, verified_email=who.user.email, by=who.actor, now=now
        )

    return accept


@pytest.fixture
def cancel(alice):
    def cancel(gift, *, who=alice, now=NOON):
        return points.cancel_gift(wallet_id=who.wallet.id, gift_id=gift.id, by=who.actor, now=now)

    return cancel


@pytest.fixture
def decline(bob):
    def decline(gift, *, who=bob, now=NOON):
        return points.decline_gift(
            wallet_id=who.wallet.id, gift_id=gift.id, verified_email=who.user.email, by=who.actor, now=now
        )

    return decline


def has_a_new_passkey(person, *, at=NOON):
    PaymentPasskey.objects.create(
        customer=person.customer,
        credential_id=person.customer.id.encode(),
        public_key=b"key",
        backup_eligible=False,
        label="Phone",
        created_at=at,
    )


def mails_to(address):
    return list(OutgoingMail.objects.filter(to=[address]).order_by("id"))


class TestSendGift:
    def test_takes_the_points_at_once_and_nobody_has_them_yet(self, has, give, purse, bob):
        has(500)
        gift = give(200)
        assert (purse(), purse(who=bob)) == ((300, 0, 0), (0, 0, 0))
        assert (gift.status, gift.acceptable_from) == (GiftStatus.PENDING, NOON + DAY)

    def test_gives_what_expires_first(self, has, give, alice):
        later, sooner = has(100), has(50, when=NOON - 90 * DAY)
        give(60)
        left = dict(PointsLot.objects.filter(wallet_id=alice.wallet.id).values_list("id", "remaining_minor"))
        assert (left[sooner.id], left[later.id]) == (0, 90)

    @pytest.mark.parametrize("to", ["bob@example.jp", " BOB@example.JP ", "nobody@elsewhere.example"])
    def test_says_the_same_whatever_the_address(self, has, give, to, alice):
        has(500)
        gift = give(200, to=to)
        (line,) = gifts_sent(alice.customer, now=NOON)
        assert (line.other, line.gift.status, line.waiting) == (to.strip().lower(), GiftStatus.PENDING, pts(200))
        assert gift.to_email == to.strip().lower()

    def test_twice_by_the_same_form_is_once(self, has, give, purse):
        has(500)
        assert give(200, form="one").id == give(200, form="one", now=NOON + HOUR).id
        assert purse() == (300, 0, 0)
        with pytest.raises(PointsRepeatDiffers):
            give(201, form="one")

    def test_needs_points_that_can_be_spent(self, has, earn, give, purse):
        has(100)
        earn(100_000)
        with pytest.raises(NotEnoughPoints):
            give(101)
        assert (purse(), PointsGift.objects.count()) == ((100, 0, 1_000), 0)

    @pytest.mark.parametrize("to", ["alice@example.jp", "ALICE@example.jp"])
    def test_is_not_for_oneself(self, has, give, to):
        has(100)
        with pytest.raises(GiftToOneself):
            give(10, to=to)

    @pytest.mark.parametrize("to", ["bob", "bob@", "a@b c.example", f"{'a' * 250}@example.jp"])
    def test_needs_an_address(self, has, give, to):
        has(100)
        with pytest.raises(AddressNotReadable):
            give(10, to=to)

    @pytest.mark.parametrize("amount", [0, 50_001])
    def test_is_within_what_one_gift_may_be(self, has, give, amount):
        has(60_000)
        with pytest.raises(GiftNotPossible):
            give(amount)

    def test_is_allowed_three_times_a_day_in_tokyo(self, has, give, cancel):
        has(1_000)
        cancel(give(1))  # it made a mail all the same
        give(1)
        give(1)
        with pytest.raises(GiftLimitReached) as no:
            give(1)
        assert no.value.retry_after_seconds == 12 * 3600 + 1  # it is noon
        give(1, now=NOON + 12 * HOUR)

    def test_is_limited_by_the_month_in_which_taken_back_gifts_do_not_count(self, has, give, cancel, alice):
        has(200_000)
        give(50_000)
        cancel(give(50_000))
        give(50_000)
        assert not gift_rules(alice.customer, now=NOON).left_this_month
        tomorrow = NOON + DAY
        with pytest.raises(GiftLimitReached):
            give(1, now=tomorrow)
        give(1, now=NOON + 9 * DAY)  # 1 December

    def test_leaves_no_frozen_wallet(self, has, give, alice):
        has(100)
        accounts.freeze_wallet(wallet_id=alice.wallet.id, by=alice.actor, now=NOON)
        with pytest.raises(WalletStandsStill):
            give(10)

    def test_is_written_into_the_chain_without_an_address(self, has, give):
        has(100)
        gift = give(10)
        record = AuditRecord.objects.get(action="gift.sent")
        assert (record.subject, record.data) == (gift.id, {"gift": gift.id, "points_minor": 10})


class TestTheWaitingTime:
    def test_is_longer_after_a_new_payment_passkey(self, has, give, alice, accept):
        has(100)
        has_a_new_passkey(alice, at=NOON - HOUR)
        gift = give(10)
        assert (gift.acceptable_from, gift.device_was_new) == (NOON - HOUR + 3 * DAY, True)
        with pytest.raises(GiftNotYetAcceptable):
            accept(gift, now=NOON + 2 * DAY)
        accept(gift, now=NOON + 3 * DAY - HOUR)

    def test_is_longer_after_a_sign_in_from_a_device_never_seen(self, has, give, alice):
        has(200)
        sign_in = partial(SignInRecord.objects.create, user=alice.user, method=SignInMethod.PASSKEY)
        sign_in(device="Firefox, Windows", at=NOON - 50 * DAY)
        sign_in(device="Firefox, Windows", at=NOON)
        assert not give(10).device_was_new
        sign_in(device="Chrome, Android", at=NOON)
        assert give(10).acceptable_from == NOON + 3 * DAY

    def test_does_not_shrink_because_the_new_passkey_was_removed(self, has, give, alice):
        has(100)
        has_a_new_passkey(alice)
        PaymentPasskey.objects.filter(customer=alice.customer).update(removed_at=NOON)
        assert give(10).device_was_new

    def test_an_old_passkey_changes_nothing(self, has, give, alice):
        has(100)
        has_a_new_passkey(alice, at=NOON - 3 * DAY)
        assert give(10).acceptable_from == NOON + DAY


class TestAcceptGift:
    def test_brings_the_points_as_they_are(self, has, give, accept, purse, books, bob, worth, komorebi):
        lot = has(500)
        before = worth(komorebi)
        accept(give(200))
        assert (purse(), purse(who=bob), books(who=bob)) == ((300, 0, 0), (200, 0, 0), (200, 200, 0))
        arrived = PointsLot.objects.get(wallet_id=bob.wallet.id)
        assert (arrived.expires_at, arrived.merchant_id) == (lot.expires_at, komorebi.id)
        assert worth(komorebi) == before

    def test_comes_after_the_cooling_off_and_not_before(self, has, give, accept, purse, bob):
        has(500)
        gift = give(200)
        with pytest.raises(GiftNotYetAcceptable):
            accept(gift, now=NOON + DAY - timedelta(microseconds=1))
        assert purse(who=bob) == (0, 0, 0)
        accept(gift, now=NOON + DAY)

    def test_twice_is_once(self, has, give, accept, purse, bob):
        has(500)
        gift = give(200)
        accept(gift)
        accept(gift)
        assert purse(who=bob) == (200, 0, 0)

    def test_is_only_for_whom_it_was_sent_to(self, has, give, accept, mallory, alice, bob, purse):
        has(500)
        gift = give(200)
        for other in (mallory, alice):
            with pytest.raises(GiftNotFound):
                accept(gift, who=other)
        accept(gift)
        with pytest.raises(GiftNotFound):
            accept(gift, who=mallory)

    def test_comes_too_late_after_fourteen_days(self, has, give, accept, purse):
        has(500)
        gift = give(200)
        with pytest.raises(TransitionRefused):
            accept(gift, now=NOON + 14 * DAY)
        accept(gift, now=NOON + 14 * DAY - timedelta(microseconds=1))

    def test_spent_by_the_receiver_they_pay_a_shop_and_a_refund_gives_them_back_there(
        self, has, give, accept, pay, purse, bob, fly_by_night
    ):
        has(500)
        accept(give(200))
        payment = pay(150, who=bob, at=fly_by_night, now=TOMORROW)
        give_back(payment_id=payment, refund_id="ref", now=TOMORROW)
        assert purse(who=bob, now=TOMORROW) == (200, 0, 0)

    def test_only_then_do_both_know_the_other(self, has, give, accept, alice, bob):
        has(500)
        gift = give(200, message="For you")
        (waiting,) = gifts_for(bob.customer, now=NOON)
        (sent,) = gifts_sent(alice.customer, now=NOON)
        assert (waiting.other, waiting.acceptable, sent.other) == ("Alice", False, "bob@example.jp")
        accept(gift)
        (sent,) = gifts_sent(alice.customer, now=TOMORROW)
        (received,) = gifts_received(bob.customer, now=TOMORROW)
        assert (sent.other, received.other, gifts_for(bob.customer, now=TOMORROW)) == ("Bob", "Alice", [])


class TestASenderWhoPulledTheBrake:
    def test_keeps_the_gift_from_being_accepted(self, has, give, accept, cancel, purse, bob, alice):
        has(100)
        gift = give(100)
        accounts.freeze_wallet(wallet_id=alice.wallet.id, by=alice.actor, now=NOON)
        with pytest.raises(GiftStandsStill):
            accept(gift)
        assert purse(who=bob, now=TOMORROW) == (0, 0, 0)
        cancel(gift)
        assert purse() == (100, 0, 0)

    def test_lets_it_go_on_with_the_wallet(self, has, give, accept, purse, bob, alice):
        has(100)
        gift = give(100)
        accounts.freeze_wallet(wallet_id=alice.wallet.id, by=alice.actor, now=NOON)
        accounts.unfreeze_wallet(wallet_id=alice.wallet.id, proved=True, by=alice.actor, now=NOON)
        accept(gift)
        assert purse(who=bob, now=TOMORROW) == (100, 0, 0)


class TestPointsThatComeBack:
    @pytest.mark.parametrize("how", ["cancel", "decline", "expire"])
    def test_are_as_they_were(self, has, give, cancel, decline, purse, how, alice):
        lot = has(500)
        gift = give(200)
        after = NOON + 14 * DAY
        {"cancel": cancel, "decline": decline, "expire": lambda _gift: points.expire_gifts(now=after)}[how](gift)
        assert purse() == (500, 0, 0)
        expiries = PointsLot.objects.filter(wallet_id=alice.wallet.id, remaining_minor__gt=0).values_list("expires_at")
        assert {at for (at,) in expiries} == {lot.expires_at}
        gift.refresh_from_db()
        assert (gift.moved, gift.expired) == (pts(200), pts(0))

    def test_make_up_for_what_was_written_off_meanwhile(self, has, give, cancel, take_back, purse, worth, komorebi):
        lot = has(15_000)
        has(300)
        gift = give(15_200)
        take_back(lot)
        assert (lot.borrowed_minor, lot.owed_minor, lot.written_off_minor) == (100, 10_000, 4_900)
        cancel(gift)
        assert purse() == (300, 0, 0), "what the other purchase earned"
        assert worth(komorebi) == (-300, 300, 300)

    def test_do_so_after_fourteen_days_by_themselves_and_once(self, has, give, purse):
        has(500)
        give(200)
        assert points.expire_gifts(now=NOON + 14 * DAY - timedelta(microseconds=1)) == 0
        assert points.expire_gifts(now=NOON + 14 * DAY) == 1
        assert points.expire_gifts(now=NOON + 15 * DAY) == 0
        assert purse() == (500, 0, 0)

    def test_twice_is_once(self, has, give, cancel, decline, purse):
        has(500)
        gift = give(200)
        cancel(gift)
        cancel(gift)
        with pytest.raises(TransitionRefused):
            decline(gift)
        assert purse() == (500, 0, 0)

    def test_never_after_they_were_accepted(self, has, give, accept, cancel, decline, purse, bob):
        has(500)
        gift = give(200)
        accept(gift)
        for ending in (cancel, decline):
            with pytest.raises(TransitionRefused):
                ending(gift, now=TOMORROW)
        assert points.expire_gifts(now=NOON + 20 * DAY) == 0
        assert purse(who=bob) == (200, 0, 0)

    def test_are_nobody_elses_to_take(self, has, give, cancel, decline, mallory, bob):
        has(500)
        gift = give(200)
        for who in (mallory, bob):
            with pytest.raises(GiftNotFound):
                cancel(gift, who=who)
        with pytest.raises(GiftNotFound):
            decline(gift, who=mallory)


class TestPointsThatExpireOnTheWay:
    def test_are_gone_and_it_is_shown(self, has, give, accept, purse, bob):
        has(300)
        dying = has(100, when=NOON - 380 * DAY)
        assert NOON < dying.expires_at < NOON + 14 * DAY
        gift = give(250)
        points.expire_points(now=dying.expires_at)
        accept(gift, now=dying.expires_at)
        assert purse(who=bob, now=dying.expires_at) == (150, 0, 0)
        gift.refresh_from_db()
        assert (gift.moved, gift.expired) == (pts(150), pts(100))

    def test_a_gift_of_nothing_else_ends_with_them(self, has, give, accept, purse):
        dying = has(100, when=NOON - 380 * DAY)
        gift = give(100)
        assert gift.expires_at == dying.expires_at
        with pytest.raises(TransitionRefused):
            accept(gift, now=dying.expires_at)
        assert points.expire_gifts(now=dying.expires_at) == 1
        points.expire_points(now=dying.expires_at)
        gift.refresh_from_db()
        assert (gift.status, gift.moved, gift.expired) == (GiftStatus.EXPIRED, pts(0), pts(100))
        assert purse(now=dying.expires_at) == (0, 0, 0)
        assert check_gifts(now=dying.expires_at) == []


class TestMails:
    def test_tell_the_sender_and_the_address(self, has, give, hear_all):
        has(500)
        give(200, message="http://elsewhere.example")
        hear_all()
        (echo,), (news,) = mails_to("alice@example.jp"), mails_to("bob@example.jp")
        assert "You gave 200 points to bob@example.jp." in echo.text
        assert news.subject == "Points are waiting for you"
        assert "Alice gives you 200 points." in news.text
        assert "elsewhere.example" not in news.text + news.html  # a stranger's words are read after signing in

    def test_speak_both_languages_to_an_address_nobody_signs_in_with(self, has, give, hear_all):
        has(500)
        give(200, to="new@elsewhere.example")
        hear_all()
        (news,) = mails_to("new@elsewhere.example")
        assert "Alice gives you 200 points." in news.text
        assert "200ポイント" in news.text
        assert 'lang="ja"' in news.html

    def test_speak_the_readers_language(self, has, give, hear_all, bob):
        bob.user.language = "ja"
        bob.user.save()
        has(500)
        give(200)
        hear_all()
        (news,) = mails_to("bob@example.jp")
        assert "Alice gives" not in news.text

    def test_carry_no_link_that_a_name_holds(self, has, give, hear_all, alice):
        alice.customer.display_name = "Win at https://evil.example now"
        alice.customer.save()
        has(500)
        give(200)
        hear_all()
        (news,) = mails_to("bob@example.jp")
        assert "evil.example" not in news.text
        assert "://" not in news.text.split("gives you")[0]

    @pytest.mark.parametrize(
        ("how", "said"),
        [("accept", "has accepted your gift"), ("decline", "was not wanted"), ("expire", "was not accepted in time")],
    )
    def test_tell_the_sender_how_it_ended(self, has, give, accept, decline, hear_all, how, said):
        has(500)
        gift = give(200)
        ways = {"accept": accept, "decline": decline, "expire": lambda _: points.expire_gifts(now=NOON + 14 * DAY)}
        ways[how](gift)
        hear_all(now=NOON + 15 * DAY)
        assert said in mails_to("alice@example.jp")[-1].text


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    def test_accepting_and_taking_back_one_wins(self, has, give, accept, cancel, purse, bob):
        has(500)
        gift = give(200)
        answers = together(
            partial(accept, gift), partial(cancel, gift, now=TOMORROW), partial(accept, gift), partial(cancel, gift)
        )
        lost = [answer for answer in answers if isinstance(answer, Exception)]
        assert lost
        assert all(isinstance(answer, Refusal) for answer in lost)
        assert (purse()[0], purse(who=bob)[0]) in {(300, 200), (500, 0)}

    def test_two_gifts_of_the_same_points_are_one(self, has, give, purse):
        has(500)
        answers = together(*(partial(give, 400, form=f"form {hand}") for hand in range(4)))
        assert sum(isinstance(answer, NotEnoughPoints) for answer in answers) == 3
        assert purse() == (100, 0, 0)

    def test_the_same_form_is_one_gift(self, has, give, purse):
        has(500)
        answers = together(*(partial(give, 100, form="one") for _ in range(4)))
        assert len({answer.id for answer in answers}) == 1
        assert purse() == (400, 0, 0)

    def test_the_day_allows_three(self, has, give, purse):
        has(500)
        answers = together(*(partial(give, 1, form=f"form {hand}") for hand in range(6)))
        assert sum(isinstance(answer, GiftLimitReached) for answer in answers) == 3
        assert purse() == (497, 0, 0)

    def test_expiring_and_accepting_at_the_last_moment(self, has, give, accept, purse, bob):
        has(500)
        gift = give(200)
        end = NOON + 14 * DAY
        together(partial(accept, gift, now=end - timedelta(microseconds=1)), partial(points.expire_gifts, now=end))
        assert (purse()[0], purse(who=bob)[0]) in {(300, 200), (500, 0)}
        assert check_points(now=NOON) == []


class TestCheckGifts:
    def test_finds_a_pool_that_holds_another_amount(self, has, give):
        has(500)
        gift = give(200)
        PointsGift.objects.filter(pk=gift.id).update(amount_minor=201)
        assert [finding.subject for finding in check_gifts(now=NOON)] == [gift.id]
        PointsGift.objects.filter(pk=gift.id).update(amount_minor=200)

    def test_finds_points_behind_a_gift_that_ended(self, has, give):
        has(500)
        gift = give(200)
        PointsGift.objects.filter(pk=gift.id).update(status=GiftStatus.CANCELED, moved_minor=200, ended_at=NOON)
        assert {finding.subject for finding in check_gifts(now=NOON)} == {gift.id}
        PointsGift.objects.filter(pk=gift.id).update(status=GiftStatus.PENDING, moved_minor=None, ended_at=None)
