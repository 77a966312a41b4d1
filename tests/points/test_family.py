"""A pool of points that several customers fill and draw from."""

from datetime import timedelta
from functools import partial

import pytest

from accounts import services as accounts
from common.actors import SYSTEM
from common.errors import Refusal
from common.ids import new_id
from common.money import pts
from common.text import UnacceptableText
from events.models import AuditRecord, OutgoingMail
from points import services as points
from points.errors import (
    DrawLimitReached,
    FamilyIsFull,
    FamilyNotFound,
    GiftToOneself,
    InAFamilyAlready,
    InvitedOften,
    MemberAlready,
    NotEnoughPoints,
    NotYetPossible,
    OwnerStays,
    PointsRepeatDiffers,
    WalletStandsStill,
)
from points.family_queries import (
    contributions,
    family_of,
    in_pool_of,
    invitations_for,
    membership_of,
    moves_of,
)
from points.models import Family, FamilyMove, PointsLot
from points.queries import points_of
from points.services import check_families, check_points
from points.states import FamilyMemberStatus, FamilyMoveKind, FamilyStatus
from tests.cast import NOON
from tests.conftest import together
from tests.points.conftest import give_back
from tests.points.test_gifts import has_a_new_passkey

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LATER = NOON + DAY
"""When who joined at noon may draw."""


@pytest.fixture(autouse=True)
def pools_agree(db):
    yield
    assert check_families(now=NOON) == []


@pytest.fixture
def family(alice):
    """Alice began one."""
    return points.start_family(customer_id=alice.customer.id, name="Sato", by=alice.actor, now=NOON)


@pytest.fixture
def invite(alice, family):
    def invite(address="bob@example.jp", *, who=alice, now=NOON):
        return points.invite_member(customer_id=who.customer.id, email=address, by=who.actor, now=now)

    return invite


@pytest.fixture
def join(bob):
    def join(member, *, who=bob, now=NOON):
        return points.accept_invitation(
            customer_id=who.customer.id,
            member_id=member.id,
            verified_email=who.user.email,
            by=who.actor,
            now=now,
        )

    return join


@pytest.fixture
def both(family, invite, join):
    """Alice's family, with Bob in it."""
    join(invite())
    return family


@pytest.fixture
def put_in(alice):
    forms = iter(range(1_000))

    def put_in(amount, *, who=alice, form=None, now=NOON):
        return points.put_in_points(
            customer_id=who.customer.id,
            amount=pts(amount),
            asked_as=form or f"in {next(forms)}",
            by=who.actor,
            now=now,
        )

    return put_in


@pytest.fixture
def draw(bob):
    forms = iter(range(1_000))

    def draw(amount, *, who=bob, form=None, now=LATER):
        return points.draw_points(
            customer_id=who.customer.id,
            amount=pts(amount),
            asked_as=form or f"out {next(forms)}",
            by=who.actor,
            now=now,
        )

    return draw


@pytest.fixture
def leave(bob):
    def leave(*, who=bob, now=LATER):
        points.leave_family(wallet_id=who.wallet.id, by=who.actor, now=now)

    return leave


@pytest.fixture
def close(alice):
    def close(*, who=alice, now=LATER):
        points.close_family(wallet_id=who.wallet.id, by=who.actor, now=now)

    return close


@pytest.fixture
def pool():
    """What lies in the pool of a family."""

    def pool(family, now=LATER):
        return points_of(family.pool_id, now).live.minor

    return pool


class TestBeginning:
    @pytest.mark.parametrize("name", ["Sa\u202eto", "S\u0430to", " "])
    def test_needs_a_name_that_can_be_read(self, alice, name):
        with pytest.raises(UnacceptableText):
            points.start_family(customer_id=alice.customer.id, name=name, by=alice.actor, now=NOON)


class TestInviting:
    def test_says_the_same_whatever_the_address(self, invite, family, alice):
        for address in ("bob@example.jp", "Nobody@elsewhere.example"):
            member = invite(address)
            assert (member.status, member.email) == (FamilyMemberStatus.INVITED, address.lower())
        assert len(family_of(alice.customer, now=NOON).invited) == 2

    def test_says_the_same_of_somebody_who_is_in_another_family(self, invite, mallory, alice):
        points.start_family(customer_id=mallory.customer.id, name="Other", by=mallory.actor, now=NOON)
        assert invite("mallory@example.jp").status == FamilyMemberStatus.INVITED

    def test_is_for_the_owner_alone(self, both, invite, bob, mallory):
        for who in (bob, mallory):
            with pytest.raises(FamilyNotFound):
                invite("carol@example.jp", who=who)

    def test_is_not_for_oneself_nor_for_who_is_in_it(self, both, invite):
        with pytest.raises(GiftToOneself):
            invite("alice@example.jp")
        with pytest.raises(MemberAlready):
            invite("bob@example.jp")

    def test_counts_open_invitations_to_the_most(self, both, invite):
        for number in range(4):
            invite(f"guest{number}@example.jp")
        with pytest.raises(FamilyIsFull):
            invite("one.more@example.jp")
        invite("guest0@example.jp")  # the same one again takes no other place
        invite("one.more@example.jp", now=NOON + 14 * DAY)  # by then the others are over

    def test_is_not_a_way_to_send_mails_without_end(self, invite):
        for _time in range(10):
            invite()
        with pytest.raises(InvitedOften):
            invite()

    def test_is_not_one_either_for_who_begins_a_family_after_the_other(self, invite, close, alice):
        for _time in range(10):
            invite()
        close()
        points.start_family(customer_id=alice.customer.id, name="Again", by=alice.actor, now=NOON)
        with pytest.raises(InvitedOften):
            invite()

    def test_sends_a_mail_that_names_who_asks(self, invite, hear_all):
        invite("new@elsewhere.example")
        hear_all()
        (mail,) = OutgoingMail.objects.filter(to=["new@elsewhere.example"])
        assert "Alice asks you to share a pool of points" in mail.text
        assert "共有" in mail.text


class TestJoining:
    def test_is_for_whom_it_was_meant(self, invite, join, mallory, bob, family):
        member = invite()
        with pytest.raises(FamilyNotFound):
            join(member, who=mallory)
        join(member)
        join(member)
        assert membership_of(bob.wallet.id).family == family

    def test_is_possible_for_fourteen_days(self, invite, join, bob):
        member = invite()
        with pytest.raises(FamilyNotFound):
            join(member, now=NOON + 14 * DAY)
        assert invitations_for(bob.customer, now=NOON + 14 * DAY) == []
        assert len(invitations_for(bob.customer, now=NOON + 14 * DAY - HOUR)) == 1

    def test_leads_into_one_family_only(self, invite, join, bob):
        points.start_family(customer_id=bob.customer.id, name="Mine", by=bob.actor, now=NOON)
        with pytest.raises(InAFamilyAlready):
            join(invite())
        with pytest.raises(InAFamilyAlready):
            points.start_family(customer_id=bob.customer.id, name="Again", by=bob.actor, now=NOON)

    def test_can_be_declined(self, invite, join, bob):
        member = invite()
        decline = partial(points.decline_invitation, member_id=member.id, by=bob.actor, now=NOON)
        with pytest.raises(FamilyNotFound):
            decline(verified_email="mallory@example.jp")
        decline(verified_email="bob@example.jp")
        decline(verified_email="bob@example.jp")
        with pytest.raises(FamilyNotFound):
            join(member)
        assert membership_of(bob.wallet.id) is None

    def test_is_told_to_the_others(self, both, hear_all):
        hear_all()
        told = [mail.text for mail in OutgoingMail.objects.filter(to=["alice@example.jp"])]
        assert any("Bob has joined your family" in text for text in told)


class TestPuttingIn:
    def test_moves_points_with_their_expiry_and_funder(self, has, both, put_in, purse, pool, komorebi):
        lot = has(500)
        put_in(200)
        assert (purse(), pool(both)) == ((300, 0, 0), 200)
        there = PointsLot.objects.get(wallet_id=both.pool_id)
        assert (there.expires_at, there.merchant_id) == (lot.expires_at, komorebi.id)

    def test_by_the_same_form_is_once(self, has, both, put_in, purse):
        has(500)
        assert put_in(200, form="one").id == put_in(200, form="one").id
        with pytest.raises(PointsRepeatDiffers):
            put_in(100, form="one")
        assert purse() == (300, 0, 0)

    def test_needs_a_family_and_points(self, has, both, put_in, mallory):
        has(100)
        with pytest.raises(NotEnoughPoints):
            put_in(101)
        with pytest.raises(FamilyNotFound):
            put_in(1, who=mallory)

    def test_waits_while_a_device_is_new(self, has, both, put_in, alice):
        has(100)
        has_a_new_passkey(alice)
        with pytest.raises(NotYetPossible):
            put_in(10, now=NOON + 3 * DAY - HOUR)
        put_in(10, now=NOON + 3 * DAY)

    def test_leaves_no_frozen_wallet(self, has, both, put_in, alice):
        has(100)
        accounts.freeze_wallet(wallet_id=alice.wallet.id, by=alice.actor, now=NOON)
        with pytest.raises(WalletStandsStill):
            put_in(10)

    def test_is_in_everybodys_history_with_who_did_it(self, has, both, put_in, draw, alice, bob):
        has(500)
        put_in(200)
        draw(50)
        assert [(line.name, line.amount) for line in moves_of(both)] == [("Bob", pts(-50)), ("Alice", pts(200))]
        by = AuditRecord.objects.filter(action="family.points_moved").order_by("at", "id").values_list("by", flat=True)
        assert list(by) == [alice.customer.id, bob.customer.id]


class TestDrawing:
    def test_brings_what_expires_first_whoever_put_it_in(self, has, both, put_in, draw, purse, alice, bob, pool):
        has(100)
        has(100, who=bob, when=NOON - 60 * DAY)
        put_in(100)
        put_in(100, who=bob)
        draw(150)
        assert (purse(who=bob, now=LATER), pool(both)) == ((150, 0, 0), 50)
        assert contributions(both.pool_id, now=LATER) == {alice.wallet.id: 50}

    def test_spent_at_a_shop_and_refunded_they_stay_with_who_drew_them(
        self, has, both, put_in, draw, pay, purse, bob, pool
    ):
        has(100)
        put_in(100)
        draw(80)
        payment = pay(80, who=bob, now=LATER)
        give_back(payment_id=payment, refund_id="ref", now=LATER)
        assert (purse(who=bob, now=LATER), pool(both)) == ((80, 0, 0), 20)

    def test_waits_for_who_is_new(self, has, both, put_in, draw):
        has(100)
        put_in(100)
        with pytest.raises(NotYetPossible):
            draw(1, now=LATER - timedelta(microseconds=1))
        draw(1, now=LATER)

    def test_waits_longer_when_a_device_of_the_newcomer_or_of_the_owner_was_new(
        self, has, invite, join, put_in, draw, alice
    ):
        has(100)
        put_in(100)
        has_a_new_passkey(alice)
        join(invite())
        with pytest.raises(NotYetPossible):
            draw(1, now=NOON + 3 * DAY - HOUR)
        draw(1, now=NOON + 3 * DAY)

    def test_waits_while_a_device_is_new_however_old_the_member(self, has, both, put_in, draw, bob):
        has(100)
        put_in(100)
        has_a_new_passkey(bob, at=NOON + 9 * DAY)
        with pytest.raises(NotYetPossible):
            draw(1, now=NOON + 10 * DAY)
        draw(1, now=NOON + 12 * DAY)

    def test_is_limited_by_the_day_and_by_the_member(self, has, both, put_in, draw, alice):
        has(70_000)
        put_in(70_000)
        draw(30_000)
        with pytest.raises(DrawLimitReached):
            draw(20_001)
        draw(20_000)
        draw(10, who=alice)
        draw(10, now=LATER + 12 * HOUR)  # midnight in Tokyo has passed

    def test_needs_points_in_the_pool_and_a_member(self, has, both, put_in, draw, mallory):
        has(100)
        put_in(100)
        with pytest.raises(NotEnoughPoints):
            draw(101)
        with pytest.raises(FamilyNotFound):
            draw(1, who=mallory)

    def test_leaves_the_points_of_who_froze_their_wallet(self, has, both, put_in, draw, purse, alice, bob, pool):
        """Though they would expire first; and the page says what there is to draw."""
        has(100)
        put_in(60)
        has(100, who=bob, when=NOON + 60 * DAY)
        put_in(100, who=bob, now=NOON + 60 * DAY)
        now = NOON + 61 * DAY
        accounts.freeze_wallet(wallet_id=alice.wallet.id, by=alice.actor, now=now)
        view = family_of(bob.customer, now=now)
        assert (view.pool.live, view.drawable, in_pool_of(bob.wallet.id, now=now)) == (pts(160), pts(100), pts(100))
        with pytest.raises(NotEnoughPoints) as no:
            draw(101, now=now)
        assert no.value.facts["available"] == "100"
        draw(70, now=now)
        assert contributions(both.pool_id, now=now) == {alice.wallet.id: 60, bob.wallet.id: 30}
        accounts.unfreeze_wallet(wallet_id=alice.wallet.id, proved=True, by=alice.actor, now=now)
        draw(70, now=now)
        assert (purse(who=bob, now=now), pool(both, now=now)) == ((140, 0, 0), 20)

    def test_by_the_same_form_is_once(self, has, both, put_in, draw, purse, bob):
        has(100)
        put_in(100)
        assert draw(60, form="one").id == draw(60, form="one").id
        assert purse(who=bob, now=LATER) == (60, 0, 0)

    def test_brings_nothing_that_has_expired(self, has, both, put_in, draw):
        dying = has(100, when=NOON - 380 * DAY)
        put_in(100)
        with pytest.raises(NotEnoughPoints):
            draw(1, now=dying.expires_at)
        points.expire_points(now=dying.expires_at)
        assert check_families(now=dying.expires_at) == []


class TestLeaving:
    def test_takes_along_what_is_left_of_ones_own(self, has, both, put_in, draw, leave, purse, bob, pool):
        has(100, when=NOON - 60 * DAY)
        has(100, who=bob)
        put_in(100)
        put_in(60, who=bob)
        draw(30)  # of Alice's, which expire first
        leave()
        assert (purse(who=bob, now=LATER), pool(both)) == ((40 + 30 + 60, 0, 0), 70)
        assert membership_of(bob.wallet.id) is None
        leave()

    def test_leaves_behind_what_others_drew(self, has, both, put_in, draw, leave, purse, bob, alice, pool):
        has(100, who=bob)
        put_in(100, who=bob)
        draw(30, who=alice)
        leave()
        assert (purse(who=bob, now=LATER), purse(now=LATER), pool(both)) == ((70, 0, 0), (30, 0, 0), 0)

    def test_is_not_for_the_owner(self, both, leave, alice):
        with pytest.raises(OwnerStays):
            leave(who=alice)

    def test_opens_the_way_into_another_family(self, both, leave, bob):
        leave()
        points.start_family(customer_id=bob.customer.id, name="Mine", by=bob.actor, now=LATER)


class TestLettingGo:
    def test_gives_back_what_is_left_of_theirs(self, has, both, put_in, purse, alice, bob, hear_all):
        has(100, who=bob)
        put_in(80, who=bob)
        member = membership_of(bob.wallet.id)
        remove = partial(points.remove_member, member_id=member.id, now=LATER)
        with pytest.raises(FamilyNotFound):
            remove(wallet_id=bob.wallet.id, by=bob.actor)
        remove(wallet_id=alice.wallet.id, by=alice.actor)
        remove(wallet_id=alice.wallet.id, by=alice.actor)
        assert purse(who=bob, now=LATER) == (100, 0, 0)
        hear_all(now=LATER)
        told = OutgoingMail.objects.filter(to=["bob@example.jp"]).order_by("id").last()
        assert "80 points" in told.text

    def test_takes_an_invitation_back(self, invite, join, alice):
        member = invite()
        points.remove_member(wallet_id=alice.wallet.id, member_id=member.id, by=alice.actor, now=NOON)
        with pytest.raises(FamilyNotFound):
            join(member)

    def test_is_not_for_oneself_nor_in_other_families(self, both, alice, mallory, bob):
        mine = membership_of(alice.wallet.id)
        with pytest.raises(OwnerStays):
            points.remove_member(wallet_id=alice.wallet.id, member_id=mine.id, by=alice.actor, now=NOON)
        points.start_family(customer_id=mallory.customer.id, name="Other", by=mallory.actor, now=NOON)
        theirs = membership_of(bob.wallet.id)
        with pytest.raises(FamilyNotFound):
            points.remove_member(wallet_id=mallory.wallet.id, member_id=theirs.id, by=mallory.actor, now=NOON)


class TestClosing:
    def test_gives_everybody_what_is_left_of_theirs(self, has, both, put_in, draw, close, purse, bob, pool, invite):
        invite("carol@example.jp")
        has(100)
        has(100, who=bob, when=NOON - 60 * DAY)
        put_in(90)
        put_in(90, who=bob)
        draw(50)  # of Bob's own, which expire first
        close()
        assert (purse(now=LATER), purse(who=bob, now=LATER), pool(both)) == ((100, 0, 0), (100, 0, 0), 0)
        both.refresh_from_db()
        assert both.status == FamilyStatus.CLOSED
        assert not both.members.filter(status__in=["active", "invited"]).exists()
        close()

    def test_brings_what_makes_up_for_what_was_written_off_meanwhile(
        self, has, family, put_in, close, take_back, purse
    ):
        lot = has(15_000)
        put_in(15_000)
        take_back(lot)
        assert (lot.owed_minor, lot.written_off_minor) == (10_000, 5_000)
        close()
        assert purse() == (0, 0, 0), "a pool is no place to keep points from a refund"

    def test_brings_back_whole_what_was_put_in_after_that(self, has, pay, family, put_in, close, take_back, purse):
        points.change_program(by=SYSTEM, effective_from=NOON, now=NOON, most_owed_minor=0)
        lot = has(100)
        pay(100)
        take_back(lot)
        has(70, when=NOON + HOUR)
        put_in(70, now=NOON + HOUR)
        close()
        assert purse(now=NOON + HOUR) == (70, 0, 0), "what was written off is not asked for later"

    def test_is_for_the_owner_alone(self, both, close, bob):
        with pytest.raises(FamilyNotFound):
            close(who=bob)
        assert Family.objects.get().status == FamilyStatus.ACTIVE


class TestPuttingInByItself:
    @pytest.fixture
    def share(self, alice):
        def share(*, on=True, who=alice, now=NOON):
            return points.set_sharing(customer_id=who.customer.id, on=on, by=who.actor, now=now)

        return share

    def test_passes_on_what_becomes_live_from_then_on(self, has, earn, both, share, purse, pool):
        has(100)
        coming = earn(50_000)
        share()
        assert points.share_live_points(now=NOON) == 0
        points.activate_points(now=coming.available_from)
        assert points.share_live_points(now=coming.available_from) == 1
        assert points.share_live_points(now=coming.available_from) == 0
        now = coming.available_from
        assert (purse(now=now), pool(both, now)) == ((100, 0, 0), 500)
        assert FamilyMove.objects.get().kind == FamilyMoveKind.SHARED

    def test_ends_when_it_is_switched_off_or_the_wallet_frozen_or_the_family_left(
        self, earn, both, share, bob, leave, alice, purse
    ):
        coming = earn(50_000)
        his = earn(50_000, who=bob)
        share()
        share(who=bob)
        leave()
        accounts.freeze_wallet(wallet_id=alice.wallet.id, by=alice.actor, now=NOON)
        now = coming.available_from
        points.activate_points(now=now)
        assert points.share_live_points(now=now) == 0
        accounts.unfreeze_wallet(wallet_id=alice.wallet.id, proved=True, by=alice.actor, now=now)
        share(on=False, now=now)
        assert points.share_live_points(now=now) == 0
        assert (purse(now=now)[0], purse(who=bob, now=now)[0], his.earned_minor) == (500, 500, 500)

    def test_passes_on_no_gift_and_nothing_that_was_drawn(self, has, both, share, put_in, draw, bob, purse):
        has(100)
        put_in(100)
        share(who=bob)
        draw(60)
        assert points.share_live_points(now=LATER) == 0
        assert purse(who=bob, now=LATER) == (60, 0, 0)

    def test_is_not_switched_on_while_a_device_is_new(self, both, share, alice):
        has_a_new_passkey(alice)
        with pytest.raises(NotYetPossible):
            share()
        share(now=NOON + 3 * DAY)


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    def test_two_draws_of_the_same_points_are_one(self, has, both, put_in, draw, alice, bob, purse, pool):
        has(100)
        put_in(100)
        answers = together(*(partial(draw, 70, who=who, form=f"{who.user.email}") for who in (alice, bob)))
        assert sum(isinstance(answer, NotEnoughPoints) for answer in answers) == 1
        assert (purse(now=LATER)[0] + purse(who=bob, now=LATER)[0], pool(both)) == (70, 30)

    def test_leaving_while_another_draws_loses_nothing(self, has, both, put_in, draw, leave, alice, bob, purse, pool):
        has(100, who=bob)
        put_in(100, who=bob)
        answers = together(leave, partial(draw, 70, who=alice))
        assert all(answer is None or isinstance(answer, (FamilyMove, Refusal)) for answer in answers)
        drew = purse(now=LATER)[0]
        assert (drew, purse(who=bob, now=LATER)[0], pool(both)) in {(70, 30, 0), (0, 100, 0)}

    def test_leaving_while_drawing_oneself(self, has, both, put_in, draw, leave, bob, purse, pool):
        has(100)
        put_in(100)
        together(leave, partial(draw, 70), leave)
        assert (purse(who=bob, now=LATER)[0], pool(both)) in {(70, 30), (0, 100)}

    def test_closing_while_all_put_in_and_draw(self, has, both, put_in, draw, close, alice, bob, purse):
        has(100)
        has(100, who=bob)
        put_in(50)
        put_in(50, who=bob)
        together(close, partial(put_in, 20, now=LATER), partial(put_in, 20, who=bob, now=LATER), partial(draw, 40))
        assert purse(now=LATER)[0] + purse(who=bob, now=LATER)[0] == 200
        assert check_points(now=NOON) == []

    def test_one_wallet_joins_one_family(self, family, invite, join, bob, mallory):
        points.start_family(customer_id=mallory.customer.id, name="Other", by=mallory.actor, now=NOON)
        other = points.invite_member(
            customer_id=mallory.customer.id, email="bob@example.jp", by=mallory.actor, now=NOON
        )
        answers = together(partial(join, invite()), partial(join, other))
        assert sum(isinstance(answer, InAFamilyAlready) for answer in answers) == 1


class TestCheckFamilies:
    def test_finds_a_pool_that_its_moves_do_not_explain(self, has, both, put_in):
        has(100)
        put_in(50)
        lot = PointsLot.objects.get(wallet_id=both.pool_id)
        PointsLot.objects.filter(pk=lot.id).update(wallet_id=new_id("wal"))
        assert {finding.subject for finding in check_families(now=NOON)} == {both.id}
        PointsLot.objects.filter(pk=lot.id).update(wallet_id=both.pool_id)

    def test_finds_points_in_a_closed_pool(self, has, both, put_in):
        has(100)
        put_in(50)
        Family.objects.filter(pk=both.id).update(status=FamilyStatus.CLOSED)
        assert {finding.subject for finding in check_families(now=NOON)} == {both.id}
        Family.objects.filter(pk=both.id).update(status=FamilyStatus.ACTIVE)
