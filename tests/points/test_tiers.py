"""Tiers by yearly spend: reached at once, kept to the end of the next year, and paid for by the commerce."""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.db import IntegrityError

from common.db import savepoint
from common.ids import new_id
from common.money import pts, yen
from events.models import OutgoingMail
from ledger.queries import posted_balance
from ledger.states import OPERATOR
from points import services as points
from points.models import PointsLot, PointsProgram, TierStanding
from points.postings import reserve
from points.queries import would_earn
from points.states import Source, TierName
from points.tiers import tier_of
from tests.cast import NOON

NEW_YEAR = datetime(2026, 12, 31, 15, tzinfo=UTC)
"""Midnight in Tokyo: 2027 begins."""

pytestmark = pytest.mark.django_db


@pytest.fixture
def bonus():
    """What the tier alone added to a purchase."""

    def bonus(lot):
        lots = PointsLot.objects.filter(source_ref=lot.source_ref, source=Source.TIER)
        return sum(one.earned_minor for one in lots)

    return bonus


@pytest.mark.parametrize(
    ("spent", "tier", "missing"),
    [
        (0, TierName.MEMBER, 300_000),
        (299_999, TierName.MEMBER, 1),
        (300_000, TierName.SILVER, 300_000),
        (587_700, TierName.SILVER, 12_300),
        (600_000, TierName.GOLD, 600_000),
        (1_200_000, TierName.PLATINUM, 0),
        (9_000_000, TierName.PLATINUM, 0),
    ],
)
def test_what_was_spent_says_the_tier_and_what_is_missing(alice, earn, spent, tier, missing):
    if spent:
        earn(spent)
    seen = tier_of(alice.wallet.id, NOON + timedelta(hours=1))
    assert (seen.tier, seen.spent, seen.missing) == (tier, yen(spent), yen(missing))


def test_the_purchase_that_fills_the_step_does_not_earn_by_it_yet(earn, bonus):
    filling, next_one = earn(300_000), earn(10_000, when=NOON + timedelta(hours=1))
    assert (bonus(filling), bonus(next_one)) == (0, 25)


def test_the_commerce_pays_for_the_extra(alice, komorebi, earn):
    earn(300_000)
    lot = earn(10_000, when=NOON + timedelta(hours=1))
    points.activate_points(now=lot.available_from)
    assert posted_balance(reserve(OPERATOR), "JPY") == yen(25)
    assert would_earn(wallet_id=alice.wallet.id, merchant_id=komorebi.id, base=yen(10_000), now=lot.available_from)[
        -1
    ].amount == pts(25)


def test_a_second_capture_of_the_purchase_that_filled_the_step_earns_no_more_than_the_first(alice, komorebi):
    payment_id = new_id("pay")
    for before, hours in ((0, 0), (300_000, 1)):
        points.earn_points(
            capture_id=new_id("cap"),
            payment_id=payment_id,
            wallet_id=alice.wallet.id,
            merchant_id=komorebi.id,
            base=yen(300_000),
            base_before=yen(before),
            captured_at=NOON + timedelta(hours=hours),
            now=NOON + timedelta(hours=hours),
        )
    assert not PointsLot.objects.filter(source=Source.TIER).exists()
    assert tier_of(alice.wallet.id, NOON + timedelta(hours=2)).tier == TierName.GOLD


def test_a_refund_takes_the_step_away_again(alice, earn, take_back):
    lot = earn(300_000)
    take_back(lot)
    seen = tier_of(alice.wallet.id, NOON + timedelta(hours=1))
    assert (seen.tier, seen.spent) == (TierName.MEMBER, yen(0))


def test_a_tier_is_kept_to_the_end_of_the_next_year(alice, earn):
    earn(600_000)
    tiers = [tier_of(alice.wallet.id, NEW_YEAR.replace(year=year)) for year in (2026, 2027)]
    just_before = tier_of(alice.wallet.id, NEW_YEAR.replace(year=2027) - timedelta(microseconds=1))
    assert [seen.tier for seen in (tiers[0], just_before, tiers[1])] == [
        TierName.GOLD,
        TierName.GOLD,
        TierName.MEMBER,
    ]
    assert just_before.kept_until == NEW_YEAR.replace(year=2027)
    assert (tiers[0].spent, tiers[0].missing) == (yen(0), yen(1_200_000))


def test_midnight_in_tokyo_parts_the_years(alice, earn):
    earn(300_000, when=NEW_YEAR - timedelta(microseconds=1))
    earn(1_000, when=NEW_YEAR)
    assert tier_of(alice.wallet.id, NEW_YEAR + timedelta(hours=1)).spent == yen(1_000)
    points.review_tiers(now=NEW_YEAR + timedelta(hours=1))
    assert TierStanding.objects.get().spent_minor == 300_000


class TestTheReview:
    @pytest.fixture(autouse=True)
    def a_year_is_over(self, alice, bob, earn):
        self.lots = [earn(600_000), earn(40_000, who=bob)]
        self.later = NEW_YEAR + timedelta(days=1)

    def test_writes_what_the_plain_count_says(self, alice, bob):
        assert points.review_tiers(now=self.later) == 2
        rows = {row.wallet_id: (row.tier, row.spent_minor) for row in TierStanding.objects.all()}
        assert rows == {alice.wallet.id: ("gold", 600_000), bob.wallet.id: ("member", 40_000)}

    def test_goes_page_by_page(self, monkeypatch):
        monkeypatch.setattr(import_module("points.services.review_tiers"), "_PAGE", 1)
        assert points.review_tiers(now=self.later) == 2
        assert TierStanding.objects.count() == 2

    def test_twice_changes_nothing_and_a_late_refund_is_put_right(self, alice, take_back):
        points.review_tiers(now=self.later)
        points.review_tiers(now=self.later + timedelta(days=1))
        assert set(TierStanding.objects.values_list("reviewed_at", flat=True)) == {self.later}
        take_back(self.lots[0], now=self.later)
        points.review_tiers(now=self.later + timedelta(days=2))
        standing = TierStanding.objects.get(wallet_id=alice.wallet.id)
        assert (standing.tier, standing.spent_minor) == ("member", 0)

    def test_is_over_in_march(self):
        assert points.review_tiers(now=NEW_YEAR + timedelta(days=60)) == 0
        assert not TierStanding.objects.exists()

    def test_tells_each_once_and_plain_members_nothing(self, alice):
        points.review_tiers(now=self.later)
        assert (points.tell_tiers(now=self.later), points.tell_tiers(now=self.later)) == (1, 0)
        mail = OutgoingMail.objects.get(template="tier_reached")
        assert mail.to == [alice.customer.user.email]
        assert "¥600,000" in mail.text


def test_steps_that_do_not_rise_are_no_program():
    program = PointsProgram(number=2, gold_from_minor=300_000)
    with pytest.raises(IntegrityError, match="points_program_tiers_rise"), savepoint():
        program.save(force_insert=True)
