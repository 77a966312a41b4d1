"""Each event is told at least once, and in any order: what is earned and taken back is the same."""

from datetime import timedelta

import pytest
from django.db import transaction as django_transaction
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import permutations, sampled_from

from common.ids import new_id
from events.types import Heard
from ledger.queries import posted_balance
from points import services as points
from points.handlers import HANDLERS
from points.models import Earning, PointsLot, PointsTakeBack
from points.postings import issued, live, payable, pending, reserve
from points.services import check_points
from tests.cast import NOON

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


class Story:
    """A purchase captured in two parts, of which some is refunded, some lost in a dispute, and one capture refused."""

    def __init__(self, wallet, merchant):
        self.wallet, self.merchant, self.payment = wallet, merchant, new_id("pay")
        one, two, three = (new_id("cap") for _ in range(3))
        half = {"from_minor": 0, "upto_minor": 5_000, "of_minor": 10_000}
        tail = {"from_minor": 5_000, "upto_minor": 7_777, "of_minor": 10_000}
        self.events = [
            self._event("payment.captured", capture=one, base_minor=10_000, currency="JPY"),
            self._event("payment.captured", capture=two, base_minor=2_050, base_before_minor=10_000, currency="JPY"),
            self._event("payment.captured", capture=three, base_minor=999, base_before_minor=12_050, currency="JPY"),
            self._event("payment.refunded", refund=new_id("ref"), parts=[{"capture": one, **half}]),
            self._event("dispute.lost", dispute=new_id("dsp"), payment=self.payment, parts=[{"capture": one, **tail}]),
            self._event("payment.capture_refused", capture=three),
        ]

    def _event(self, kind, **facts):
        facts |= {"wallet": self.wallet, "merchant": self.merchant}
        return Heard(
            id=new_id("evt"),
            type=kind,
            subject=self.payment,
            owner_ref=self.merchant,
            by="sys",
            data={},
            facts=facts,
            version=1,
            at=NOON,
        )

    def hear(self, event, *, now):
        for handler in HANDLERS[event.type]:
            handler(event, now=now)

    def outcome(self):
        """All that stays: lots with something in them, and the books. A lot that earned and lost all may be there."""
        accounts = [(live(self.wallet), "PTS"), (pending(self.wallet), "PTS"), (issued(self.merchant), "PTS")]
        accounts += [(payable(self.merchant), "JPY"), (reserve(self.merchant), "JPY")]
        lots = PointsLot.objects.filter(wallet_id=self.wallet, remaining_minor__gt=0).order_by("source_ref")
        return (
            [(self._place(lot), lot.status, lot.earned_minor, lot.taken_minor, lot.expires_at) for lot in lots],
            [posted_balance(account, currency).minor for account, currency in accounts],
            (Earning.objects.count(), PointsTakeBack.objects.count()),
        )

    def _place(self, lot):
        return next(place for place, event in enumerate(self.events) if event.facts.get("capture") == lot.source_ref)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=permutations([*range(6), *range(6)]), days=sampled_from([0, 20]))
def test_every_event_twice_in_any_order(alice, komorebi, data, days):
    """Also when its points become live between two of them."""
    savepoint = django_transaction.savepoint()
    try:
        story = Story(alice.wallet.id, komorebi.id)
        for step, place in enumerate(data):
            now = NOON if step < 6 else NOON + days * DAY
            points.activate_points(now=now)
            story.hear(story.events[place], now=now)
        points.activate_points(now=NOON + 20 * DAY)
        # 100 points less the shares of 5,000 and of 2,777 of 10,000 yen, then 20 of the second part; none of the third.
        earned, books, heard = story.outcome()
        assert [(place, status, left - taken) for place, status, left, taken, _until in earned] == [
            (0, "live", 22),
            (1, "live", 20),
        ]
        assert books == [42, 0, 42, -42, 42]
        assert heard == (3, 3)
        assert check_points(now=NOON + 20 * DAY) == []
    finally:
        django_transaction.savepoint_rollback(savepoint)
