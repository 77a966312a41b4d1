"""A customer's permission to one shop: asked for, signed, paused, lowered, ended. Only the card network is played."""

from datetime import date, timedelta

import pytest

from accounts import services as accounts
from accounts.errors import CardNotFound
from common.append_only import ChangeForbidden
from common.ids import new_id
from common.money import yen
from common.states import TransitionRefused
from events.models import AuditRecord, Event
from merchants import services as merchants
from payments import services as payments
from payments.details import GRANT_PREFIX, PREFIX, challenge_over
from payments.errors import (
    ApprovalRefused,
    CardFrozen,
    ChallengeNotOpen,
    GrantDayNotPossible,
    GrantExpired,
    GrantLimitsNotPossible,
    GrantNotFound,
    GrantReferenceUsed,
    GrantRequestExpired,
    LifeNotPossible,
    MerchantNotOpen,
    RepeatDiffers,
    ReturnUrlNotRegistered,
)
from payments.models import Approval, Challenge, Grant
from payments.queries import grant_of_customer, grant_of_merchant, grants_of_customer, reverify_approval

pytestmark = pytest.mark.django_db


def told(grant):
    return list(Event.objects.filter(subject=grant.id).order_by("id").values_list("type", flat=True))


def now_is(grant):
    return Grant.objects.get(pk=grant.id)


class TestAsking:
    def test_waits_for_an_answer(self, till, komorebi):
        grant = till.asks_leave(komorebi)
        assert (grant.status, grant.customer_id, grant.version) == ("requested", "", 1)
        assert told(grant) == ["grant.created"]
        assert Event.objects.get(subject=grant.id).data["limit_per_period"] == 20_000

    def test_again_with_the_same_id_changes_nothing(self, till, komorebi):
        first = till.asks_leave(komorebi, merchant_reference="beans-1")
        again = till.asks_leave(komorebi, grant_id=first.id, merchant_reference="beans-1")
        assert (again.id, Grant.objects.count()) == (first.id, 1)
        with pytest.raises(RepeatDiffers):
            till.asks_leave(komorebi, grant_id=first.id, merchant_reference="beans-1", limit_per_payment=yen(4_999))

    def test_a_reference_is_used_once_for_ever(self, till, komorebi, fly_by_night):
        first = till.asks_leave(komorebi, merchant_reference="beans-1")
        with pytest.raises(GrantReferenceUsed) as no:
            till.asks_leave(komorebi, merchant_reference="beans-1")
        assert no.value.facts["grant_id"] == first.id
        till.asks_leave(fly_by_night, merchant_reference="beans-1")

    def test_its_repeat_is_known_after_the_customer_lowered_it(self, till, alice, komorebi):
        first = till.asks_leave(komorebi, merchant_reference="beans-1")
        till.approve_leave(first, alice, limit_per_payment=yen(2_000))
        again = till.asks_leave(komorebi, grant_id=first.id, merchant_reference="beans-1")
        assert (again.id, again.status) == (first.id, "active")

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"limit_per_period": yen(4_999)}, GrantLimitsNotPossible),
            ({"limit_per_period": None}, GrantLimitsNotPossible),
            ({"period": "none"}, GrantLimitsNotPossible),
            ({"limit_per_payment": yen(49)}, GrantLimitsNotPossible),
            ({"kind": "one_time", "limit_per_period": yen(9_000)}, GrantLimitsNotPossible),
            ({"kind": "one_time", "period": "month"}, GrantLimitsNotPossible),
            ({"until": date(2026, 11, 21)}, GrantDayNotPossible),
            ({"until": date(2030, 1, 1)}, GrantDayNotPossible),
            ({"return_url": "https://elsewhere.example/thanks"}, ReturnUrlNotRegistered),
            ({"expires_in_seconds": 59}, LifeNotPossible),
            ({"expires_in_seconds": 31 * 86_400}, LifeNotPossible),
        ],
    )
    def test_refuses_what_no_grant_can_be(self, till, komorebi, changes, refusal):
        with pytest.raises(refusal):
            till.asks_leave(komorebi, **changes)
        assert not Grant.objects.exists()

    def test_a_suspended_shop_asks_for_nothing(self, till, komorebi, alice):
        asked = till.asks_leave(komorebi)
        merchants.suspend_merchant(merchant_id=komorebi.id, reason="complaints", by=komorebi.actor, now=till.now)
        with pytest.raises(MerchantNotOpen):
            till.asks_leave(komorebi)
        with pytest.raises(MerchantNotOpen):
            till.grant_offer(asked, alice)


class TestApproving:
    def test_gives_the_shop_what_was_signed(self, till, alice, komorebi):
        grant = till.allows(alice, komorebi)
        assert (grant.status, grant.customer_id, grant.card_last4) == ("active", alice.customer.id, "4242")
        assert told(grant) == ["grant.created", "grant.approved"]
        assert AuditRecord.objects.filter(action="grant.approved", subject=grant.id).count() == 1
        assert "customer" not in Event.objects.get(type="grant.approved").data

    def test_the_customer_lowers_the_limits_first(self, till, alice, komorebi):
        asked = till.asks_leave(komorebi)
        grant = till.approve_leave(
            asked, alice, limit_per_payment=yen(2_000), limit_per_period=yen(6_000), until=date(2026, 12, 31)
        )
        assert (grant.limit_per_payment, grant.limit_per_period) == (yen(2_000), yen(6_000))
        assert grant.until == date(2026, 12, 31)
        assert [change.terms["limit_per_payment"] for change in grant.changes.order_by("version")] == [5_000, 2_000]

    @pytest.mark.parametrize(
        "higher",
        [
            {"limit_per_payment": yen(5_001)},
            {"limit_per_period": yen(20_001)},
            {"until": date(2027, 4, 1)},
            {"limit_per_payment": yen(3_000), "limit_per_period": yen(2_999)},
        ],
    )
    def test_nobody_raises_them(self, till, alice, komorebi, higher):
        with pytest.raises(GrantLimitsNotPossible):
            till.grant_offer(till.asks_leave(komorebi), alice, **higher)

    def test_is_proved_again_offline(self, till, alice, komorebi):
        till.allows(alice, komorebi)
        kept = Approval.objects.get()
        assert (kept.payment_id, kept.grant_id) == (None, Grant.objects.get().id)
        assert reverify_approval(kept.id)

    def test_a_signature_for_a_grant_is_none_for_a_payment(self, till, alice, komorebi):
        offer = till.grant_offer(till.asks_leave(komorebi), alice)
        kept = Challenge.objects.get()
        nonce = bytes(kept.nonce)
        assert bytes(kept.digest) == challenge_over(offer.details, nonce=nonce, prefix=GRANT_PREFIX)
        assert bytes(kept.digest) != challenge_over(offer.details, nonce=nonce, prefix=PREFIX)

    @pytest.mark.parametrize(
        "change",
        [
            {"limit_per_payment_minor": 6_000},
            {"limit_per_period_minor": 30_000},
            {"period": "week"},
            {"description": "Something else"},
            {"return_url": "https://elsewhere.example/thanks"},
        ],
    )
    def test_what_changed_since_it_was_shown_is_not_approved(self, till, alice, komorebi, change):
        grant = till.asks_leave(komorebi)
        offer = till.grant_offer(grant, alice)
        # Terms that the customer chose are in the challenge; a row that says more than was signed does not matter …
        limits_only = change.keys() <= {"limit_per_payment_minor", "limit_per_period_minor"}
        Grant.objects.filter(pk=grant.id).update(**change)
        if limits_only:
            assert till.approve_leave(grant, alice, offer=offer).limit_per_payment == yen(5_000)
        else:  # … and anything else voids it
            with pytest.raises(ApprovalRefused):
                till.approve_leave(grant, alice, offer=offer)
            assert now_is(grant).status == "requested"

    def test_each_member_of_the_details_counts(self, till, alice, komorebi):
        grant = till.asks_leave(komorebi)
        offer = till.grant_offer(grant, alice)
        kept = Challenge.objects.get()
        for name in offer.details:
            changed = dict(offer.details) | {name: f"{offer.details[name]}1"}
            assert challenge_over(changed, nonce=bytes(kept.nonce), prefix=GRANT_PREFIX) != bytes(kept.digest), name

    def test_three_tries_then_it_is_over(self, till, alice, komorebi):
        grant = till.asks_leave(komorebi)
        offer = till.grant_offer(grant, alice)
        wrong = till.signed(offer, alice, origin="https://evil.example")
        for _ in range(3):
            with pytest.raises(ApprovalRefused):
                payments.approve_grant(
                    grant_id=grant.id,
                    customer_id=alice.customer.id,
                    challenge_id=offer.challenge_id,
                    assertion=wrong,
                    by=alice.actor,
                    now=till.now,
                )
        with pytest.raises(ChallengeNotOpen):
            till.approve_leave(grant, alice, offer=offer)

    def test_five_minutes_and_not_a_moment_more(self, till, alice, komorebi):
        grant = till.asks_leave(komorebi)
        offer = till.grant_offer(grant, alice)
        till.later(minutes=5)
        with pytest.raises(ChallengeNotOpen):
            till.approve_leave(grant, alice, offer=offer)

    def test_a_newer_question_voids_the_earlier_one(self, till, alice, bob, komorebi):
        grant = till.asks_leave(komorebi)
        earlier = till.grant_offer(grant, alice)
        till.grant_offer(grant, bob)
        with pytest.raises(ChallengeNotOpen):
            till.approve_leave(grant, alice, offer=earlier)

    def test_belongs_to_who_signed_first(self, till, alice, mallory, komorebi):
        grant = till.allows(alice, komorebi)
        with pytest.raises(GrantNotFound):
            till.grant_offer(grant, mallory)
        with pytest.raises(TransitionRefused):
            till.grant_offer(grant, alice)

    def test_too_late_is_too_late(self, till, alice, komorebi):
        grant = till.asks_leave(komorebi)
        till.later(days=1)
        with pytest.raises(GrantRequestExpired):
            till.grant_offer(grant, alice)

    def test_a_card_that_cannot_pay_cannot_be_named(self, till, alice, bob, komorebi):
        card = till.card(alice)
        accounts.freeze_card(card_id=card.id, reason="precaution", by=alice.actor, now=till.now)
        with pytest.raises(CardFrozen):
            till.grant_offer(till.asks_leave(komorebi), alice)
        with pytest.raises(CardNotFound):
            till.grant_offer(till.asks_leave(komorebi), alice, card=till.card(bob))

    def test_not_now(self, till, alice, komorebi):
        grant = payments.decline_grant(grant_id=till.asks_leave(komorebi).id, by=alice.actor, now=till.now)
        assert (grant.status, grant.ended_why) == ("ended", "declined")
        assert told(grant) == ["grant.created", "grant.declined"]
        with pytest.raises(TransitionRefused):
            till.grant_offer(grant, alice)


class TestLater:
    def test_pause_and_resume(self, till, alice, komorebi):
        grant = till.allows(alice, komorebi)
        payments.pause_grant(grant_id=grant.id, by=alice.actor, now=till.now)
        with pytest.raises(TransitionRefused):
            payments.pause_grant(grant_id=grant.id, by=alice.actor, now=till.now)
        payments.resume_grant(grant_id=grant.id, by=alice.actor, now=till.now)
        assert told(grant)[2:] == ["grant.paused", "grant.resumed"]

    def test_what_is_over_is_not_resumed(self, till, alice, komorebi):
        grant = till.allows(alice, komorebi)
        payments.pause_grant(grant_id=grant.id, by=alice.actor, now=till.now)
        till.later(days=200)
        with pytest.raises(GrantExpired):
            payments.resume_grant(grant_id=grant.id, by=alice.actor, now=till.now)

    def test_lowering(self, till, alice, komorebi):
        grant = till.allows(alice, komorebi)
        lower = {"grant_id": grant.id, "by": alice.actor, "now": till.now}
        lowered = payments.lower_grant(limit_per_period=yen(3_000), **lower)
        # Who lowers the larger limit below the smaller one has lowered both.
        assert (lowered.limit_per_payment, lowered.limit_per_period) == (yen(3_000), yen(3_000))
        with pytest.raises(GrantLimitsNotPossible):
            payments.lower_grant(limit_per_payment=yen(3_001), **lower)
        payments.lower_grant(limit_per_payment=yen(3_000), **lower)  # as it is: nothing is told
        assert told(grant) == ["grant.created", "grant.approved", "grant.lowered"]
        assert now_is(grant).version == 3

    def test_a_customer_ends_it_for_good(self, till, alice, komorebi):
        grant = till.allows(alice, komorebi)
        ended = payments.end_grant(grant_id=grant.id, by=alice.actor, now=till.now)
        assert (ended.status, ended.ended_why, ended.ended_at) == ("ended", "ended_by_customer", till.now)
        for verb in (payments.resume_grant, payments.pause_grant, payments.end_grant, payments.lower_grant):
            with pytest.raises(TransitionRefused):
                verb(grant_id=grant.id, by=alice.actor, now=till.now)
        assert Event.objects.get(type="grant.ended").data["ended_why"] == "ended_by_customer"

    def test_a_shop_ends_it_too_or_withdraws_the_request(self, till, alice, komorebi):
        given, asked = till.allows(alice, komorebi), till.asks_leave(komorebi)
        for grant in (given, asked):
            ended = payments.end_grant(grant_id=grant.id, by=komorebi.actor, now=till.now)
            assert ended.ended_why == "ended_by_merchant"

    def test_nobody_else_touches_it(self, till, alice, mallory, komorebi):
        grant = till.allows(alice, komorebi)
        for verb in (payments.pause_grant, payments.lower_grant, payments.end_grant, payments.resume_grant):
            with pytest.raises(GrantNotFound):
                verb(grant_id=grant.id, by=mallory.actor, now=till.now)
        with pytest.raises(GrantNotFound):
            payments.change_grant_card(grant_id=grant.id, card_id=till.card(mallory).id, by=mallory.actor, now=till.now)
        with pytest.raises(GrantNotFound):
            grant_of_customer(mallory.customer.id, grant.id)

    def test_another_card_of_the_same_wallet(self, till, alice, bob, komorebi):
        grant = till.allows(alice, komorebi)
        other = till.card(alice, "5555555555554444", brand="mastercard")
        payments.change_grant_card(grant_id=grant.id, card_id=other.id, by=alice.actor, now=till.now)
        assert (now_is(grant).card_id, now_is(grant).card_last4) == (other.id, "4444")
        with pytest.raises(CardNotFound):
            payments.change_grant_card(grant_id=grant.id, card_id=till.card(bob).id, by=alice.actor, now=till.now)

    def test_time_ends_it(self, till, alice, komorebi):
        asked, given = till.asks_leave(komorebi), till.allows(alice, komorebi, until=date(2026, 11, 30))
        till.now = till.now.replace(day=30, hour=14, minute=59)  # 23:59 in Tokyo, on its last day
        assert payments.expire_grants(now=till.now) == 1
        assert (now_is(asked).ended_why, now_is(given).status) == ("not_answered", "active")
        till.later(minutes=1)
        assert payments.expire_grants(now=till.now) == 1
        assert now_is(given).ended_why == "expired"
        assert payments.expire_grants(now=till.now) == 0

    def test_its_history_stays_and_says_who_and_why(self, till, alice, komorebi):
        grant = till.allows(alice, komorebi)
        payments.pause_grant(grant_id=grant.id, by=alice.actor, now=till.now + timedelta(days=1))
        payments.end_grant(grant_id=grant.id, by=komorebi.actor, now=till.now + timedelta(days=2))
        lines = [(change.verb, change.by, change.why) for change in grant.changes.order_by("version")]
        assert lines == [
            ("create", komorebi.key_id, ""),
            ("approve", alice.customer.id, ""),
            ("pause", alice.customer.id, ""),
            ("end", komorebi.key_id, "ended_by_merchant"),
        ]
        with pytest.raises(ChangeForbidden):
            grant.changes.last().save()
        assert [row.id for row in grants_of_customer(alice.customer.id)] == [grant.id]


def test_another_shops_grant_is_as_unknown_as_none(till, alice, komorebi, fly_by_night):
    grant = till.allows(alice, komorebi)
    for nothing in (grant.id, new_id("grt"), "nonsense"):
        with pytest.raises(GrantNotFound):
            grant_of_merchant(fly_by_night.id, nothing)
