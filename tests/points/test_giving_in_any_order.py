"""Gifts and a family's pool in any order: three people, the real verbs, and a notebook of lots in plain Python."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import transaction as django_transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from hypothesis.strategies import sampled_from

from common.clock import business_date
from common.db import transaction
from common.errors import Refusal
from common.ids import new_id
from common.money import pts
from ledger.services import check_books
from points import lots as steps
from points import services as points
from points.family_queries import contributions, membership_of
from points.models import PointsGift
from points.queries import points_of
from points.services import check_families, check_gifts, check_points
from points.states import Source
from tests.cast import NOON, business, person

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WHO = sampled_from([0, 1, 2])
AMOUNT = sampled_from([1, 40, 100, 250])
FURTHER = sampled_from([0, 0, 0, 1])
"""Seldom somebody else than who may."""


@dataclass
class Lot:
    place: str
    left: int
    expires_at: datetime
    number: int
    came_from: str = ""


@dataclass
class Notebook:
    """What anybody could reckon on paper. Places are people, gifts and the pool."""

    lots: list[Lot] = field(default_factory=list)
    numbers: int = 0

    def add(self, place, amount, expires_at, *, came_from=""):
        self.numbers += 1
        self.lots.append(Lot(place, amount, expires_at, self.numbers, came_from))

    def at(self, place, now):
        found = [lot for lot in self.lots if lot.place == place and lot.left and lot.expires_at > now]
        return sorted(found, key=lambda lot: (lot.expires_at, lot.number))

    def left(self, place, now):
        return sum(lot.left for lot in self.at(place, now))

    def move(self, place, to, amount, now):
        for lot in self.at(place, now):
            share = min(lot.left, amount)
            amount -= share
            self._give(lot, share, to)

    def move_all(self, lots, to):
        for lot in sorted(lots, key=lambda lot: lot.number):
            self._give(lot, lot.left, to)

    def _give(self, lot, share, to):
        if share:
            lot.left -= share
            self.add(to, share, lot.expires_at, came_from=lot.place)


class GivingInAnyOrder(RuleBasedStateMachine):
    gifts = Bundle("gifts")

    def __init__(self):
        super().__init__()
        self.savepoint = django_transaction.savepoint()
        self.now, self.notebook, self.forms = NOON, Notebook(), 0
        self.sent: list[tuple[int, datetime]] = []
        self.joined: dict[int, datetime] = {}
        self.family = None

    @initialize(amounts=sampled_from([(500, 500, 0), (300, 900, 60)]))
    def begin(self, amounts):
        self.shop = business("Sakura", host="sakura.example").id
        self.people = [person(name) for name in ("Aki", "Ben", "Chie")]
        for who, amount in enumerate(amounts):
            if amount:
                self.earn(who, amount, 100)
        for who in range(3):
            self.come_into_the_family(who)
        self.now += DAY

    @rule(who=WHO, amount=AMOUNT, days=sampled_from([2, 10, 100, 100]))
    def earn(self, who, amount, days):
        wallet_id, expires_at = self.people[who].wallet.id, self.now + days * DAY
        self._live(wallet_id, amount, expires_at)
        self.notebook.add(self._place(who), amount, expires_at)

    @rule(target=gifts, who=WHO, further=sampled_from([1, 2, 1, 2, 0]), amount=AMOUNT)
    def give(self, who, further, amount):
        """To somebody else; now and then to oneself."""
        to = (who + further) % 3
        here, today = self._place(who), business_date(self.now)
        possible = (
            who != to
            and self.notebook.left(here, self.now) >= amount
            and sum(one == who and business_date(at) == today for one, at in self.sent) < 3
        )
        gift = self._try(
            possible,
            points.send_gift,
            who,
            to_email=self.people[to].user.email,
            amount=pts(amount),
            asked_as=self._form(),
        )
        if gift is None:
            return multiple()
        self.sent.append((who, self.now))
        self.notebook.move(here, gift.id, amount, self.now)
        last = max(lot.expires_at for lot in self.notebook.at(gift.id, self.now))
        assert gift.expires_at == min(self.now + 14 * DAY, last)
        return gift.id, who, to, self.now, gift.expires_at

    @rule(gift=gifts, further=FURTHER)
    def accept(self, gift, further):
        gift_id, _sender, to, sent_at, until = gift
        who = (to + further) % 3
        status = PointsGift.objects.get(pk=gift_id).status
        fresh = who == to and status == "pending" and sent_at + DAY <= self.now < until
        again = who == to and status == "accepted"
        done = self._try(
            fresh or again, points.accept_gift, who, gift_id=gift_id, verified_email=self.people[who].user.email
        )
        if done and fresh:
            self.notebook.move_all(self.notebook.at(gift_id, self.now), self._place(to))

    @rule(gift=gifts, verb=sampled_from(["cancel", "decline"]), further=FURTHER)
    def send_back(self, gift, verb, further):
        gift_id, sender, to, *_ = gift
        whose = sender if verb == "cancel" else to
        who = (whose + further) % 3
        status = PointsGift.objects.get(pk=gift_id).status
        mine = who == whose
        ended = {"cancel": "canceled", "decline": "declined"}[verb]
        facts = {"gift_id": gift_id, "wallet_id": self.people[who].wallet.id, "by": self.people[who].actor}
        if verb == "decline":
            facts["verified_email"] = self.people[who].user.email
        try:
            getattr(points, f"{verb}_gift")(**facts, now=self.now)
        except Refusal:
            assert not (mine and status in {"pending", ended})
            return
        assert mine
        if status == "pending":
            self.notebook.move_all(self.notebook.at(gift_id, self.now), self._place(sender))

    @rule(who=WHO)
    def come_into_the_family(self, who):
        """The first begins one, the others are asked by whoever did."""
        if who in self.joined:
            return
        if self.family is None:
            self.family = self._do(points.start_family, who, name="Sato")
            self.owner, self.joined = who, {who: self.now}
            return
        asked = self._do(points.invite_member, self.owner, email=self.people[who].user.email)
        email = self.people[who].user.email
        self._do(points.accept_invitation, who, member_id=asked.id, verified_email=email)
        self.joined[who] = self.now + DAY

    @rule(who=WHO, amount=AMOUNT)
    def put_in(self, who, amount):
        possible = who in self.joined and self.notebook.left(self._place(who), self.now) >= amount
        if self._try(possible, points.put_in_points, who, amount=pts(amount), asked_as=self._form()):
            self.notebook.move(self._place(who), self._pool, amount, self.now)

    @rule(who=WHO, amount=AMOUNT)
    def draw(self, who, amount):
        possible = (
            who in self.joined and self.joined[who] <= self.now and self.notebook.left(self._pool, self.now) >= amount
        )
        if self._try(possible, points.draw_points, who, amount=pts(amount), asked_as=self._form()):
            self.notebook.move(self._pool, self._place(who), amount, self.now)

    @rule(who=WHO, how=sampled_from(["leave", "leave", "leave", "close"]))
    def go(self, who, how):
        if who not in self.joined:
            return
        verb = points.close_family if how == "close" else points.leave_family
        facts = {"wallet_id": self.people[who].wallet.id, "by": self.people[who].actor, "now": self.now}
        if (how == "close") != (who == self.owner):
            with pytest.raises(Refusal):
                verb(**facts)
            return
        verb(**facts)
        for gone in list(self.joined) if how == "close" else [who]:
            own = [lot for lot in self.notebook.at(self._pool, self.now) if lot.came_from == self._place(gone)]
            self.notebook.move_all(own, self._place(gone))
            del self.joined[gone]
        if how == "close":
            assert not self.notebook.left(self._pool, self.now)
            self.family = None

    @rule(hours=sampled_from([1, 13, 24, 25, 24 * 4, 24 * 15]))
    def wait(self, hours):
        before, self.now = self.now, self.now + hours * HOUR
        late = {}
        for gift in PointsGift.objects.filter(status="pending", expires_at__lte=self.now):
            late[gift.id] = self._place_of(gift.from_wallet_id)
        assert points.expire_gifts(now=self.now) == len(late)
        for gift_id, sender in late.items():
            self.notebook.move_all(self.notebook.at(gift_id, self.now), sender)
        points.expire_points(now=self.now)
        assert before < self.now
        self.the_checks_find_nothing()

    @invariant()
    def everybody_has_what_the_notebook_says(self):
        if not hasattr(self, "people"):
            return
        for who, one in enumerate(self.people):
            assert points_of(one.wallet.id, self.now).live.minor == self.notebook.left(self._place(who), self.now)
            assert (membership_of(one.wallet.id) is not None) == (who in self.joined)
        for gift in PointsGift.objects.all():
            assert points_of(gift.pool_id, self.now).live.minor == self.notebook.left(gift.id, self.now)
        if self.family:
            kept = contributions(self.family.pool_id, now=self.now)
            for who, one in enumerate(self.people):
                own = [lot.left for lot in self.notebook.at(self._pool, self.now) if lot.came_from == self._place(who)]
                assert kept.get(one.wallet.id, 0) == sum(own)

    def the_checks_find_nothing(self):
        assert [*check_points(now=self.now), *check_gifts(now=self.now), *check_families(now=self.now)] == []

    def teardown(self):
        if hasattr(self, "people"):
            self.the_checks_find_nothing()
        django_transaction.savepoint_rollback(self.savepoint)

    # How it is written down

    @property
    def _pool(self):
        return f"pool of {self.family.id}" if self.family else ""

    def _place(self, who):
        return f"person {who}"

    def _place_of(self, wallet_id):
        return next(self._place(who) for who, one in enumerate(self.people) if one.wallet.id == wallet_id)

    def _form(self):
        self.forms += 1
        return f"form {self.forms}"

    def _do(self, verb, who, **facts):
        one = self.people[who]
        return verb(customer_id=one.customer.id, by=one.actor, now=self.now, **facts)

    def _try(self, possible, verb, who, **facts):
        """What is possible is done; what is not is refused, and nothing has changed."""
        if possible:
            return self._do(verb, who, **facts)
        with pytest.raises(Refusal):
            self._do(verb, who, **facts)
        return None

    @transaction
    def _live(self, wallet_id, amount, expires_at):
        lot = steps.add_lot(
            wallet_id=wallet_id,
            source=Source.PURCHASE,
            source_ref=new_id("cap"),
            rule_ref="",
            funder=self.shop,
            amount=pts(amount),
            available_from=self.now,
            expires_at=expires_at,
            now=self.now,
        )
        steps.activate_lot(lot, now=self.now)


@pytest.mark.django_db
def test_giving_in_any_order():
    run_state_machine_as_test(
        GivingInAnyOrder,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking a failing story would take minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert check_books(now=NOON) == []
