"""Points that staff give or take: one person proposes, another countersigns, and what they saw is what is done."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from common.actors import Actor
from common.errors import Refusal
from common.ids import new_id
from common.money import pts, yen
from common.second_signature import SamePersonTwice, SignatureDiffers, SignatureNotFound, SignatureTooLate
from common.states import SignatureStatus, TransitionRefused
from events.models import AuditRecord, OutgoingMail
from ledger.queries import posted_balance
from ledger.states import OPERATOR
from points import services as points
from points.errors import (
    AdjustmentBeyondLive,
    AdjustmentNotPossible,
    OwnWallet,
)
from points.models import PointsAdjustment, PointsLot
from points.postings import payable, reserve
from points.queries import history_of, points_of
from points.states import Source
from tests.cast import NOON
from tests.conftest import together

pytestmark = pytest.mark.django_db
MAMORU, YUKI, REN = (Actor(new_id("usr")) for _ in range(3))
WEEK = timedelta(days=7)
CORRECTED = "担当者による訂正"


@pytest.fixture(autouse=True)
def in_japanese():
    with translation.override("ja"):
        yield


@pytest.fixture
def propose(alice):
    def propose(amount, *, who=alice, by=MAMORU, reason="A campaign was not counted.", name=None, now=NOON):
        return points.propose_adjustment(
            adjustment_id=name or new_id("adj"),
            wallet_id=who.wallet.id,
            amount=pts(amount),
            reason=reason,
            by=by,
            now=now,
        )

    return propose


def sign(adjustment, *, by=YUKI, digest=None, now=NOON):
    return points.countersign_adjustment(
        adjustment_id=adjustment.id, digest=digest or adjustment.digest, by=by, now=now
    )


def live_of(person, now=NOON):
    return points_of(person.wallet.id, now).live


class TestGiving:
    def test_waits_for_a_second_person_and_is_paid_by_the_commerce(self, alice, propose):
        adjustment = propose(300)
        assert live_of(alice) == pts(0)
        sign(adjustment)
        assert live_of(alice) == pts(300)
        assert posted_balance(reserve(OPERATOR), currency="JPY") == yen(300)
        lot = PointsLot.objects.get()
        assert (lot.source, lot.source_ref, lot.funder) == (Source.ADJUSTMENT, adjustment.id, OPERATOR)
        adjustment.refresh_from_db()
        assert (adjustment.status, adjustment.decided_by) == (SignatureStatus.MADE, YUKI.ref)

    def test_is_told_to_the_customer_without_the_staffs_reason(self, alice, propose):
        sign(propose(300, reason="Their aunt works here."))
        mail = OutgoingMail.objects.get(template="points_news")
        assert mail.to == [alice.user.email]
        line = history_of(alice.wallet.id)[0]
        assert (line.amount, line.text) == (pts(300), CORRECTED)
        assert "aunt" not in mail.text + line.text

    def test_stands_in_the_audit_chain_with_both_names_and_the_reason(self, propose):
        adjustment = propose(300)
        sign(adjustment)
        asked, made = AuditRecord.objects.filter(subject=adjustment.id).order_by("id")
        assert (asked.action, asked.by, asked.data["reason"]) == (
            "points.adjustment_proposed",
            MAMORU.ref,
            "A campaign was not counted.",
        )
        assert (made.action, made.by, made.data["proposed_by"]) == ("points.adjusted", YUKI.ref, MAMORU.ref)
        assert asked.data["digest"] == made.data["digest"] == adjustment.digest

    def test_pays_what_the_wallet_owes_first(self, alice, has, pay, propose):
        lot = has(100)
        pay(100)
        points.take_back_points(
            capture_id=lot.source_ref,
            refund_id=new_id("ref"),
            payment_id=lot.payment_id,
            wallet_id=alice.wallet.id,
            merchant_id=lot.merchant_id,
            now=NOON,
        )
        assert points_of(alice.wallet.id, NOON).owed == pts(100)
        sign(propose(130))
        view = points_of(alice.wallet.id, NOON)
        assert (view.owed, view.live) == (pts(0), pts(30))


class TestTaking:
    def test_takes_the_oldest_expiry_first_and_the_money_falls_to_who_funded_them(
        self, alice, has, komorebi, fly_by_night, propose
    ):
        old = has(100, when=NOON - timedelta(days=40))
        new = has(200, at=fly_by_night)
        before = [posted_balance(payable(shop.id), currency="JPY") for shop in (komorebi, fly_by_night)]
        sign(propose(-150))
        old.refresh_from_db()
        new.refresh_from_db()
        assert (old.remaining_minor, new.remaining_minor) == (0, 150)
        after = [posted_balance(payable(shop.id), currency="JPY") for shop in (komorebi, fly_by_night)]
        assert [b - a for a, b in zip(before, after, strict=True)] == [yen(100), yen(50)]
        assert [(line.amount, line.text) for line in history_of(alice.wallet.id)][:1] == [(pts(-150), CORRECTED)]

    def test_more_than_is_live_is_refused_and_still_waits(self, has, propose):
        has(100)
        adjustment = propose(-101)
        with pytest.raises(AdjustmentBeyondLive, match="100"):
            sign(adjustment)
        adjustment.refresh_from_db()
        assert adjustment.status == SignatureStatus.PROPOSED

    def test_what_is_refunded_later_is_not_taken_twice(self, alice, has, propose):
        lot = has(100)
        sign(propose(-60))
        points.take_back_points(
            capture_id=lot.source_ref,
            refund_id=new_id("ref"),
            payment_id=lot.payment_id,
            wallet_id=alice.wallet.id,
            merchant_id=lot.merchant_id,
            now=NOON,
        )
        view = points_of(alice.wallet.id, NOON)
        assert (view.live, view.owed) == (pts(0), pts(0))


class TestFourEyes:
    def test_one_person_is_not_two(self, alice, propose):
        adjustment = propose(300)
        with pytest.raises(SamePersonTwice):
            sign(adjustment, by=MAMORU)
        assert live_of(alice) == pts(0)

    def test_the_table_refuses_it_as_well(self, propose):
        adjustment, made = propose(300), {"status": "made", "decided_by": MAMORU.ref, "decided_at": NOON}
        with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():  # noqa: TID251 (a savepoint)
            PointsAdjustment.objects.filter(pk=adjustment.id).update(**made)

    def test_what_was_proposed_cannot_be_changed_underneath(self, propose):
        adjustment = propose(300)
        with pytest.raises(IntegrityError, match="stays"), transaction.atomic():  # noqa: TID251 (a savepoint)
            PointsAdjustment.objects.filter(pk=adjustment.id).update(amount_minor=3_000)

    def test_only_what_was_shown_is_signed(self, propose):
        one, other = propose(300), propose(3_000)
        with pytest.raises(SignatureDiffers):
            sign(other, digest=one.digest)

    def test_nobody_adjusts_their_own_points(self, alice, propose):
        herself = Actor(alice.user.pk)
        with pytest.raises(OwnWallet):
            propose(300, by=herself)
        with pytest.raises(OwnWallet):
            sign(propose(300), by=herself)

    def test_a_week_later_it_is_too_late(self, propose):
        adjustment = propose(300)
        with pytest.raises(SignatureTooLate):
            sign(adjustment, now=NOON + WEEK)
        assert points.expire_signatures(now=NOON + WEEK - timedelta(seconds=1)) == 0
        assert points.expire_signatures(now=NOON + WEEK) == 1
        assert points.expire_signatures(now=NOON + WEEK) == 0
        with pytest.raises(TransitionRefused):
            sign(adjustment, now=NOON + WEEK)

    def test_turned_down_is_turned_down(self, alice, propose):
        adjustment = propose(300)
        points.turn_down_adjustment(adjustment_id=adjustment.id, by=MAMORU, now=NOON)
        with pytest.raises(TransitionRefused):
            sign(adjustment)
        assert live_of(alice) == pts(0)

    def test_the_same_form_again_proposes_nothing_new(self, propose):
        name = new_id("adj")
        assert propose(300, name=name).id == propose(300, name=name).id
        with pytest.raises(SignatureDiffers):
            propose(301, name=name)
        assert PointsAdjustment.objects.count() == 1

    @pytest.mark.parametrize(("amount", "reason"), [(0, "why"), (1_000_001, "why"), (5, " ")])
    def test_needs_points_and_a_reason(self, propose, amount, reason):
        with pytest.raises(AdjustmentNotPossible):
            propose(amount, reason=reason)

    def test_pools_and_strangers_have_no_adjustments(self, db):
        with pytest.raises(AdjustmentNotPossible):
            points.propose_adjustment(
                adjustment_id=new_id("adj"), wallet_id=new_id("wal"), amount=pts(1), reason="x", by=YUKI, now=NOON
            )
        with pytest.raises(SignatureNotFound):
            points.turn_down_adjustment(adjustment_id=new_id("adj"), by=YUKI, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_of_two_second_persons_one_signs(alice, propose):
    adjustment = propose(300)
    answers = together(*(lambda by=by: sign(adjustment, by=by) for by in (YUKI, REN)))
    assert sorted(isinstance(answer, Refusal) for answer in answers) == [False, True]
    assert live_of(alice) == pts(300)
    assert OutgoingMail.objects.filter(template="points_news").count() == 1
