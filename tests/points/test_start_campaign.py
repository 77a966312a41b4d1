"""A campaign's life: written, started, paused, changed, ended. What it gives is told in test_campaign_earnings."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from importlib import import_module

import pytest
from django.db import DatabaseError, IntegrityError
from django.db import transaction as django_transaction

from common.actors import SYSTEM
from common.ids import new_id
from common.money import pts, yen
from common.states import TransitionRefused
from events.models import AuditRecord, Event
from merchants import services as merchants
from points import services as points
from points.campaign_queries import campaign_of_merchant, campaigns_of_merchant, cost_of_campaign, versions_of_campaign
from points.campaigns import Terms
from points.errors import (
    CampaignDaysNotPossible,
    CampaignIsOver,
    CampaignIsUsedUp,
    CampaignKindNotPossible,
    CampaignLimitTooLow,
    CampaignNamesBoth,
    CampaignNotFound,
    CampaignRepeatDiffers,
    CampaignShopNotOpen,
    CampaignsTooMany,
    FixedPointsTooMany,
)
from points.models import Campaign, CampaignVersion
from points.states import CampaignKind
from tests.cast import NOON
from tests.conftest import together

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TERMS = Terms(name="Autumn", kind=CampaignKind.RATE, rate_basis_points=500, budget=yen(10_000))

# fmt: off
IMPOSSIBLE = [
    ({"rate_basis_points": None},                                        CampaignKindNotPossible),
    ({"rate_basis_points": 2_001},                                       CampaignKindNotPossible),
    ({"points": pts(1)},                                                 CampaignKindNotPossible),
    ({"kind": CampaignKind.FIXED},                                       CampaignKindNotPossible),
    ({"kind": CampaignKind.FIXED, "rate_basis_points": None, "points": pts(100),
      "minimum_spend": yen(499)},                                        FixedPointsTooMany),
    ({"starts_on": date(2026, 12, 1), "ends_before": date(2026, 12, 1)}, CampaignDaysNotPossible),
    ({"ends_before": date.min},                                          CampaignDaysNotPossible),
    ({"starts_on": date.max},                                            CampaignDaysNotPossible),
    ({"skus": ("a",), "categories": ("b",)},                             CampaignNamesBoth),
    ({"budget": yen(0)},                                                 CampaignLimitTooLow),
]
# fmt: on


@pytest.fixture
def write(komorebi):
    def write(*, of=TERMS, at=komorebi, campaign_id=None, now=NOON, **changes):
        return points.create_campaign(
            campaign_id=campaign_id or new_id("cmp"),
            merchant_id=at.id,
            terms=replace(of, **changes),
            by=at.actor,
            now=now,
        )

    return write


@pytest.fixture
def do(komorebi):
    return {
        verb: partial(getattr(points, f"{verb}_campaign"), by=komorebi.actor, now=NOON)
        for verb in ("start", "pause", "end", "change")
    }


def told(campaign):
    return [event.type for event in Event.objects.filter(subject=campaign.id).order_by("id")]


class TestWritingACampaign:
    def test_makes_a_draft_that_is_noted_and_told_nobody(self, write, komorebi):
        campaign = write()
        assert (campaign.status, campaign.version, campaign.terms, told(campaign)) == ("draft", 1, TERMS, [])
        assert AuditRecord.objects.get(subject=campaign.id).action == "campaign.created"

    def test_happens_once(self, write, fly_by_night):
        campaign_id = new_id("cmp")
        first, again = write(campaign_id=campaign_id), write(campaign_id=campaign_id)
        assert first == again
        with pytest.raises(CampaignRepeatDiffers):
            write(campaign_id=campaign_id, budget=yen(2))
        with pytest.raises(CampaignRepeatDiffers):
            write(campaign_id=campaign_id, at=fly_by_night)

    @pytest.mark.parametrize(("changes", "refusal"), IMPOSSIBLE)
    def test_refuses_what_no_campaign_can_promise(self, write, changes, refusal):
        with pytest.raises(refusal):
            write(**changes)

    def test_the_table_refuses_it_too(self, write):
        campaign = write()
        for columns in ({"used_minor": 10_001}, {"used_minor": -1}, {"rate_basis_points": 2_001}, {"points_minor": 5}):
            with pytest.raises(IntegrityError), django_transaction.atomic():  # noqa: TID251 (a frame, not a verb)
                Campaign.objects.filter(pk=campaign.pk).update(**columns)

    def test_has_an_end_somewhere(self, write, monkeypatch):
        monkeypatch.setattr(import_module("points.services.create_campaign"), "MOST_OPEN", 2)
        write(), write()
        with pytest.raises(CampaignsTooMany):
            write()


class TestStarting:
    def test_runs_at_once_without_a_first_day(self, write, do):
        campaign = do["start"](campaign_id=write().id)
        assert (campaign.status, campaign.started_at, told(campaign)) == ("running", NOON, ["campaign.started"])
        assert do["start"](campaign_id=campaign.id).version == campaign.version

    def test_waits_for_its_first_day_and_ends_after_the_last(self, write, do):
        campaign = write(starts_on=date(2026, 11, 24), ends_before=date(2026, 11, 26))
        assert do["start"](campaign_id=campaign.id).status == "scheduled"
        midnight = NOON.replace(hour=15)  # the 23rd begins in Tokyo
        moments = [midnight, midnight + DAY - timedelta(seconds=1), midnight + DAY, midnight + 3 * DAY]
        seen = []
        for moment in moments:
            points.keep_campaigns(now=moment)
            points.keep_campaigns(now=moment)
            campaign.refresh_from_db()
            seen.append(campaign.status)
        assert seen == ["scheduled", "scheduled", "running", "ended"]
        assert told(campaign) == ["campaign.changed", "campaign.started", "campaign.ended"]

    def test_is_refused_when_nothing_could_come_of_it(self, write, do, komorebi):
        with pytest.raises(CampaignIsOver):
            do["start"](campaign_id=write(ends_before=date(2026, 11, 22)).id)
        full = write()
        Campaign.objects.filter(pk=full.pk).update(used_minor=10_000)
        with pytest.raises(CampaignIsUsedUp):
            do["start"](campaign_id=full.id)
        Campaign.objects.filter(pk=full.pk).update(used_minor=0)  # nobody really got anything
        merchants.suspend_merchant(merchant_id=komorebi.id, reason="fraud", by=SYSTEM, now=NOON)
        with pytest.raises(CampaignShopNotOpen):
            do["start"](campaign_id=write().id)

    def test_an_ended_one_never_runs_again(self, write, do):
        campaign = do["end"](campaign_id=write().id)
        assert (campaign.status, campaign.ended_at) == ("ended", NOON)
        assert do["end"](campaign_id=campaign.id).version == campaign.version
        for verb in ("start", "pause"):
            with pytest.raises(TransitionRefused):
                do[verb](campaign_id=campaign.id)

    @pytest.mark.django_db(transaction=True)
    def test_two_hands_at_once_start_it_once(self, write, do):
        campaign = write()
        answers = together(*[partial(do["start"], campaign_id=campaign.id)] * 4)
        assert {answer.status for answer in answers} == {"running"}
        assert told(campaign) == ["campaign.started"]


class TestPausing:
    def test_stops_it_until_it_is_started_again(self, write, do):
        campaign = do["start"](campaign_id=write().id)
        paused = do["pause"](campaign_id=campaign.id)
        assert do["pause"](campaign_id=campaign.id).version == paused.version
        assert do["start"](campaign_id=campaign.id).started_at == NOON
        assert told(campaign) == ["campaign.started", "campaign.paused", "campaign.started"]

    def test_a_draft_cannot_be_paused(self, write, do):
        with pytest.raises(TransitionRefused):
            do["pause"](campaign_id=write().id)


class TestChanging:
    def test_makes_a_new_version_and_keeps_the_old_one(self, write, do):
        campaign = do["start"](campaign_id=write().id)
        changed = do["change"](campaign_id=campaign.id, changes={"rate_basis_points": 700}, now=NOON + DAY)
        assert do["change"](campaign_id=campaign.id, changes={"rate_basis_points": 700}).version == changed.version
        versions = versions_of_campaign(campaign)
        assert [(one.number, one.verb, one.status, one.terms.rate_basis_points) for one in versions] == [
            (1, "create", "draft", 500),
            (2, "start", "running", 500),
            (3, "change", "running", 700),
        ]
        assert (versions[2].at, told(campaign)) == (NOON + DAY, ["campaign.started", "campaign.changed"])

    def test_of_a_draft_is_told_nobody(self, write, do):
        changed = do["change"](campaign_id=write().id, changes={"name": "Winter", "most_purchases": 5})
        assert (changed.name, changed.terms.most_purchases, told(changed)) == ("Winter", 5, [])

    def test_never_goes_below_what_it_gave(self, write, do):
        campaign = do["start"](campaign_id=write().id)
        Campaign.objects.filter(pk=campaign.pk).update(used_minor=4_000, purchases=3)
        for changes in ({"budget": yen(3_999)}, {"most_purchases": 2}):
            with pytest.raises(CampaignLimitTooLow):
                do["change"](campaign_id=campaign.id, changes=changes)
        assert do["change"](campaign_id=campaign.id, changes={"budget": yen(4_000)}).is_exhausted
        Campaign.objects.filter(pk=campaign.pk).update(used_minor=0, purchases=0)  # nobody really got anything

    def test_leaves_the_first_day_once_it_has_begun(self, write, do):
        campaign = do["start"](campaign_id=write().id)
        with pytest.raises(CampaignDaysNotPossible):
            do["change"](campaign_id=campaign.id, changes={"starts_on": date(2026, 12, 1)})

    def test_is_not_possible_after_the_end(self, write, do):
        campaign = do["end"](campaign_id=write().id)
        with pytest.raises(TransitionRefused):
            do["change"](campaign_id=campaign.id, changes={"name": "Winter"})

    def test_a_version_is_never_rewritten(self, write):
        write()
        with pytest.raises(DatabaseError, match="only added to"), django_transaction.atomic():  # noqa: TID251 (a frame)
            CampaignVersion.objects.update(verb="forged")


class TestLookingAtThem:
    def test_another_merchants_is_like_none(self, write, fly_by_night):
        with pytest.raises(CampaignNotFound):
            campaign_of_merchant(fly_by_night.id, write().id)

    def test_lists_a_merchants_own_newest_first(self, write, do, komorebi, fly_by_night):
        write(at=fly_by_night)
        first, second = write(), write()
        do["start"](campaign_id=first.id)
        assert campaigns_of_merchant(komorebi.id) == [second, first]
        assert campaigns_of_merchant(komorebi.id, statuses=["running"]) == [first]
        assert campaigns_of_merchant(komorebi.id, starting_after=second.id) == [first]
        assert campaigns_of_merchant(komorebi.id, ending_before=first.id, limit=1) == [second]
        assert campaigns_of_merchant(komorebi.id, starting_after="nonsense") == []

    def test_a_new_one_has_cost_nothing(self, write):
        cost = cost_of_campaign(write())
        assert (cost.points, cost.left, cost.purchases, cost.customers) == (pts(0), yen(10_000), 0, 0)
