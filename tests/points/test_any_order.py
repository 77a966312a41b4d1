"""Whatever happens in whatever order, the lots, the books and a model in plain Python tell the same."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import transaction as django_transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from hypothesis.strategies import integers, lists, sampled_from

from common.ids import new_id
from common.money import pts, yen
from ledger.queries import available_balance, posted_balance
from ledger.services import check_books
from points import services as points
from points.errors import NotEnoughPoints
from points.models import PointsLot
from points.postings import live, payable, pending, reserve
from points.queries import points_of
from tests.cast import NOON, business
from tests.points.conftest import give_back, hold, redeem, release


@dataclass
class ModelLot:
    """One lot as a person with a notebook would keep it."""

    capture: str
    funder: str
    earned: int
    left: int
    expires_at: object
    state: str = "pending"
    out: int = 0
    """Held, spent or taken for another lot: gone from here, still owed if the purchase is refunded."""
    owed: int = 0


@dataclass
class ModelPayment:
    id: str
    shares: list = field(default_factory=list)
    at: str = ""


class PointsInAnyOrder(RuleBasedStateMachine):
    captures, held, redeemed = Bundle("captures"), Bundle("held"), Bundle("redeemed")

    def __init__(self):
        super().__init__()
        self.savepoint = django_transaction.savepoint()
        self.now = NOON
        self.wallet = new_id("wal")
        self.lots: dict[str, ModelLot] = {}
        self.refunded: set[str] = set()
        self.owed_to: dict[str, int] = {}

    def teardown(self):
        django_transaction.savepoint_rollback(self.savepoint)

    @initialize(target=captures, minors=lists(integers(5_000, 60_000), min_size=3, max_size=3))
    def begin_with_some_points(self, minors):
        self.shops = [business(name, host=f"{name.lower()}.example").id for name in ("Sakura", "Tanuki")]
        self.owed_to = dict.fromkeys(self.shops, 0)
        bought = [(new_id("cap"), new_id("pay"), self.shops[i % 2], minor, self.now) for i, minor in enumerate(minors)]
        for capture in bought:
            self._earn(capture)
        self.wait(15)
        return multiple(*bought)

    # What happens

    @rule(target=captures, minor=sampled_from([0, 99, 100, 5_050, 20_000, 40_000]), shop=sampled_from([0, 1]))
    def buy(self, minor, shop):
        capture = (new_id("cap"), new_id("pay"), self.shops[shop], minor, self.now)
        self._earn(capture)
        return capture

    @rule(capture=captures)
    def hear_of_it_again(self, capture):
        self._earn(capture)

    @rule(target=captures, minor=integers(0, 60_000), shop=sampled_from([0, 1]))
    def hear_of_the_refund_first(self, minor, shop):
        capture = (new_id("cap"), new_id("pay"), self.shops[shop], minor, self.now)
        self._refund(capture)
        self._earn(capture)
        return capture

    def _earn(self, capture):
        capture_id, payment_id, shop, minor, when = capture
        lot = points.earn_points(
            capture_id=capture_id,
            payment_id=payment_id,
            wallet_id=self.wallet,
            merchant_id=shop,
            base=yen(minor),
            captured_at=when,
            now=self.now,
        )
        if minor // 100 and capture_id not in self.lots and capture_id not in self.refunded:
            self.lots[capture_id] = ModelLot(capture_id, shop, minor // 100, minor // 100, lot.expires_at)

    @rule(capture=captures)
    def refund_the_purchase(self, capture):
        self._refund(capture)

    def _refund(self, capture):
        capture_id, payment_id, shop, _minor, _when = capture
        points.take_back_points(
            capture_id=capture_id,
            refund_id=new_id("ref"),
            payment_id=payment_id,
            wallet_id=self.wallet,
            merchant_id=shop,
            now=self.now,
        )
        lot = self.lots.get(capture_id)
        if capture_id in self.refunded or lot is None:
            self.refunded.add(capture_id)
            return
        self.refunded.add(capture_id)
        if lot.state == "pending":
            lot.left, lot.state = 0, "gone"
            return
        missing = lot.out
        self.owed_to[lot.funder] += lot.left
        lot.left = 0
        for other in self._spendable():
            share = min(other.left, missing)
            other.left, other.out, missing = other.left - share, other.out + share, missing - share
            self.owed_to[lot.funder] += share
        lot.owed = missing

    @rule(days=sampled_from([1, 7, 15, 15, 15, 15, 200]))
    def wait(self, days):
        self.now += timedelta(days=days)
        points.activate_points(now=self.now)
        points.expire_points(now=self.now)
        for lot in self.lots.values():
            if lot.state == "pending" and PointsLot.objects.get(source_ref=lot.capture).available_from <= self.now:
                lot.state = "live"
                self.owed_to[lot.funder] -= lot.earned
        self._let_go()

    def _let_go(self):
        for lot in self.lots.values():
            if lot.state == "live" and lot.expires_at <= self.now:
                self.owed_to[lot.funder] += lot.left
                lot.left = 0

    @rule(target=held, amount=sampled_from([1, 50, 100, 200, 400, 600]))
    def hold_for_a_payment(self, amount):
        payment = ModelPayment(new_id("pay"))
        spendable = sum(lot.left for lot in self._spendable())
        if amount > spendable:
            with pytest.raises(NotEnoughPoints):
                hold(wallet_id=self.wallet, payment_id=payment.id, amount=pts(amount), now=self.now)
            return payment
        for _ in range(2):
            hold(wallet_id=self.wallet, payment_id=payment.id, amount=pts(amount), now=self.now)
        for lot in self._spendable():
            if share := min(lot.left, amount):
                lot.left, lot.out, amount = lot.left - share, lot.out + share, amount - share
                payment.shares.append((lot, share))
        return payment

    @rule(target=redeemed, payment=consumes(held), shop=sampled_from([0, 1]))
    def pay(self, payment, shop):
        payment.at = self.shops[shop]
        for _ in range(2):
            redeem(payment_id=payment.id, at_merchant_id=payment.at, now=self.now)
        self.owed_to[payment.at] += sum(share for _lot, share in payment.shares)
        return payment

    @rule(payment=consumes(held))
    def let_it_be(self, payment):
        for _ in range(2):
            release(payment_id=payment.id, now=self.now)
        self._bring_back(payment)

    @rule(payment=consumes(redeemed))
    def refund_the_payment(self, payment):
        for _ in range(2):
            give_back(payment_id=payment.id, refund_id=new_id("ref"), now=self.now)
        self.owed_to[payment.at] -= sum(share for _lot, share in payment.shares)
        self._bring_back(payment)

    def _bring_back(self, payment):
        for lot, share in payment.shares:
            settled = min(lot.owed, share)
            lot.out, lot.owed, lot.left = lot.out - share, lot.owed - settled, lot.left + share - settled
            self.owed_to[lot.funder] += settled
        points.expire_points(now=self.now)
        self._let_go()

    def _spendable(self):
        alive = (lot for lot in self.lots.values() if lot.state == "live" and lot.left and lot.expires_at > self.now)
        ids = dict(PointsLot.objects.filter(wallet_id=self.wallet).values_list("source_ref", "id"))
        return sorted(alive, key=lambda lot: (lot.expires_at, ids[lot.capture]))

    # What must hold

    @invariant()
    def the_customer_has_what_the_notebook_says(self):
        view = points_of(self.wallet, self.now)
        assert view.live.minor == sum(lot.left for lot in self.lots.values() if lot.state == "live")
        assert view.pending.minor == sum(lot.left for lot in self.lots.values() if lot.state == "pending")
        assert available_balance(live(self.wallet), "PTS") == view.live
        assert posted_balance(pending(self.wallet), "PTS") == view.pending

    @invariant()
    def each_shop_is_owed_what_the_notebook_says(self):
        for shop, owed in self.owed_to.items():
            assert posted_balance(payable(shop), "JPY").minor == owed
            assert posted_balance(reserve(shop), "JPY").minor >= 0

    @invariant()
    def the_checks_find_nothing(self):
        assert points.check_points(now=self.now) == []


@pytest.mark.django_db
def test_points_in_any_order():
    run_state_machine_as_test(
        PointsInAnyOrder,
        settings=settings(
            max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    assert check_books(now=NOON) == []
