"""Where staff let a merchant leave: what will happen stands on the page before anybody signs it."""

import pytest

from common import clock
from common.ids import new_id
from common.money import yen
from merchants import services as merchants
from merchants.models import Departure
from merchants.queries import merchant_by_id
from merchants.states import MerchantStatus
from points import services as points
from points.campaigns import Terms
from points.states import CampaignKind
from tests.vaultpay.desk import page, sends, words

pytestmark = pytest.mark.django_db


def opens(browser, merchant):
    return browser.get(f"{page('merchants_departure_propose')}?merchant={merchant.id}")


def proposes(browser, merchant, **changes):
    form = opens(browser, merchant).context["form"]
    asked = {
        "name": form["name"].value(),
        "merchant": form["merchant"].value(),
        "name_typed": "Komorebi Coffee",
        "reason": "Closes its doors.",
    }
    return browser.post(page("merchants_departure_propose"), asked | changes)


@pytest.fixture
def campaign(komorebi):
    terms = Terms(name="Winter", kind=CampaignKind.RATE, rate_basis_points=100, budget=yen(1_000))
    return points.create_campaign(
        campaign_id=new_id("cmp"), merchant_id=komorebi.id, terms=terms, by=komorebi.actor, now=clock.now()
    )


class TestTheWay:
    def test_begins_on_the_merchants_page(self, mamoru, komorebi):
        shown = mamoru.get(page("merchants_merchant_change", komorebi.id)).content.decode()
        assert f"{page('merchants_departure_propose')}?merchant={komorebi.id}" in shown
        assert "Choose the merchant first" in words(mamoru.get(page("merchants_departure_propose")))
        assert mamoru.get(f"{page('merchants_departure_propose')}?merchant=mer_nobody").status_code == 404

    def test_takes_two(self, mamoru, yuki, komorebi):
        answer = proposes(mamoru, komorebi)
        departure = Departure.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, page("merchants_departure_change", departure.id))
        assert "Komorebi Coffee" in words(yuki.get(f"{page('merchants_departure_changelist')}?waiting=yes"))
        assert sends(mamoru, departure, "countersign").status_code == 422
        assert merchant_by_id(komorebi.id).status == MerchantStatus.ADMITTED
        assert sends(yuki, departure, "countersign").status_code == 302
        assert merchant_by_id(komorebi.id).status == MerchantStatus.LEFT
        gone = mamoru.get(page("merchants_merchant_change", komorebi.id)).content.decode()
        assert page("merchants_departure_propose") not in gone

    @pytest.mark.parametrize("wrong", [{"name_typed": "komorebi"}, {"reason": " "}, {"name": "x"}])
    def test_says_what_is_missing(self, mamoru, komorebi, wrong):
        answer = proposes(mamoru, komorebi, **wrong)
        assert (answer.status_code, Departure.objects.count()) == (422, 0)
        assert "Komorebi Coffee" in words(answer)

    def test_is_turned_down(self, mamoru, yuki, komorebi):
        proposes(mamoru, komorebi)
        assert sends(yuki, Departure.objects.get(), "turn_down").status_code == 302
        assert merchant_by_id(komorebi.id).status == MerchantStatus.ADMITTED

    def test_is_not_for_others(self, client, komorebi):
        assert client.post(page("merchants_departure_propose"), {}).status_code in {302, 403}


class TestWhatWillHappen:
    def test_says_everything_that_is_open(self, mamoru, till, alice, komorebi, campaign):
        till.asks(komorebi, 700)
        till.buys(alice, komorebi, 5_000)
        till.buys(alice, komorebi, 2_000, capture_method="manual")
        facts = opens(mamoru, komorebi).context["facts"]
        assert (facts.to_approve.count, facts.to_approve.amount) == (1, yen(700))
        assert (facts.to_capture.count, facts.to_capture.amount) == (1, yen(2_000))
        assert facts.balance.available + facts.balance.pending > yen(4_500)
        assert [one.name for one in facts.campaigns] == ["Winter"]

    def test_takes_what_pending_points_cost_off_what_is_left(self, mamoru, till, alice, komorebi):
        till.buys(alice, komorebi, 5_000)
        till.relay()
        facts = opens(mamoru, komorebi).context["facts"]
        assert (facts.pending.amount.minor, facts.to_set_aside) == (50, yen(50))
        assert facts.left_to_pay_out == facts.balance.available + facts.balance.pending - yen(50)

    def test_names_keys_and_the_permit_for_old_points(self, mamoru, komorebi):
        merchants.issue_api_key(
            merchant_id=komorebi.id,
            label="Till in Kyoto",
            scopes=["payments:read"],
            by=komorebi.actor,
            now=clock.now(),
        )
        assert "Till in Kyoto" in words(opens(mamoru, komorebi))
        assert not opens(mamoru, komorebi).context["facts"].takes_over_points

    def test_is_shown_to_the_second_person_too(self, mamoru, yuki, komorebi, campaign):
        proposes(mamoru, komorebi)
        shown = words(yuki.get(page("merchants_departure_countersign", Departure.objects.get().id)))
        assert "Winter" in shown
        assert "Closes its doors." in shown
