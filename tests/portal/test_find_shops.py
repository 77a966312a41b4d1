"""The list of shops, with what a purchase at each would earn; and the page of one before anybody has paid there."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.queries import rules_of
from common import clock
from common.actors import SYSTEM
from common.ids import new_id
from common.money import pts, yen
from merchants import services as merchants
from payments.errors import StoppedByRule
from points import services as points
from points.campaigns import Terms
from points.states import CampaignKind, Weekday
from tests.cast import business
from tests.payments.test_rules import at_shop
from tests.portal.test_pages import assert_is_sound

NOBODYS = "shp_01m83683cnes886rq050amff7h"
RATE = Terms(name="Autumn", kind=CampaignKind.RATE, rate_basis_points=500, budget=yen(10_000))


@pytest.fixture
def find(visit, alice):
    def find(query="", *, who=alice, language="en"):
        answer = visit(who, language).get(reverse("portal:shops_find") + query)
        assert_is_sound(answer, language)
        return answer

    return find


@pytest.fixture
def runs(komorebi):
    def runs(*, at=komorebi, **changes):
        then = clock.now() - timedelta(days=1)
        campaign_id = new_id("cmp")
        points.create_campaign(
            campaign_id=campaign_id, merchant_id=at.id, terms=replace(RATE, **changes), by=at.actor, now=then
        )
        return points.start_campaign(campaign_id=campaign_id, by=at.actor, now=then)

    return runs


def listed(answer):
    """(name of the shop, points) line by line."""
    return [(line.shop.display_name, line.earn.total.minor) for line in answer.context["lines"]]


class TestTheList:
    def test_says_what_a_purchase_at_each_shop_would_earn(self, find, runs, komorebi, fly_by_night):
        runs()
        assert listed(find()) == [("Fly-by-Night Optics", 10), ("Komorebi Coffee", 60)]
        assert listed(find("?spend=20000")) == [("Fly-by-Night Optics", 200), ("Komorebi Coffee", 1_200)]
        assert "Autumn: 5% of what the card pays" in find().content.decode()

    def test_speaks_japanese(self, find, runs, komorebi):
        runs()
        assert "Autumn" in find(language="ja").content.decode()

    @pytest.mark.parametrize(
        "text", ["komorebi", "COFFEE", "Coffee K.K.", "komorebi.example", "https://komorebi.example/products/1?a=b"]
    )
    def test_is_searched_by_name_and_by_address(self, find, komorebi, fly_by_night, text):
        assert [name for name, _points in listed(find(f"?text={text.replace('?', '%3F')}"))] == ["Komorebi Coffee"]

    def test_says_when_nothing_fits(self, find, komorebi):
        answer = find("?text=komorebl")
        assert (listed(answer), "Nothing fits" in answer.content.decode()) == ([], True)

    @pytest.mark.parametrize("ends", ["suspend_merchant", "let_merchant_leave"])
    def test_leaves_out_who_is_closed(self, find, komorebi, fly_by_night, ends):
        getattr(merchants, ends)(merchant_id=fly_by_night.id, reason="Why.", by=SYSTEM, now=clock.now())
        assert [name for name, _points in listed(find())] == ["Komorebi Coffee"]

    def test_goes_page_by_page_by_name_and_back(self, find, db, monkeypatch):
        monkeypatch.setattr("portal.views.find_shops.PAGE", 2)
        names = ["Aoi", "Aoi", "Beni", "Cha", "Dango"]
        for number, name in enumerate(names):
            business(name, host=f"shop-{number}.example")
        seen, query, pages = [], "", []
        while True:
            answer = find(query)
            pages.append(answer)
            seen += [line.shop.id for line in answer.context["lines"]]
            if not (older := answer.context["page"].older):
                break
            query = f"?older={older}"
        assert len(pages) == 3
        assert len(set(seen)) == len(seen) == 5
        assert [line.shop.display_name for page in pages for line in page.context["lines"]] == names
        back = find(f"?newer={pages[2].context['page'].newer}")
        assert [line.shop.id for line in back.context["lines"]] == seen[2:4]
        assert find(f"?newer={back.context['page'].newer}").context["page"].newer == ""

    @pytest.mark.parametrize("query", ["?older=x", f"?newer={NOBODYS}", "?spend=x", "?spend=-1", "?text=%00"])
    def test_a_place_or_an_amount_that_is_none_breaks_nothing(self, find, komorebi, query):
        find(query)

    def test_marks_where_i_paid_and_what_i_blocked_and_nobody_elses(
        self, find, till, alice, bob, komorebi, fly_by_night
    ):
        till.buys(alice, komorebi)
        at_shop(alice, fly_by_night, blocked=True)
        said = {line.shop.id: (line.is_blocked, line.has_paid) for line in find().context["lines"]}
        assert said == {komorebi.shop.id: (False, True), fly_by_night.shop.id: (True, False)}
        assert {(line.is_blocked, line.has_paid) for line in find(who=bob).context["lines"]} == {(False, False)}

    def test_asks_no_more_for_many_shops_without_a_campaign_than_for_one(self, find, komorebi):
        with CaptureQueriesContext(connection) as for_one:
            find()
        for number in range(10):
            business(f"Shop {number}", host=f"shop-{number}.example")
        with CaptureQueriesContext(connection) as for_many:
            assert len(listed(find())) == 11
        assert len(for_many) <= len(for_one)

    def test_asks_no_more_for_many_campaigns_of_a_shop_than_for_one_and_names_a_few(self, find, runs, komorebi):
        runs(name="Sale 0", rate_basis_points=100)
        find()  # the first of a browser asks for more
        with CaptureQueriesContext(connection) as for_one:
            assert "More campaigns" not in find().content.decode()
        for number in range(1, 5):
            runs(name=f"Sale {number}", rate_basis_points=100)
        with CaptureQueriesContext(connection) as for_many:
            answer = find()
        assert (listed(answer), len(for_many)) == ([("Komorebi Coffee", 60)], len(for_one))
        assert (answer.content.decode().count("Sale "), "More campaigns" in answer.content.decode()) == (3, True)

    def test_their_rules_ask_for_all_their_pages_at_once(self, visit, alice, komorebi):
        browser = visit(alice)

        def asked():
            with CaptureQueriesContext(connection) as queries:
                page = browser.get("/rules").content.decode()
            return page.count('href="/shops/shp_'), len(queries)

        at_shop(alice, komorebi, blocked=True)
        asked()  # the first of a browser asks for more
        one, for_one = asked()
        for number in range(4):
            at_shop(alice, business(f"Shop {number}", host=f"shop-{number}.example"), blocked=True)
        assert (one, *asked()) == (1, 5, for_one)


class TestAShopThatINeverPaid:
    @pytest.fixture
    def page(self, visit, bob, komorebi):
        def page(language="en", query="?spend=3000"):
            answer = visit(bob, language).get(reverse("portal:shop", args=[komorebi.shop.id]) + query)
            assert_is_sound(answer, language)
            return answer.content.decode()

        return page

    def test_says_what_a_purchase_would_earn_and_what_its_campaigns_ask_for(self, page, runs):
        tomorrow = clock.business_date(clock.now()) + timedelta(days=2)
        runs(name="Opening", first_purchase_only=True, ends_before=tomorrow)
        runs(
            name="Beans",
            categories=("coffee",),
            minimum_spend=yen(2_000),
            weekdays=(Weekday.SATURDAY, Weekday.SUNDAY),
            most_points_per_customer=pts(500),
        )
        text = page()
        assert "You will earn 180 points." in text  # 1 % and, for a first purchase, 5 %
        for said in (
            "only for your first purchase at this shop",
            "only for: coffee",
            "from ¥2,000 on",
            "on these days: Saturday, Sunday",
            "500 points for you at most",
        ):
            assert said in text
        assert "10,000" not in text  # the budget is the shop's own
        assert "このお店での初めてのお買い物のみ" in page("ja")

    @pytest.mark.parametrize("state", ["paused", "planned"])
    def test_tells_no_campaign_that_gives_nothing_today(self, page, runs, komorebi, state):
        if state == "paused":
            points.pause_campaign(campaign_id=runs().id, by=komorebi.actor, now=clock.now())
        else:
            runs(starts_on=clock.business_date(clock.now()) + timedelta(days=3))
        text = page()
        assert ("Autumn" in text, "You will earn 30 points." in text) == (False, True)

    def test_shows_nothing_of_who_did_pay(self, page, till, alice, komorebi):
        payment = till.buys(alice, komorebi, 7_890)
        till.allows(alice, komorebi)
        text = page()
        assert "You have not paid here yet" in text
        assert payment.id not in text
        assert "7,890" not in text
        assert "grt_" not in text

    def test_can_be_blocked_before_the_first_payment(self, visit, till, bob, komorebi):
        browser = visit(bob)
        browser.post(reverse("portal:shop_block", args=[komorebi.shop.id]))
        assert rules_of(bob.wallet.id).at(komorebi.id).blocked
        with pytest.raises(StoppedByRule):
            till.buys(bob, komorebi)
        assert reverse("portal:shop", args=[komorebi.shop.id]) in browser.get("/rules").content.decode()

    def test_that_is_none_is_not_there(self, visit, bob):
        assert visit(bob).get(reverse("portal:shop", args=[new_id("shp")])).status_code == 404
        assert visit(bob).get(reverse("portal:shop", args=["x"])).status_code == 404
