"""Whatever happens in whatever order, the lots, the books, the statements of each month and a notebook in plain
Python tell the same.

In the end everything is refunded, and everybody has what was there before the first purchase.
"""

import os
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import count, pairwise

import pytest
from django.db import connection
from django.db import transaction as django_transaction
from hypothesis import HealthCheck, Phase, settings
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
from hypothesis.strategies import booleans, integers, lists, sampled_from

from common.actors import SYSTEM
from common.db import transaction
from common.ids import new_id
from common.money import pts, yen
from ledger.queries import available_balance, posted_balance
from ledger.services import check_books
from ledger.states import OPERATOR
from merchants import services as merchants
from points import lots as steps
from points import rules
from points import services as points
from points.campaign_earnings import earn_by_campaigns
from points.campaigns import Terms
from points.errors import CampaignIsUsedUp, ConversionsNotAllowed, NotEnoughPoints
from points.models import Campaign as PointsCampaign
from points.models import PointsLot, PointsProgram, PointsUse
from points.postings import live, payable, pending, reserve
from points.queries import points_of
from points.states import CampaignKind, Source
from points.types import Extra, Stretch
from tests.cast import NOON, business, person
from tests.points.conftest import give_back, hold, redeem, release
from tests.points.notebook import Campaign, Notebook

move = transaction(steps.move_points)
STORIES = int(os.environ.get("VAULTPAY_POINTS_STORIES", "18"))
"""More of them for whoever has the time: each is some twenty steps, and a wait may be more than a year."""
PERCENT = integers(1, 100)
PARTS = {
    "earned_minor": "earned",
    "remaining_minor": "left",
    "held_minor": "held",
    "redeemed_minor": "redeemed",
    "taken_minor": "taken",
    "lent_minor": "lent",
    "given_minor": "given",
    "expired_minor": "expired",
    "owed_minor": "owed",
    "written_off_minor": "written_off",
    "borrowed_minor": "borrowed",
    "expires_at": "expires_at",
}
"""Of a lot, and what the notebook calls it."""


class PowerCut(BaseException):
    """Nobody catches it on the way."""


@dataclass(eq=False)
class Bought:
    """A capture, and how its money will be refunded: in stretches, each once, in any order."""

    id: str
    payment: str
    wallet: str
    shop: str
    minor: int
    before: int
    at: datetime
    stretches: list = field(default_factory=list)


@dataclass(eq=False)
class Spent:
    id: str
    wallet: str
    at: str = ""
    captures: dict = field(default_factory=dict)
    uses: list = field(default_factory=list)
    """Of the notebook: what is held still."""


def gold(earning, program, room, now):
    """Half a percent more, and the commerce pays for it."""
    return [Extra(rule_ref="tier:gold", source=Source.TIER, funder=OPERATOR, amount=earning.at_rate(50))]


def generous(earning, program, room, now):
    """More than the premiums act allows: what a purchase may earn at most is the limit."""
    return [Extra(rule_ref="shop:1", source=Source.TIER, funder=earning.merchant_id, amount=earning.at_rate(2_500))]


def promised(bought, *, heard, earned, campaign, left):
    """What the rules above give, reckoned by hand: `heard` is the money of all captures of its payment that were heard
    of, with this one, and `earned` what the others earned. The campaign has so much `left` of its budget.
    """
    by_campaign = campaign.rule_at(bought.at) if campaign.shop == bought.shop else ""
    room = max(min(heard, 200 if heard < 1_000 else heard // 5) - earned, 0)
    before, upto = bought.before, bought.before + bought.minor
    found = []
    for name, funder, basis_points, most in (
        (PointsProgram.at(bought.at).rule_ref, bought.shop, 100, room),
        ("tier:gold", OPERATOR, 50, room),
        (by_campaign, bought.shop, campaign.rate, left if by_campaign else 0),
        ("shop:1", bought.shop, 2_500, room),
    ):
        amount = min(upto * basis_points // 10_000 - before * basis_points // 10_000, room, most)
        room -= amount
        found.append((name, funder, amount))
    return found


class PointsInAnyOrder(RuleBasedStateMachine):
    captures, held, spent = Bundle("captures"), Bundle("held"), Bundle("spent")

    def __init__(self):
        super().__init__()
        self.savepoint = django_transaction.savepoint()
        self.rules, rules.RULES[:] = rules.RULES[:], [gold, earn_by_campaigns, generous]
        self.moved, self.gone = False, None
        self.taken_over: dict[str, int] = {}
        self.names = count(1)
        self.cut_after = None
        self.bought: list[Bought] = []
        self.payments: list[Spent] = []

    @initialize(
        target=captures,
        minors=lists(integers(500, 6_000), min_size=3, max_size=3),
        limit=sampled_from([10_000, 10_000, 10_000, 30, 0]),
        budget=sampled_from([20, 200, 10_000]),
    )
    def begin_with_some_points(self, minors, limit, budget):
        self.owner = person("Aki")
        self.alice, self.bob = self.owner.wallet.id, new_id("wal")
        self.shops = [business(name, host=f"{name.lower()}.example").id for name in ("Sakura", "Tanuki")]
        if limit != 10_000:
            points.change_program(by=SYSTEM, effective_from=NOON, now=NOON, most_owed_minor=limit)
        self.notebook = Notebook(limit=limit)
        self.notebook.now = NOON
        self._begin_a_campaign(budget)
        for place, minor in enumerate(minors):
            self._buy(minor, self.alice, self.shops[place % 2], heard=True)
        self.wait(15)
        return multiple(*self.bought)

    # What happens

    @rule(
        target=captures,
        minor=sampled_from([1, 99, 100, 999, 1_000, 5_050]),
        shop=sampled_from([0, 1]),
        heard=booleans(),
    )
    def buy(self, minor, shop, heard):
        """Sometimes its refund will be heard of first."""
        return self._buy(minor, self.alice, self.shops[shop], heard=heard)

    @rule(target=captures, first=captures, minor=integers(1, 3_000))
    def capture_another_part(self, first, minor):
        parts = [one for one in self.bought if one.payment == first.payment]
        return self._buy(minor, first.wallet, first.shop, payment=first.payment, before=sum(one.minor for one in parts))

    @rule(capture=captures)
    def hear_of_it_again(self, capture):
        self._hear(capture)

    @rule(capture=captures, place=integers(0, 3))
    def refund_a_part(self, capture, place):
        if capture.stretches:
            self._refund(capture, capture.stretches.pop(place % len(capture.stretches)))

    @rule(capture=captures)
    def refund_the_rest(self, capture):
        while capture.stretches:
            self._refund(capture, capture.stretches.pop())

    @rule(days=sampled_from([1, 7, 15, 15, 15, 200, 400]))
    def wait(self, days):
        self.notebook.wait(days)
        for _ in range(2):
            points.activate_points(now=self.notebook.now)
            points.expire_points(now=self.notebook.now)
            self._set_aside()
            points.cut_missed_clearings(now=self.notebook.now)
        self.the_checks_find_nothing()

    @rule(target=held, amount=sampled_from([1, 50, 100, 200, 400, 600]), who=sampled_from([0, 0, 0, 1]))
    def hold_for_a_payment(self, amount, who):
        payment = Spent(new_id("pay"), (self.alice, self.bob)[who])
        facts = {"wallet_id": payment.wallet, "payment_id": payment.id, "amount": pts(amount), "now": self.notebook.now}
        if sum(lot.left for lot in self.notebook.spendable(payment.wallet)) < amount:
            with pytest.raises(NotEnoughPoints):
                hold(**facts)
            return payment
        self._do(lambda: hold(**facts))
        payment.uses = self.notebook.hold(payment.wallet, amount)
        self.payments.append(payment)
        return payment

    @rule(target=spent, payment=held, percent=PERCENT, shop=sampled_from([0, 1]))
    def pay_with_a_part(self, payment, percent, shop):
        """A capture of a part redeems a part, always at the shop of the payment."""
        payment.at = payment.at or self.shops[shop]
        if payment.uses:
            amount = max(1, sum(use.amount for use in payment.uses) * percent // 100)
            name, now = new_id("cap"), self.notebook.now
            facts = {"payment_id": payment.id, "capture_id": name, "at_merchant_id": payment.at, "amount": pts(amount)}
            self._do(lambda: redeem(**facts, now=now))
            payment.captures[name] = self.notebook.redeem(payment.uses, amount, payment.at)
        return payment

    @rule(payment=consumes(held))
    def let_the_rest_be(self, payment):
        self._release(payment)

    @rule(payment=spent, percent=PERCENT)
    def give_a_part_back(self, payment, percent):
        self._give_back(payment, percent)

    @rule(payment=spent)
    def give_all_back(self, payment):
        self._give_back(payment, 100)

    @rule(
        target=held,
        amount=sampled_from([50, 200, 400]),
        percent=sampled_from([40, 100]),
        shop=sampled_from([0, 1]),
        back=PERCENT,
    )
    def pay_and_get_it_back_much_later(self, amount, percent, shop, back):
        """Some of it, or all: what was not captured stays held."""
        payment = self.hold_for_a_payment(amount, 0)
        self.pay_with_a_part(payment, percent, shop)
        self.wait(400)
        self._give_back(payment, back)
        return payment

    @rule(amount=sampled_from([1, 80, 300]), shop=sampled_from([0, 1]))
    def take_over_old_points(self, amount, shop):
        """Of Alice's at a shop, which pays for them before anybody knows whose they are."""
        name, shop, now = f"card-{next(self.names)}", self.shops[shop], self.notebook.now
        facts = {"merchant_id": shop, "source_id": name, "email": self.owner.user.email, "amount": pts(amount)}
        convert = partial(points.convert_points, **facts, by=SYSTEM, now=now)
        if shop == self.gone:
            with pytest.raises(ConversionsNotAllowed):
                convert()
            return
        self._do(convert)
        conversion = convert()
        pool = conversion.batch.pool_id
        self.notebook.take_over(pool, conversion.batch_id, shop, amount)
        self.taken_over[shop] = self.taken_over.get(shop, 0) + amount
        self._do(lambda: points.accept_conversions(customer_id=self.owner.customer.id, now=now))
        self.notebook.move(pool, self.alice, amount, conversion.id, name=self._id)

    @rule()
    def start_the_campaign_again(self):
        if self.campaign.shop == self.gone:
            return
        start = partial(points.start_campaign, campaign_id=self.campaign.id, by=SYSTEM, now=self.notebook.now)
        if self.campaign.runs:
            start()
        elif self.notebook.used(self.campaign) == self.campaign.budget:
            with pytest.raises(CampaignIsUsedUp):
                start()
        else:
            self._do(start)
            self.campaign.versions.append((self.notebook.now, True))

    @rule(shop=sampled_from([0, 1]))
    def let_a_shop_leave(self, shop):
        """One of the two, and what it gave stays what it is; its late captures still earn."""
        if self.gone:
            return
        self.gone, facts = self.shops[shop], {"merchant_id": self.shops[shop], "by": SYSTEM, "now": self.notebook.now}
        merchants.let_merchant_leave(reason="Closed its doors", **facts)
        if points.end_campaigns_of(**facts):
            self.campaign.versions.append((self.notebook.now, False))
        self._set_aside()

    @rule(amount=sampled_from([1, 30, 100, 300]), back=booleans())
    def give_to_somebody(self, amount, back):
        self._move(amount, back=back)

    @rule(statements=integers(1, 40))
    def the_power_will_fail(self, statements):
        """In the middle of what happens next, after so many statements."""
        self.cut_after = statements

    # How it is done

    def _begin_a_campaign(self, budget):
        """Of Sakura; and both shops may have their old points taken over."""
        facts = {"campaign_id": new_id("cmp"), "by": SYSTEM, "now": NOON}
        terms = Terms(name="Spring", kind=CampaignKind.RATE, rate_basis_points=300, budget=yen(budget))
        points.create_campaign(merchant_id=self.shops[0], terms=terms, **facts)
        points.start_campaign(**facts)
        versions = [(NOON, False), (NOON, True)]
        self.campaign = Campaign(facts["campaign_id"], self.shops[0], 300, budget, versions)
        limits = {"most_each": pts(1_000), "most_per_month": pts(100_000), "reason": "Old cards"}
        for shop in self.shops:
            points.allow_conversions(merchant_id=shop, **limits, by=SYSTEM, now=NOON)

    def _set_aside(self):
        if self.gone:
            points.set_aside_for_leavers(now=self.notebook.now)
            self.notebook.leave(self.gone)

    def _buy(self, minor, wallet, shop, *, heard=True, payment=None, before=0):
        capture = Bought(new_id("cap"), payment or new_id("pay"), wallet, shop, minor, before, self.notebook.now)
        cuts = sorted({0, minor * 37 // 100, minor - minor // 7, minor})
        capture.stretches = list(pairwise(cuts))
        self.bought.append(capture)
        if heard:
            self._hear(capture)
        return capture

    def _hear(self, capture):
        self._do(
            lambda: points.earn_points(
                capture_id=capture.id,
                payment_id=capture.payment,
                wallet_id=capture.wallet,
                merchant_id=capture.shop,
                base=yen(capture.minor),
                base_before=yen(capture.before),
                captured_at=capture.at,
                now=self.notebook.now,
            )
        )
        others = [one for one in self.bought if one.payment == capture.payment and one.id in self.notebook.earned]
        reached = max(one.before + one.minor for one in (capture, *others))
        names = {one.id for one in others}
        earned = sum(lot.earned for lot in self.notebook.lots if lot.source in names)
        left = self.campaign.budget - self.notebook.used(self.campaign)
        grants = promised(capture, heard=reached, earned=earned, campaign=self.campaign, left=left)
        self.notebook.earn(capture.wallet, capture.id, grants, at=capture.at)
        if self.campaign.runs and self.notebook.used(self.campaign) == self.campaign.budget:
            self.campaign.versions.append((self.notebook.now, False))

    def _refund(self, capture, stretch):
        name, (start, upto) = new_id("ref"), stretch
        self._do(
            lambda: points.take_back_points(
                capture_id=capture.id,
                refund_id=name,
                payment_id=capture.payment,
                wallet_id=capture.wallet,
                merchant_id=capture.shop,
                stretch=Stretch(start, upto, capture.minor),
                now=self.notebook.now,
            )
        )
        self.notebook.refund(capture.id, name, start, upto, capture.minor)

    def _release(self, payment):
        """Without any grace: what has expired meanwhile ends at once, and leaves nothing to the next run."""
        self._do(lambda: release(payment_id=payment.id, now=self.notebook.now))
        self.notebook.release(payment.uses)
        payment.uses = []
        assert points.expire_points(now=self.notebook.now) == 0

    def _give_back(self, payment, percent):
        for capture, uses in payment.captures.items():
            if not uses:
                continue
            amount = max(1, sum(use.amount for use in uses) * percent // 100)
            paid = PointsUse.objects.filter(capture_id=capture, status="redeemed")
            rows = {use: paid.get(lot=self._id(use.lot)).id for use in uses}
            facts = {"payment_id": payment.id, "refund_id": new_id("ref"), "amounts": {capture: pts(amount)}}
            self._do(partial(give_back, **facts, now=self.notebook.now))
            self.notebook.give_back(uses, amount, payment.at, ids=rows.get)

    def _move(self, amount, *, back):
        giver, receiver = (self.bob, self.alice) if back else (self.alice, self.bob)
        source = f"gift {next(self.names)}"
        facts = {"from_wallet": giver, "to_wallet": receiver, "amount": pts(amount), "source": Source.GIFT}
        facts |= {"source_ref": source, "now": self.notebook.now}
        if sum(lot.left for lot in self.notebook.spendable(giver)) < amount:
            with pytest.raises(NotEnoughPoints):
                move(**facts)
        else:
            self._do(lambda: move(**facts))
            self.moved = True
            self.notebook.move(giver, receiver, amount, source, name=self._id)

    def _do(self, verb):
        """With a power cut in the middle first, if one is due: that leaves nothing. Then twice, which is once."""
        if self.cut_after:
            statements, self.cut_after = self.cut_after, None
            if not came_through(verb, statements):
                self.each_lot_is_as_in_the_notebook()
                self.the_books_say_what_the_notebook_says()
        for _ in range(2):
            verb()

    def _id(self, lot):
        return PointsLot.objects.get(wallet_id=lot.wallet, source_ref=lot.source, rule_ref=lot.rule).id

    def teardown(self):
        try:
            if hasattr(self, "notebook"):
                self.cut_after = None
                self._refund_everything()
        finally:
            rules.RULES[:] = self.rules
            django_transaction.savepoint_rollback(self.savepoint)

    def _refund_everything(self):
        """Whoever got everything back has what was there before: nothing, and no shop paid or earned a yen. Old points
        that were taken over are there, and paid for.
        """
        for payment in self.payments:
            self._release(payment)
            self._give_back(payment, 100)
        if back := sum(lot.left for lot in self.notebook.spendable(self.bob)):
            self._move(back, back=True)
        for capture in self.bought:
            self.refund_the_rest(capture)
        self.each_lot_is_as_in_the_notebook()
        self.the_books_say_what_the_notebook_says()
        self.the_checks_find_nothing()
        if any(lot.expired for lot in self.notebook.lots) or (self.moved and self.notebook.limit < 10_000):
            return
        view, old = points_of(self.alice, self.notebook.now), sum(self.taken_over.values())
        assert (view.live, view.held, view.pending, view.owed) == (pts(old), pts(0), pts(0), pts(0))
        for shop in self.shops:
            paid = yen(self.taken_over.get(shop, 0))
            assert (posted_balance(payable(shop), "JPY"), posted_balance(reserve(shop), "JPY")) == (-paid, paid)

    # What must hold

    @invariant()
    def each_lot_is_as_in_the_notebook(self):
        if not hasattr(self, "notebook"):
            return
        kept = {
            (lot.wallet_id, lot.source_ref, lot.rule_ref): [getattr(lot, part) for part in PARTS]
            for lot in PointsLot.objects.all()
        }
        noted = {
            (lot.wallet, lot.source, lot.rule): [getattr(lot, part) for part in PARTS.values()]
            for lot in self.notebook.lots
        }
        assert kept == noted

    @invariant()
    def the_books_say_what_the_notebook_says(self):
        if not hasattr(self, "notebook"):
            return
        lots = self.notebook.lots
        for wallet in (self.alice, self.bob):
            view = points_of(wallet, self.notebook.now)
            own = [lot for lot in lots if lot.wallet == wallet]
            assert view.live.minor == sum(lot.left for lot in own if lot.live)
            assert view.held.minor == sum(lot.held for lot in own)
            assert view.pending.minor == sum(lot.left for lot in own if not lot.live)
            assert view.owed.minor == sum(lot.owed for lot in own)
            assert not (view.live and view.owed)
            assert available_balance(live(wallet), "PTS") == view.live
            assert posted_balance(pending(wallet), "PTS") == view.pending
        for funder in (*self.shops, OPERATOR):
            owed = posted_balance(payable(funder), "JPY").minor
            assert (-owed if funder == OPERATOR else owed) == self.notebook.money.get(funder, 0)
            aside = sum(lot.left + lot.held for lot in lots if lot.funded and lot.funder == funder)
            assert posted_balance(reserve(funder), "JPY").minor == aside

    def the_checks_find_nothing(self):
        assert points.check_points(now=self.notebook.now) == []
        assert points.check_clearings(now=self.notebook.now) == []
        assert points.check_campaigns(now=self.notebook.now) == points.check_conversions(now=self.notebook.now) == []
        assert PointsCampaign.objects.get().used_minor == self.notebook.used(self.campaign)


def came_through(verb, statements):
    """So many statements reach the database, then it is dark. Whether the verb was done by then."""

    def count_down(execute, sql, *options):
        nonlocal statements
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            statements -= 1
            if statements < 0:
                raise PowerCut
        return execute(sql, *options)

    try:
        with connection.execute_wrapper(count_down):
            verb()
    except PowerCut:
        return False
    return True


@pytest.mark.django_db
def test_points_in_any_order():
    run_state_machine_as_test(
        PointsInAnyOrder,
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=20,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking a failing story would take minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert check_books(now=NOON) == []
