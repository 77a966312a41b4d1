"""Points campaigns in the dashboard: written beside their preview, started, paused, changed, ended; what they cost."""

import re
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from importlib import import_module

import pytest
from django.urls import reverse

from common.actors import SYSTEM
from common.ids import new_id
from common.money import pts, yen
from events.models import OutgoingMail
from merchants import services as merchants
from points import services as points
from points.campaigns import Terms
from points.models import Campaign
from points.states import CampaignKind, Combining, Weekday
from tests.cast import NOON
from tests.dashboard.conftest import text

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
DOUBLE = Terms(name="Double points", kind=CampaignKind.RATE, rate_basis_points=100, budget=yen(10_000))
ASKED = {"name": "Winter", "kind": "rate", "rate": "2.5", "budget": "5000", "combining": "adds_up"}


def there(shop, name, *args):
    return reverse(f"dashboard:{name}", args=[shop.id, *args])


def seen(page):
    """The words on the page, without the tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text(page))).split())


def hidden(page):
    """What the form carries along unseen."""
    found = re.findall(r'<input type="hidden" name="(ticket|version)"(?: value="([^"]*)")?', text(page))
    return {name: unescape(value) for name, value in found}


@pytest.fixture
def written(komorebi):
    """A draft of Komorebi's unless said."""

    def written(of=DOUBLE, *, at=komorebi, **changes):
        return points.create_campaign(
            campaign_id=new_id("cmp"), merchant_id=at.id, terms=replace(of, **changes), by=at.actor, now=NOON - 9 * DAY
        )

    return written


@pytest.fixture
def runs(written, komorebi):
    def runs(of=DOUBLE, *, at=komorebi, **changes):
        campaign = written(of, at=at, **changes)
        return points.start_campaign(campaign_id=campaign.id, by=at.actor, now=NOON - 8 * DAY)

    return runs


@pytest.fixture
def buy(alice, komorebi):
    def buy(amount, *, at=komorebi, who=alice, when=NOON - DAY):
        points.earn_points(
            capture_id=new_id("cap"), payment_id=new_id("pay"), wallet_id=who.wallet.id, merchant_id=at.id,
            base=yen(amount), captured_at=when, now=when,
        )  # fmt: skip

    return buy


@pytest.fixture
def write(komorebi):
    """Open the form, fill it in, send it."""

    def write(browser, **asked):
        address = there(komorebi, "campaign_new")
        return browser.post(address, {**hidden(browser.get(address)), **ASKED, **asked})

    return write


class TestTheList:
    def test_teaches_the_next_step_when_there_is_none(self, owner, support, komorebi):
        assert there(komorebi, "campaign_new") in text(owner.get(there(komorebi, "campaigns")))
        read = support.get(there(komorebi, "campaigns"))
        assert there(komorebi, "campaign_new") not in text(read)
        assert "Owners and finance of your team can write one." in seen(read)

    def test_says_what_each_gives_until_when_and_how_much_it_gave(self, owner, komorebi, runs, buy):
        runs(ends_before=date(2026, 12, 25))
        buy(30_000)
        page = owner.get(there(komorebi, "campaigns"))
        for words in ("1% of what the card pays", "until 24 Dec 2026", "¥300 of ¥10,000", "1 purchase", "Running"):
            assert words in seen(page)
        assert '<progress class="usage-bar" max="100" value="3"' in text(page)

    def test_holds_nothing_of_another_shop(self, owner, komorebi, written, fly_by_night):
        written(name="Theirs", at=fly_by_night)
        assert "Theirs" not in text(owner.get(there(komorebi, "campaigns")))

    def test_is_filtered_and_turned_over(self, owner, komorebi, written, runs):
        runs(name="Running one")
        for number in range(26):
            written(name=f"Draft {number}.")
        here = there(komorebi, "campaigns")
        drafts = text(owner.get(here, {"status": "draft"}))
        assert ("Draft 25." in drafts, "Draft 0." in drafts, "Running one" in drafts) == (True, False, False)
        older = re.search(r'rel="next" href="([^"]+)"', drafts).group(1)
        after = text(owner.get(here + unescape(older)))
        assert ("Draft 0." in after, "Draft 25." in after, "Running one" in after) == (True, False, False)
        assert "No campaign fits these filters." in seen(owner.get(here, {"status": "ended"}))
        assert "Draft 25." in text(owner.get(here, {"status": "nonsense"}))


class TestWriting:
    def test_keeps_every_term_as_a_draft(self, finance, write, komorebi):
        page = write(
            finance, kind="fixed", rate="3", points="200", minimum_spend="1000", skus="beans-1\n\n beans-2 \nbeans-1",
            first_purchase_only="on", weekdays=["7", "6"], starts_on="2026-12-01", last_day="2026-12-31",
            most_points_per_customer="400", most_purchases_per_customer="2", most_purchases="30", combining="best_of",
        )  # fmt: skip
        campaign = Campaign.objects.get()
        assert (page.status_code, page.url) == (303, there(komorebi, "campaign", campaign.id))
        assert (campaign.status, campaign.merchant_id) == ("draft", komorebi.id)
        assert campaign.terms == Terms(
            name="Winter", kind=CampaignKind.FIXED, budget=yen(5_000), points=pts(200), minimum_spend=yen(1_000),
            skus=("beans-1", "beans-2"), first_purchase_only=True, starts_on=date(2026, 12, 1),
            ends_before=date(2027, 1, 1), weekdays=(Weekday.SATURDAY, Weekday.SUNDAY),
            most_points_per_customer=pts(400), most_purchases_per_customer=2, most_purchases=30,
            combining=Combining.BEST_OF,
        )  # fmt: skip

    def test_a_rate_is_written_in_percent(self, owner, write):
        write(owner)
        assert Campaign.objects.get().rate_basis_points == 250

    def test_two_sendings_of_one_form_write_one_draft(self, owner, komorebi):
        address = there(komorebi, "campaign_new")
        form = {**hidden(owner.get(address)), **ASKED}
        first, second = owner.post(address, form), owner.post(address, form)
        assert first.url == second.url
        assert owner.post(address, {**form, "budget": "9"}).status_code == 422
        assert [one.budget_minor for one in Campaign.objects.all()] == [5_000]

    @pytest.mark.parametrize("ticket", ["", "cmp_0", "somebody else’s"])
    def test_a_form_that_we_did_not_give_writes_nothing(self, owner, support, komorebi, write, ticket):
        page = write(owner, ticket=ticket)
        assert page.status_code == 422
        assert not Campaign.objects.exists()

    @pytest.mark.parametrize(
        ("wrong", "field", "words"),
        [
            ({"name": ""}, "name", "required"),
            ({"name": "W\u202einter"}, "name", "cannot be seen"),
            ({"rate": ""}, "rate", "how much it gives"),
            ({"rate": "20.01"}, "rate", "less than or equal to 20"),
            ({"rate": "0.001"}, "rate", "decimal"),
            ({"kind": "fixed"}, "points", "how much it gives"),
            ({"kind": "fixed", "points": "201", "minimum_spend": "1000"}, "minimum_spend", "¥1,005"),
            ({"kind": "gold"}, "kind", "valid choice"),
            ({"budget": "0"}, "budget", "greater than or equal to 1"),
            ({"budget": "much"}, "budget", "whole number"),
            ({"starts_on": "2026-12-02", "last_day": "2026-12-01"}, "last_day", "ends after its first day"),
            ({"last_day": "9999-12-31"}, "last_day", "2999"),
            ({"starts_on": "0001-01-01", "last_day": ""}, "last_day", "ends after its first day"),
            ({"skus": "a", "categories": "b"}, "categories", "not both"),
            ({"skus": "\n".join(str(number) for number in range(101))}, "skus", "at most 100"),
            ({"weekdays": ["8"]}, "weekdays", "valid choice"),
            ({"most_purchases": "-1"}, "most_purchases", "greater than or equal to 1"),
        ],
    )
    def test_says_beside_the_field_what_is_wrong(self, owner, write, wrong, field, words):
        page = write(owner, **wrong)
        assert page.status_code == 422
        said = re.search(rf'id="id_{field}_error">(.*?)</div>', text(page), re.DOTALL)
        assert said, field
        assert words in unescape(said.group(1))
        assert 'value="5000"' in text(page) or "budget" in wrong
        assert not Campaign.objects.exists()

    def test_support_and_developers_may_not(self, support, developer, komorebi):
        for browser in (support, developer):
            assert browser.post(there(komorebi, "campaign_new"), ASKED).status_code == 403
        assert not Campaign.objects.exists()


class TestThePreview:
    def test_shows_what_the_terms_would_have_cost_and_writes_nothing(self, owner, write, buy, bob):
        for days in (1, 20, 40):
            buy(10_000, when=NOON - days * DAY)
        buy(20_000, who=bob, when=NOON - 2 * DAY)
        page = write(owner, preview="1")
        assert page.status_code == 200
        for words in ("¥ 1,250", "4 purchases", "2 customers", "of 4 purchases in that time", "would have lasted"):
            assert words in seen(page)
        assert "Points, week by week" in seen(page)
        assert not Campaign.objects.exists()

    def test_looks_as_far_back_as_it_is_asked(self, owner, write, buy):
        buy(10_000), buy(10_000, when=NOON - 40 * DAY), buy(10_000, when=NOON - 300 * DAY)
        costs = {days: re.search(r"would have cost ¥ ?(\d+)", seen(write(owner, preview="1", days=days))).group(1)
                 for days in ("30", "90", "365")}  # fmt: skip
        assert costs == {"30": "250", "90": "500", "365": "750"}

    def test_says_when_nothing_would_have_been_left(self, owner, write, buy):
        buy(10_000, when=NOON - 3 * DAY), buy(10_000)
        assert "Nothing would have been left after 19 Nov 2026" in seen(write(owner, preview="1", budget="250"))

    def test_says_how_many_it_looked_at_where_there_were_more(self, owner, write, buy, monkeypatch):
        monkeypatch.setattr(import_module("points.services.preview_campaign"), "MOST_SEEN", 2)
        for hours in (3, 2, 1):
            buy(1_000, when=NOON - timedelta(hours=hours))
        page = seen(write(owner, preview="1"))
        assert "Only the oldest 2 purchases were looked at, up to 22 Nov 2026" in page
        assert "of 2 purchases in that time" in page

    def test_says_which_term_is_missing(self, owner, write):
        page = write(owner, preview="1", rate="", kind="fixed", points="9")
        assert page.status_code == 422
        assert "These terms cannot be tried yet" in seen(page)
        assert "Minimum spend in yen: 9 fixed points need" in seen(page)

    def test_leaves_what_others_sold_alone(self, owner, write, buy, fly_by_night):
        buy(10_000, at=fly_by_night)
        assert "Nothing was bought in that time" in seen(write(owner, preview="1"))

    def test_stands_on_the_draft_for_everybody_who_may_look(self, support, komorebi, written, buy):
        buy(10_000)
        page = support.get(there(komorebi, "campaign", written().id))
        assert "It would have cost ¥ 100" in seen(page)
        assert there(komorebi, "campaign_start", Campaign.objects.get().id) not in text(page)


class TestChanging:
    @pytest.fixture
    def alter(self, owner, komorebi):
        def alter(campaign, *, opened=None, **asked):
            address = there(komorebi, "campaign_change", campaign.id)
            form = {"name": campaign.name, "kind": "rate", "rate": "1", "budget": "10000", "combining": "adds_up"}
            return owner.post(address, {**(opened or hidden(owner.get(address))), **form, **asked})

        return alter

    def test_begins_with_the_terms_that_are(self, owner, komorebi, written):
        terms = {"last_day": "2026-12-31", "ends_before": date(2027, 1, 1)}
        campaign = written(rate_basis_points=125, ends_before=terms["ends_before"], skus=("a", "b"))
        page = text(owner.get(there(komorebi, "campaign_change", campaign.id)))
        assert 'value="1.25"' in page
        assert f'value="{terms["last_day"]}"' in page
        assert ">\na\nb</textarea>" in page

    def test_makes_a_version_that_says_what_differs(self, alter, owner, komorebi, runs):
        campaign = runs()
        assert alter(campaign, budget="20000", last_day="2026-12-24").status_code == 303
        campaign.refresh_from_db()
        assert (campaign.budget_minor, campaign.ends_before, campaign.version) == (20_000, date(2026, 12, 25), 3)
        told = seen(owner.get(there(komorebi, "campaign", campaign.id)))
        assert (
            f"{komorebi.owner.email} · version 3 Days: until you end it until 24 Dec 2026 Budget: ¥10,000 ¥20,000"
            in told
        )

    def test_twice_makes_one_version(self, alter, owner, komorebi, runs):
        campaign = runs()
        opened = hidden(owner.get(there(komorebi, "campaign_change", campaign.id)))
        assert [alter(campaign, opened=opened, budget="20000").status_code for _ in range(2)] == [303, 303]
        campaign.refresh_from_db()
        assert campaign.version == 3

    def test_does_not_write_over_what_somebody_else_changed(self, alter, owner, komorebi, runs):
        campaign = runs()
        opened = hidden(owner.get(there(komorebi, "campaign_change", campaign.id)))
        points.change_campaign(campaign_id=campaign.id, changes={"budget": yen(30_000)}, by=komorebi.actor, now=NOON)
        page = alter(campaign, opened=opened, budget="20000")
        assert page.status_code == 422
        assert "Somebody else changed this campaign meanwhile: it is version" in seen(page)
        campaign.refresh_from_db()
        assert campaign.budget_minor == 30_000

    def test_keeps_the_first_day_of_one_that_has_begun(self, alter, runs):
        campaign = runs(starts_on=date(2026, 11, 10))
        assert alter(campaign, starts_on="2026-11-21", budget="20000").status_code == 303
        campaign.refresh_from_db()
        assert (campaign.starts_on, campaign.budget_minor) == (date(2026, 11, 10), 20_000)

    def test_cannot_go_below_what_it_gave(self, alter, runs, buy):
        campaign = runs()
        buy(30_000)
        page = alter(campaign, budget="299")
        assert page.status_code == 422
        assert "It gave 300 points for 1 purchases already" in seen(page)

    def test_is_over_when_the_campaign_is(self, alter, komorebi, runs):
        campaign = runs()
        points.end_campaign(campaign_id=campaign.id, by=komorebi.actor, now=NOON)
        assert alter(campaign, budget="20000").status_code == 422


class TestActing:
    def test_starts_after_a_page_that_says_what_it_costs_at_most(self, owner, komorebi, written):
        campaign, act = written(), lambda: owner.post(there(komorebi, "campaign_start", campaign.id)).status_code
        asked = seen(owner.get(there(komorebi, "campaign_start", campaign.id)))
        assert "It costs you ¥10,000 at most" in asked
        campaign.refresh_from_db()
        assert campaign.status == "draft"
        assert [act(), act()] == [303, 303]
        campaign.refresh_from_db()
        assert (campaign.status, campaign.version) == ("running", 2)

    def test_waits_for_its_first_day(self, owner, komorebi, written):
        campaign = written(starts_on=date(2026, 12, 1))
        page = owner.post(there(komorebi, "campaign_start", campaign.id), follow=True)
        assert "It waits for its first day" in seen(page)

    def test_says_why_it_cannot_start(self, owner, komorebi, written):
        campaign = written(ends_before=date(2026, 11, 1))
        page = owner.post(there(komorebi, "campaign_start", campaign.id))
        assert (page.status_code, "The last day of this campaign has passed." in seen(page)) == (422, True)
        merchants.suspend_merchant(merchant_id=komorebi.id, reason="a look", by=SYSTEM, now=NOON)
        assert owner.post(there(komorebi, "campaign_start", written().id)).status_code == 422

    def test_pauses_once_and_goes_on(self, owner, komorebi, runs):
        campaign = runs()
        for verb, status in (("pause", "paused"), ("pause", "paused"), ("start", "running")):
            assert owner.post(there(komorebi, f"campaign_{verb}", campaign.id)).status_code == 303
            campaign.refresh_from_db()
            assert campaign.status == status

    def test_a_draft_cannot_pause(self, owner, komorebi, written):
        page = owner.post(there(komorebi, "campaign_pause", written().id))
        assert page.status_code == 422
        assert "This is not possible" in seen(page)

    def test_ends_for_good_after_a_question(self, owner, komorebi, runs):
        campaign = runs()
        address = there(komorebi, "campaign_end", campaign.id)
        assert "cannot be started again" in seen(owner.get(address))
        assert [owner.post(address).status_code, owner.post(address).status_code] == [303, 303]
        campaign.refresh_from_db()
        assert (campaign.status, campaign.version) == ("ended", 3)
        assert owner.post(there(komorebi, "campaign_start", campaign.id)).status_code == 422
        page = text(owner.get(there(komorebi, "campaign", campaign.id)))
        assert there(komorebi, "campaign_change", campaign.id) not in page
        assert "ended on" in page

    @pytest.mark.parametrize("verb", ["change", "start", "pause", "end"])
    def test_only_whoever_may_and_only_on_their_own(self, support, owner, komorebi, runs, fly_by_night, verb):
        mine, theirs = runs(), runs(at=fly_by_night)
        assert support.post(there(komorebi, f"campaign_{verb}", mine.id)).status_code == 403
        assert owner.post(there(komorebi, f"campaign_{verb}", theirs.id)).status_code == 404
        assert {one.version for one in Campaign.objects.all()} == {2}


class TestOneCampaign:
    def test_shows_its_cost_and_its_effect_by_day(self, owner, komorebi, runs, buy, bob):
        campaign = runs(minimum_spend=yen(5_000))
        assert "Nothing was bought in these days." in seen(owner.get(there(komorebi, "campaign", campaign.id)))
        buy(10_000), buy(20_000, who=bob), buy(1_000), buy(3_000, when=NOON - 12 * DAY)
        page = seen(owner.get(there(komorebi, "campaign", campaign.id)))
        assert "Cost so far ¥ 300" in page
        assert "An average purchase with it ¥ 15,000" in page
        assert "An average purchase without it ¥ 2,000" in page
        _before, purchases, customers, given = page.split("The same as a table")
        assert "21 Nov 2 1" in purchases
        assert "10 Nov 0 1" in purchases
        assert "21 Nov 2 1" in customers
        assert "21 Nov 300 points" in given

    def test_turns_over_a_long_one_and_takes_any_day_for_an_answer(self, owner, komorebi, written, buy):
        campaign = written()
        buy(1_000), buy(1_000, when=NOON - 40 * DAY)
        points.start_campaign(campaign_id=campaign.id, by=komorebi.actor, now=NOON - 60 * DAY)
        address = there(komorebi, "campaign", campaign.id)
        assert "26 Oct" in seen(owner.get(address))
        assert 'href="?older=2026-10-26"' in text(owner.get(address))
        before = text(owner.get(address, {"older": "2026-10-26"}))
        assert 'href="?newer=2026-10-26"' in before
        assert "25 Oct" in before
        for day in ("2026-02-31", "0001-01-01", "9999-12-31", "soon", "2999-12-31"):
            for way in ("older", "newer"):
                assert owner.get(address, {way: day}).status_code == 200

    def test_the_mail_about_a_used_up_one_leads_here(self, owner, komorebi, runs, buy, till):
        campaign = runs(budget=yen(50))
        buy(10_000)
        till.relay()
        mail = OutgoingMail.objects.get(template="campaign_used_up")
        assert there(komorebi, "campaign", campaign.id) in mail.text
        page = seen(owner.get(there(komorebi, "campaign", campaign.id)))
        assert "Raise its budget" in page
