"""Any sequence of what shops, customers, machines and the network may do, against a model in plain Python.

The model knows no tables: it keeps what each payment should be, and adds up what everybody should have.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from itertools import count
from types import SimpleNamespace
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from common.errors import Refusal
from common.ids import new_id
from common.money import yen
from ledger.queries import posted_balance
from ledger.states import AccountKind as K
from ledger.types import AccountRef
from payments import services as payments
from payments.models import Payment, Refund
from payments.postings import settled_refund_lines
from points.queries import points_of
from tests.cast import business, person
from tests.payments.till import Till

FEE_BASIS_POINTS = 325
POINTS_AT_FIRST = 5_000
AMOUNTS = st.sampled_from([4_321, 50, 99, 149, 1_000, 9_999])
POINTS = st.sampled_from([100, 0, 1, 3_000])
MODES = st.sampled_from(["approves", "declines", "silent", "deaf", "down", "approves"])
_numbers = count(1)


@dataclass
class Model:
    """What one payment should be."""

    payment: Payment
    amount: int
    manual: bool
    expires_at: datetime
    status: str = "requires_approval"
    points: int = 0
    attempts: int = 0
    booked: bool = False
    """While the outcome is unknown: whether the network has it."""
    capture_before: datetime | None = None
    capture_told: bool = False
    refund: str = ""
    refund_id: str = ""
    refund_sent: bool = False
    refund_booked: bool = False

    @property
    def card(self) -> int:
        return self.amount - self.points

    @property
    def fee(self) -> int:
        return (self.amount * FEE_BASIS_POINTS + 5_000) // 10_000


class Payments(RuleBasedStateMachine):
    network = None
    models: ClassVar[list] = []

    @initialize()
    def open_for_business(self):
        number = next(_numbers)
        self.network.approves()
        self.till, self.mode = Till(self.network), "approves"
        self.alice = person(f"Alice{number}")
        self.shop = business("Komorebi Coffee", host=f"komorebi{number}.example")
        self.funder = business("Fly-by-Night", host=f"fly{number}.example")
        self.till.gives_points(self.alice, self.funder, POINTS_AT_FIRST)
        self.models = []
        self.before = self._operator()

    # What people and machines do --------------------------------------------------------------------------------------

    @rule(amount=AMOUNTS, points=POINTS, manual=st.booleans(), mode=MODES)
    def somebody_buys(self, amount, points, manual, mode):
        payment = self.till.asks(self.shop, amount, capture_method="manual" if manual else "automatic")
        model = Model(payment, amount, manual, payment.expires_at)
        self.models.append(model)
        self._network(mode)
        self._approve(model, points)

    @precondition(lambda self: self.some("requires_approval"))
    @rule(data=st.data(), points=POINTS, mode=MODES)
    def tries_once_more(self, data, points, mode):
        self._network(mode)
        self._approve(data.draw(st.sampled_from(self.some("requires_approval"))), points)

    @precondition(lambda self: self.some("authorized"))
    @rule(data=st.data(), mode=MODES)
    def the_shop_captures(self, data, mode):
        self._network(mode)
        self._capture(data.draw(st.sampled_from(self.some("authorized"))))

    @precondition(lambda self: self.some("captured"))
    @rule(data=st.data(), mode=MODES)
    def the_shop_refunds(self, data, mode):
        self._network(mode)
        self._refund(data.draw(st.sampled_from(self.some("captured"))))

    @precondition(lambda self: self.some("authorized", "requires_approval"))
    @rule(data=st.data(), mode=MODES)
    def the_shop_cancels(self, data, mode):
        self._network(mode)
        self._cancel(data.draw(st.sampled_from(self.some("authorized", "requires_approval"))))

    @precondition(lambda self: self.models)
    @rule(data=st.data(), what=st.sampled_from(["approve", "capture", "refund", "cancel"]), mode=MODES)
    def somebody_tries_what_may_not_be(self, data, what, mode):
        model = data.draw(st.sampled_from(self.models))
        self._network(mode)
        match what:
            case "approve":
                self._approve(model, 0)
            case "capture":
                self._capture(model)
            case "refund":
                self._refund(model)
            case "cancel":
                self._cancel(model)

    def _network(self, mode):
        self.mode = mode
        match mode:
            case "approves":
                self.network.approves()
            case "declines":
                self.network.declines("51")
            case "silent":
                self.network.falls_silent()
            case "deaf":
                self.network.falls_silent(booked=False)
            case "down":
                self.network.is_down()

    def some(self, *statuses):
        return [model for model in self.models if model.status in statuses]

    def _approve(self, model, points):
        possible = (
            model.status == "requires_approval"
            and self.till.now < model.expires_at
            and points <= self._live()
            and model.amount - points >= 50
        )
        try:
            self.till.approve(model.payment, self.alice, points=points)
        except Refusal:
            assert not possible
            return
        assert possible
        match self.mode:
            case "approves":
                self._promised(model, points)
            case "declines":
                self._declined(model)
            case "silent" | "deaf":
                model.status, model.points, model.booked = "processing", points, self.mode == "silent"

    def _capture(self, model):
        possible = model.status == "authorized" and self.till.now < model.capture_before
        facts = {"payment_id": model.payment.id, "capture_id": new_id("cap"), "by": self.shop.actor}
        if self._is_done(payments.capture_payment, facts, possible):
            model.status = "captured"

    def _cancel(self, model):
        possible = model.status in {"requires_approval", "authorized"}
        facts = {"payment_id": model.payment.id, "by": self.shop.actor}
        if self._is_done(payments.cancel_payment, facts, possible):
            model.status = "canceled"

    def _refund(self, model):
        possible = model.status == "captured" and model.refund in {"", "failed"}
        name = new_id("ref")
        facts = {"payment_id": model.payment.id, "refund_id": name, "by": self.shop.actor}
        if not self._is_done(payments.refund_payment, facts, possible):
            return
        model.refund, model.refund_id = "pending", name
        talks = self.mode in {"approves", "declines"}
        model.capture_told = model.capture_told or talks
        model.refund_sent = model.capture_told
        if not model.refund_sent:
            return
        if talks:
            model.refund = "succeeded" if self.mode == "approves" else "failed"
        elif self.mode == "down":
            model.refund = "failed"
        model.refund_booked = self.mode == "silent"

    @rule(minutes=st.sampled_from([1, 31, 60 * 24 * 7]))
    def time_runs_out(self, minutes):
        self._settle()
        self.till.later(minutes=minutes)
        payments.expire_payments(now=self.till.now)
        for model in self.models:
            ended = {"requires_approval": model.expires_at, "authorized": model.capture_before}.get(model.status)
            if ended and ended <= self.till.now:
                model.status = "expired"

    @rule()
    def everything_comes_to_an_end(self):
        self._settle()
        assert self.till.findings() == []
        wanted = sum(model.card // 100 for model in self.models if self._is_kept(model))
        assert points_of(self.alice.wallet.id, self.till.now).pending.minor == wanted

    def teardown(self):
        """The operator's accounts are everybody's: nothing of this story moves them during the next one."""
        self._settle()

    # What must hold after every step ----------------------------------------------------------------------------------

    @invariant()
    def each_payment_is_what_it_should_be(self):
        found = Payment.objects.in_bulk([model.payment.id for model in self.models])
        for model in self.models:
            seen = found[model.payment.id]
            assert seen.status == model.status
            if model.refund:
                assert Refund.objects.get(pk=model.refund_id).status == model.refund

    @invariant()
    def everybody_has_what_they_should(self):
        if not self.models:
            return
        captured = [model for model in self.models if model.status == "captured"]
        given_back = [model for model in captured if model.refund == "succeeded"]
        on_its_way = [model for model in captured if model.refund == "pending"]
        fees = sum(model.fee for model in captured) - sum(model.fee for model in given_back + on_its_way)
        operator = self._operator()
        assert operator["receivable"] - self.before["receivable"] == _cards(captured) - _cards(given_back)
        assert operator["in transit"] - self.before["in transit"] == _cards(on_its_way)
        assert operator["fees"] - self.before["fees"] == fees
        owed = (
            sum(model.amount for model in captured)
            - sum(model.amount for model in given_back)
            - _cards(on_its_way)
            - fees
        )
        assert self._balance(self.shop.id, K.MERCHANT_PAYABLE) == owed
        view = points_of(self.alice.wallet.id, self.till.now)
        assert (view.live.minor, view.held.minor) == (self._live(), self._held())

    # The model's arithmetic -------------------------------------------------------------------------------------------

    def _is_done(self, verb, facts, possible) -> bool:
        try:
            verb(**facts, now=self.till.now)
        except Refusal:
            assert not possible
            return False
        assert possible
        return True

    def _settle(self):
        """The network is well again, and time passes until nothing waits."""
        self._network("approves")
        for model in self.models:
            if model.status == "processing" and model.booked:
                self._promised(model, model.points)
            elif model.status == "processing":
                self._declined(model)
            if model.refund == "pending":
                model.refund = "succeeded" if model.refund_booked or not model.refund_sent else "failed"
            model.capture_told = model.capture_told or model.status == "captured"
        self.till.until_quiet()

    def _promised(self, model, points):
        # The janitor asks a few seconds later; the deadline is compared only after things were quiet for minutes.
        model.points, model.attempts = points, model.attempts + 1
        model.status = "authorized" if model.manual else "captured"
        model.capture_before = self.till.now + timedelta(days=7)

    def _declined(self, model):
        model.points, model.attempts = 0, model.attempts + 1
        more = model.attempts < 3 and self.till.now + timedelta(seconds=10) < model.expires_at
        model.status = "requires_approval" if more else "declined"

    def _is_kept(self, model):
        return model.status == "captured" and model.refund != "succeeded"

    def _held(self):
        return sum(model.points for model in self.models if model.status in {"processing", "authorized"})

    def _live(self):
        return POINTS_AT_FIRST - self._held() - sum(model.points for model in self.models if self._is_kept(model))

    def _operator(self):
        kinds = {"receivable": K.NETWORK_RECEIVABLE, "in transit": K.REFUNDS_IN_TRANSIT, "fees": K.FEE_INCOME}
        return {name: self._balance("sys", kind) for name, kind in kinds.items()}

    def _balance(self, owner, kind):
        return posted_balance(AccountRef(owner, kind), "JPY").minor


def _cards(models):
    return sum(model.card for model in models)


def tell_stories(network, *, examples):
    class Story(Payments):
        pass

    Story.network = network
    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=examples,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],  # a failing story is told as found: shrinking it would take minutes
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_any_story_ends_with_what_the_model_says(network):
    tell_stories(network, examples=30)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("module", "name", "planted"),
    [
        ("book_capture", "fee_on", lambda _amount, **_rate: yen(1)),
        ("_attempt", "points", SimpleNamespace(release_points=lambda **_facts: None)),
        ("_refund", "settled_refund_lines", lambda *, card_part: settled_refund_lines(card_part=card_part + yen(1))),
    ],
)
def test_a_planted_bug_does_not_get_through(network, monkeypatch, module, name, planted):
    """The control: a machine that finds nothing here would prove nothing above."""
    monkeypatch.setattr(import_module(f"payments.services.{module}"), name, planted)
    with pytest.raises((AssertionError, Refusal)):
        tell_stories(network, examples=30)
