"""The customer's own rules stop payments, say why to the customer, and hold when two payments come at once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.utils import translation

from accounts import services as accounts
from accounts.categories import Category
from accounts.queries import rules_of
from accounts.rules import ShopRules
from common.db import transaction
from payments import services as payments
from payments.card_check import Check, Outcome
from payments.errors import CardFrozen, GrantCardUnusable, StoppedByRule
from payments.models import Grant, Payment
from payments.queries import card_check_of, payment_snapshot, used_by_merchant, used_of
from payments.services._rules import check_rules
from tests.cast import NOON
from tests.conftest import together


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def allow(person, *, now=NOON, **values):
    wanted = replace(rules_of(person.wallet.id).rules, **values)
    accounts.change_rules(wallet_id=person.wallet.id, wanted=wanted, proved=True, by=person.actor, now=now)


def at_shop(person, shop, **values):
    accounts.set_shop_rule(
        wallet_id=person.wallet.id,
        merchant_id=shop.id,
        shop_name=shop.shop.display_name,
        wanted=ShopRules(**values),
        proved=True,
        by=person.actor,
        now=NOON,
    )


def freeze(person):
    accounts.freeze_wallet(wallet_id=person.wallet.id, by=person.actor, now=NOON)


def why(no) -> str:
    return no.value.facts["rule"]


@transaction
def by_grant(payment, person, *, now=NOON):
    """How a charge by a grant asks."""
    accounts.lock_wallet(person.wallet.id)
    return check_rules(payment=payment, wallet_id=person.wallet.id, merchant=payment.merchant, by_grant=True, now=now)


class TestLimits:
    def test_per_payment_stops_one_yen_more_and_lets_the_limit_itself_pass(self, till, alice, komorebi):
        allow(alice, per_payment_minor=5_000)
        assert till.buys(alice, komorebi, 5_000).status == "captured"
        with pytest.raises(StoppedByRule) as no:
            till.buys(alice, komorebi, 5_001)
        assert why(no) == "per_payment"
        assert str(no.value) == "This is over your limit of ¥5,000 per payment."

    def test_per_day_says_how_much_is_used_and_begins_anew_at_midnight_in_tokyo(self, till, alice, komorebi):
        allow(alice, per_day_minor=30_000)
        till.buys(alice, komorebi, 28_400)
        with pytest.raises(StoppedByRule) as no:
            till.buys(alice, komorebi, 1_601)
        assert str(no.value) == "This is over your limit of ¥30,000 per day; ¥28,400 used today."
        till.buys(alice, komorebi, 1_600)

        till.now = datetime(2026, 11, 22, 14, 59, 59, tzinfo=UTC)
        with pytest.raises(StoppedByRule):
            till.buys(alice, komorebi, 100)
        till.now = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
        assert till.buys(alice, komorebi, 30_000).status == "captured"

    def test_per_month_counts_all_days_of_it(self, till, alice, komorebi):
        allow(alice, per_month_minor=10_000)
        till.buys(alice, komorebi, 6_000)
        till.later(days=3)
        with pytest.raises(StoppedByRule) as no:
            till.buys(alice, komorebi, 4_001)
        assert why(no) == "per_month"
        till.now = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)  # the first of December in Tokyo
        till.buys(alice, komorebi, 10_000)

    def test_what_came_to_nothing_does_not_count(self, till, alice, komorebi):
        allow(alice, per_day_minor=10_000)
        held = till.buys(alice, komorebi, 9_000, capture_method="manual")
        payments.cancel_payment(payment_id=held.id, by=alice.actor, now=till.now)
        assert till.buys(alice, komorebi, 10_000).status == "captured"

    def test_a_refund_gives_no_room_back(self, till, alice, komorebi):
        allow(alice, per_day_minor=10_000)
        till.refunds(till.buys(alice, komorebi, 9_000))
        with pytest.raises(StoppedByRule):
            till.buys(alice, komorebi, 9_000)

    def test_what_the_shop_lets_go_of_for_good_does(self, till, alice, komorebi):
        allow(alice, per_day_minor=10_000)
        paid = till.buys(alice, komorebi, 9_000, capture_method="manual")
        till.captures(paid, 4_000, final=True)
        assert used_of(alice.wallet.id, now=NOON).day_minor == 4_000
        assert used_by_merchant(alice.wallet.id, now=NOON) == {komorebi.id: 4_000}
        assert till.buys(alice, komorebi, 6_000).status == "captured"

    def test_points_count_as_spent(self, till, alice, komorebi):
        till.gives_points(alice, komorebi, 500)
        allow(alice, per_day_minor=1_000)
        till.buys(alice, komorebi, 1_000, points=500)
        assert used_of(alice.wallet.id, now=till.now).day_minor == 1_000

    def test_of_another_person_touch_nobody(self, till, alice, bob, komorebi):
        allow(bob, per_payment_minor=1)
        assert till.buys(alice, komorebi, 5_000).status == "captured"


class TestShops:
    def test_a_blocked_shop_is_refused_and_others_are_not(self, till, alice, komorebi, fly_by_night):
        at_shop(alice, fly_by_night, blocked=True)
        with pytest.raises(StoppedByRule) as no:
            till.buys(alice, fly_by_night)
        assert why(no) == "shop_blocked"
        till.buys(alice, komorebi)

    def test_limits_of_one_shop_hold_there_only(self, till, alice, komorebi, fly_by_night):
        at_shop(alice, komorebi, per_payment_minor=3_000, per_month_minor=5_000)
        with pytest.raises(StoppedByRule) as no:
            till.buys(alice, komorebi, 3_001)
        assert why(no) == "shop_per_payment"
        till.buys(alice, komorebi, 3_000)
        till.buys(alice, fly_by_night, 9_000)
        with pytest.raises(StoppedByRule) as no:
            till.buys(alice, komorebi, 2_001)
        assert (why(no), no.value.facts["figures"]["used"]) == ("shop_per_month", 3_000)
        till.buys(alice, komorebi, 2_000)


class TestHoursAndKinds:
    def test_outside_the_hours_nothing_passes(self, till, alice, komorebi):
        allow(alice, hour_from=13, hour_to=18)
        with pytest.raises(StoppedByRule) as no:
            till.buys(alice, komorebi)  # it is twelve
        assert str(no.value) == "You allow payments only between 13:00 and 18:00 (Tokyo)."
        till.later(hours=1).buys(alice, komorebi)

    def test_a_blocked_kind_of_shop_is_named_in_words(self, till, alice, komorebi):
        allow(alice, blocked_categories=frozenset({Category.RESTAURANTS}))
        with pytest.raises(StoppedByRule) as no:
            till.buys(alice, komorebi)  # coffee: 5814
        assert str(no.value) == "You have blocked this kind of shop: Restaurants and fast food."


class TestAskMeAlways:
    def test_stops_every_charge_by_a_grant_and_no_payment_that_is_approved(self, till, alice, komorebi):
        allow(alice, ask_me_always=True)
        payment = till.asks(komorebi)
        (line,) = by_grant(payment, alice)
        assert (line.check, line.outcome, line.facts["rule"]) == (Check.RULES, Outcome.FAILED, "ask_me_always")
        assert till.approve(payment, alice).status == "captured"

    def test_without_rules_a_grant_passes(self, till, alice, komorebi):
        (line,) = by_grant(till.asks(komorebi), alice)
        assert line.outcome == Outcome.PASSED

    @pytest.mark.parametrize(
        ("rule", "why"),
        [
            (lambda who, _shop: freeze(who), "wallet_frozen"),
            (lambda who, shop: at_shop(who, shop, blocked=True), "shop_blocked"),
            (lambda who, _shop: allow(who, ask_me_always=True), "ask_me_always"),
            (lambda who, _shop: allow(who, blocked_categories=frozenset({"restaurants"})), "category"),
            (lambda who, _shop: allow(who, hour_from=20, hour_to=23), "hours"),
            (lambda who, _shop: allow(who, per_payment_minor=999), "per_payment"),
            (lambda who, shop: at_shop(who, shop, per_payment_minor=999), "shop_per_payment"),
            (lambda who, _shop: allow(who, per_day_minor=1_999), "per_day"),
            (lambda who, _shop: allow(who, per_month_minor=1_999), "per_month"),
            (lambda who, shop: at_shop(who, shop, per_month_minor=1_999), "shop_per_month"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_nor_any_other_rule_lets_a_charge_by_a_grant_pass(self, till, alice, komorebi, rule, why):
        leave = till.allows(alice, komorebi)
        assert till.charges_grant(leave, komorebi, 1_000).status == "captured"
        asked = len(till.network.book)
        rule(alice, komorebi)
        charged = till.charges_grant(leave, komorebi, 1_000)
        (line,) = [line for line in card_check_of(charged) if line.check == Check.RULES]
        assert (charged.status, line.outcome, line.facts["rule"]) == ("declined", Outcome.FAILED, why)
        assert len(till.network.book) == asked

    def test_the_shop_learns_only_that_the_customers_rules_stood_against_it(self, till, alice, komorebi):
        leave = till.allows(alice, komorebi)
        allow(alice, ask_me_always=True)
        charged = till.charges_grant(leave, komorebi, 1_000)
        said = payment_snapshot(charged)["latest_authorization"]
        assert (charged.status, said["decline_code"]) == ("declined", "customer_rules")
        assert "ask_me_always" not in str(payment_snapshot(charged))
        assert till.network.book == {}  # nobody was asked


class TestAPermission:
    """Is not given while no charge under it would pass."""

    RULES = {
        "wallet_frozen": lambda who, _shop: freeze(who),
        "shop_blocked": lambda who, shop: at_shop(who, shop, blocked=True),
        "ask_me_always": lambda who, _shop: allow(who, ask_me_always=True),
        "category": lambda who, _shop: allow(who, blocked_categories=frozenset({"restaurants"})),
    }

    @pytest.mark.parametrize("rule", RULES)
    def test_is_not_asked_for_by_the_passkey(self, till, alice, komorebi, rule):
        asked = till.asks_leave(komorebi)
        self.RULES[rule](alice, komorebi)
        with pytest.raises(StoppedByRule) as no:
            till.approve_leave(asked, alice)
        assert why(no) == rule

    @pytest.mark.parametrize("rule", RULES)
    def test_is_not_given_by_a_signature_from_before(self, till, alice, komorebi, rule):
        asked = till.asks_leave(komorebi)
        offer = till.grant_offer(asked, alice)
        self.RULES[rule](alice, komorebi)
        with pytest.raises(StoppedByRule):
            till.approve_leave(asked, alice, offer=offer)
        assert Grant.objects.get(pk=asked.id).status == "requested"

    def test_may_be_larger_than_a_limit_and_is_given_at_any_hour(self, till, alice, komorebi):
        allow(alice, per_payment_minor=500, hour_from=20, hour_to=23)
        assert till.allows(alice, komorebi).status == "active"

    def test_is_refused_by_nobody_elses_rules(self, till, alice, bob, komorebi, fly_by_night):
        freeze(bob)
        at_shop(alice, fly_by_night, blocked=True)
        assert till.allows(alice, komorebi).status == "active"


class TestBrakes:
    def test_a_frozen_wallet_and_a_frozen_card_stop_charges_by_a_grant_at_once(self, till, alice, komorebi):
        leave = till.allows(alice, komorebi)
        assert till.charges_grant(leave, komorebi, 1_000).status == "captured"
        freeze(alice)
        assert till.charges_grant(leave, komorebi, 1_000).status == "declined"
        accounts.unfreeze_wallet(wallet_id=alice.wallet.id, proved=True, by=alice.actor, now=NOON)
        accounts.freeze_card(card_id=till.card(alice).id, reason="precaution", by=alice.actor, now=NOON)
        with pytest.raises(GrantCardUnusable):
            till.charges_grant(leave, komorebi, 1_000)

    def test_a_frozen_wallet_pays_nothing_and_still_gets_refunds(self, till, alice, komorebi):
        paid, waiting = till.buys(alice, komorebi), till.asks(komorebi)
        offer = till.offer(waiting, alice)
        freeze(alice)
        with pytest.raises(StoppedByRule) as no:
            till.approve(waiting, alice, offer=offer)  # asked before the brake, answered after it
        assert why(no) == "wallet_frozen"
        (line,) = by_grant(waiting, alice)
        assert line.facts["rule"] == "wallet_frozen"
        till.relay()
        refund = till.refunds(paid)
        till.until_quiet()
        refund.refresh_from_db()
        assert refund.status == "succeeded"

    def test_a_rule_made_while_the_page_is_open_holds(self, till, alice, komorebi):
        payment = till.asks(komorebi, 5_000)
        offer = till.offer(payment, alice)
        allow(alice, per_payment_minor=4_999)
        with pytest.raises(StoppedByRule):
            till.approve(payment, alice, offer=offer)
        assert Payment.objects.get(pk=payment.id).status == "requires_approval"

    def test_a_card_frozen_while_the_page_is_open_does_not_pay(self, till, alice, komorebi):
        payment = till.asks(komorebi)
        offer = till.offer(payment, alice)
        accounts.freeze_card(card_id=till.card(alice).id, reason="precaution", by=alice.actor, now=NOON)
        with pytest.raises(CardFrozen):
            till.approve(payment, alice, offer=offer)


class TestCancelOpenCharges:
    def test_ends_permissions_and_cancels_what_was_not_taken(self, till, alice, bob, komorebi, fly_by_night):
        leave, elsewhere = till.allows(alice, komorebi), till.allows(alice, fly_by_night)
        held = till.buys(alice, komorebi, 3_000, capture_method="manual")
        paid, bobs = till.buys(alice, komorebi, 2_000), till.buys(bob, komorebi, 1_000, capture_method="manual")
        till.network.falls_silent()
        lost = till.buys(alice, komorebi, 1_000)
        known = {"customer_id": alice.customer.id, "merchant_id": komorebi.id, "by": alice.actor, "now": till.now}
        ended = payments.cancel_open_charges(**known)
        assert ([one.id for one in ended.canceled], ended.grants) == ([held.id], 1)
        assert [one.id for one in ended.unknown] == [lost.id]
        seen = {row.id: row.status for row in Payment.objects.all()}
        assert (seen[paid.id], seen[bobs.id], seen[lost.id]) == ("captured", "authorized", "processing")
        assert {row.id: row.status for row in Grant.objects.all()} == {leave.id: "ended", elsewhere.id: "active"}
        again = payments.cancel_open_charges(**known)
        assert (again.canceled, again.grants) == ((), 0)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_charges_by_a_grant_never_pass_a_day_limit_together(self, till, alice, komorebi):
        leave = till.allows(alice, komorebi)
        allow(alice, per_day_minor=1_500)
        answers = together(*[partial(till.charges_grant, leave, komorebi, 1_000) for _ in range(2)])
        assert sorted(str(answer.status) for answer in answers) == ["captured", "declined"]
        assert used_of(alice.wallet.id, now=NOON).day_minor == 1_000

    def test_an_approval_and_a_charge_never_pass_it_either(self, till, alice, komorebi):
        leave = till.allows(alice, komorebi)
        allow(alice, per_day_minor=1_500)
        payment = till.asks(komorebi, 1_000)
        offer = till.offer(payment, alice)
        together(
            partial(till.approve, payment, alice, offer=offer), partial(till.charges_grant, leave, komorebi, 1_000)
        )
        assert used_of(alice.wallet.id, now=NOON).day_minor == 1_000

    def test_two_payments_never_pass_a_day_limit_together(self, till, alice, komorebi):
        allow(alice, per_day_minor=10_000)
        asked = [till.asks(komorebi, 6_000) for _ in range(2)]
        offers = [till.offer(payment, alice) for payment in asked]
        hands = [
            partial(till.approve, payment, alice, offer=offer) for payment, offer in zip(asked, offers, strict=True)
        ]
        answers = together(*hands)
        assert sum(isinstance(answer, StoppedByRule) for answer in answers) == 1
        assert used_of(alice.wallet.id, now=NOON).day_minor == 6_000

    def test_a_brake_and_a_payment_have_an_order(self, till, alice, komorebi):
        payment = till.asks(komorebi)
        offer = till.offer(payment, alice)
        paid, _frozen = together(partial(till.approve, payment, alice, offer=offer), partial(freeze, alice))
        seen = Payment.objects.get(pk=payment.id)
        assert (seen.status == "captured") != isinstance(paid, StoppedByRule)
        assert rules_of(alice.wallet.id).frozen_at is not None


def test_days_and_months_are_tokyos(till, alice, komorebi):
    till.now = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)  # 23:00 on the last of November
    till.buys(alice, komorebi, 1_000)
    assert used_of(alice.wallet.id, now=till.now).month_minor == 1_000
    later = till.now + timedelta(hours=1)
    assert used_of(alice.wallet.id, now=later) == replace(
        used_of(alice.wallet.id, now=later), day_minor=0, month_minor=0
    )
