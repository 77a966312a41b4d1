"""Where staff let a shop take its old points over, see what became of it, and stop it; and a campaign's versions."""

import pytest

from common import clock
from common.ids import new_id
from common.money import pts, yen
from points import services as points
from points.campaigns import Terms
from points.conversion_queries import permit_of
from points.models import ConversionPermit, ConversionsProposal
from points.states import CampaignKind, Weekday
from tests.cast import PUBLIC_KEY
from tests.vaultpay.desk import page, sends, words

pytestmark = pytest.mark.django_db


def proposes(browser, shop, **changes):
    here = page("points_conversionsproposal_propose")
    form = browser.get(f"{here}?merchant={shop.id}").context["form"]
    asked = {field.name: field.value() for field in form if field.value() is not None}
    return browser.post(here, {**asked, "reason": "Its card program ends.", **changes})


@pytest.fixture
def allowed(mamoru, yuki, komorebi) -> ConversionPermit:
    proposes(mamoru, komorebi, most_each=500, most_per_month=9_000)
    sends(yuki, ConversionsProposal.objects.get(), "countersign")
    return permit_of(komorebi.id)


class TestAllowing:
    def test_takes_two(self, mamoru, yuki, komorebi):
        assert page("points_conversionsproposal_propose") in (
            mamoru.get(page("merchants_merchant_change", komorebi.id)).content.decode()
        )
        assert proposes(mamoru, komorebi, most_each=500, most_per_month=9_000).status_code == 302
        proposal = ConversionsProposal.objects.get()
        shown = words(yuki.get(page("points_conversionsproposal_countersign", proposal.id)))
        assert "Komorebi Coffee" in shown
        assert "It was never allowed to convert old points." in shown
        assert sends(mamoru, proposal, "countersign").status_code == 422
        assert permit_of(komorebi.id) is None
        assert sends(yuki, proposal, "countersign").status_code == 302
        assert permit_of(komorebi.id).most_per_month_minor == 9_000

    def test_begins_with_the_limits_that_stand(self, mamoru, komorebi, allowed):
        answer = mamoru.get(f"{page('points_conversionsproposal_propose')}?merchant={komorebi.id}")
        assert (answer.context["form"]["most_each"].value(), answer.context["left"]) == (500, pts(9_000))

    @pytest.mark.parametrize(
        "wrong", [{"merchant": "mer_nobody"}, {"most_each": 0}, {"most_each": 2, "most_per_month": 1}, {"reason": " "}]
    )
    def test_says_what_cannot_be(self, mamoru, komorebi, wrong):
        assert proposes(mamoru, komorebi, **wrong).status_code == 422
        assert not ConversionsProposal.objects.exists()


class TestWhatStands:
    def test_shows_keys_batches_and_what_became_of_them(self, mamoru, komorebi, alice, allowed):
        now = clock.now()
        points.register_conversion_key(
            merchant_id=komorebi.id, public_key_pem=PUBLIC_KEY, label="Old till", by=komorebi.actor, now=now
        )
        points.convert_points(
            merchant_id=komorebi.id, source_id="card-1", email="nobody@example.jp", amount=pts(120), expires_on=None,
            by=komorebi.actor, now=now,
        )  # fmt: skip
        shown = words(mamoru.get(page("points_conversionpermit_change", allowed.id)))
        assert "Old till" in shown
        assert "8,880" in shown
        assert "waits for owners" in shown
        assert "Waiting for its owner: 1 · 120" in shown


class TestStopping:
    def test_takes_one_and_a_reason_and_works_at_once(self, mamoru, komorebi, allowed):
        here = page("points_conversionpermit_stop", allowed.id)
        assert here in mamoru.get(page("points_conversionpermit_change", allowed.id)).content.decode()
        assert mamoru.post(here, {"reason": " "}).status_code == 422
        assert mamoru.post(here, {"reason": "Far too many."}).status_code == 302
        stopped = permit_of(komorebi.id)
        assert (stopped.is_open, stopped.reason) == (False, "Far too many.")
        assert here not in mamoru.get(page("points_conversionpermit_change", allowed.id)).content.decode()

    def test_is_for_a_permit_that_is(self, mamoru, client, allowed):
        assert mamoru.get(page("points_conversionpermit_stop", new_id("cvp"))).status_code == 404
        assert client.post(page("points_conversionpermit_stop", allowed.id), {}).status_code in {302, 403}


def test_a_campaigns_versions_say_who_changed_what(mamoru, komorebi):
    now, terms = clock.now(), Terms(name="Winter", kind=CampaignKind.RATE, rate_basis_points=100, budget=yen(1_000))
    campaign = points.create_campaign(
        campaign_id=new_id("cmp"), merchant_id=komorebi.id, terms=terms, by=komorebi.actor, now=now
    )
    changes = {"budget": yen(2_500), "weekdays": (Weekday.SUNDAY,), "first_purchase_only": True}
    points.change_campaign(campaign_id=campaign.id, changes=changes, by=komorebi.actor, now=now)
    shown = words(mamoru.get(page("points_campaign_change", campaign.id)))
    newest, _, oldest = shown.partition("create")
    assert "budget in yen: 1,000 → 2,500" in newest
    assert "weekdays: — → Sunday" in newest
    assert "first purchase only: No → Yes" in newest
    assert komorebi.actor.ref in newest
    assert "name: — → Winter" in oldest
