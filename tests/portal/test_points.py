"""The page of points: what is there, what is coming, what is owed, the tier, the pictures and the history."""

import csv
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.urls import reverse

from common import clock
from common.ids import new_id
from common.money import yen
from points import services as points
from points.models import PointsLot
from points.queries import points_of


@pytest.fixture
def page(visit, alice):
    def page(query="", language="en"):
        browser = visit(alice)
        browser.cookies["django_language"] = language
        answer = browser.get(f"/points{query}")
        assert answer.status_code == 200
        return answer

    return page


def earns(person, shop, amount, *, when):
    return points.earn_points(
        capture_id=new_id("cap"),
        payment_id=new_id("pay"),
        wallet_id=person.wallet.id,
        merchant_id=shop.id,
        base=yen(amount),
        captured_at=when,
        now=when,
    )[0]


def test_says_how_far_it_is_to_the_next_tier(page, alice, komorebi):
    now = clock.now()
    earns(alice, komorebi, 287_700, when=now - timedelta(seconds=1))
    html = page().content.decode()
    assert "¥12,300 to Silver" in html
    assert 'max="100" value="95"' in html


def test_says_when_what_is_on_the_way_is_ready_and_where_it_was_earned(page, alice, komorebi):
    lot = earns(alice, komorebi, 10_000, when=clock.now())
    answer = page()
    assert answer.context["next_ready_at"] == lot.available_from
    assert answer.context["earned_by_shop"] == [("Komorebi Coffee", 100)]
    assert [month[1:] for month in answer.context["by_month"]][-1] == (100, 0)
    assert f'href="/payments/{lot.payment_id}"' in answer.content.decode()


def test_warns_only_of_what_expires_within_thirty_days(page, till, alice, komorebi):
    till.gives_points(alice, komorebi, 500)
    assert not page().context["expires_soon"]
    now = clock.now()
    earns(alice, komorebi, 10_000, when=now - timedelta(days=385))
    points.activate_points(now=now)
    soon = points_of(alice.wallet.id, now).next_expiry_at
    assert page().context["expires_soon"] == (soon <= now + timedelta(days=30))


@pytest.mark.parametrize(("days", "said"), [(7, True), (8, False)])
def test_the_first_page_asks_for_them_in_their_last_week(visit, till, alice, komorebi, days, said):
    till.gives_points(alice, komorebi, 500)
    ends = clock.now() + timedelta(days=days)
    PointsLot.objects.filter(wallet_id=alice.wallet.id).update(expires_at=ends)
    for language, words in (("en", "They pay at your next purchase"), ("ja", "次のお買い物で使うか")):
        assert (words in visit(alice, language).get("/home/").content.decode()) == said


@pytest.mark.parametrize("place", ["/points", "/home/"])
def test_the_day_on_which_they_expire_is_the_last_on_which_they_pay(visit, till, alice, komorebi, place):
    till.gives_points(alice, komorebi, 500)
    PointsLot.objects.filter(wallet_id=alice.wallet.id).update(expires_at=datetime(2099, 12, 1, tzinfo=clock.TOKYO))
    html = visit(alice).get(place).content.decode()
    assert ("30 Nov 2099" in html, "1 Dec 2099" in html) == (True, False)


def test_says_calmly_what_is_owed(page, till, alice, komorebi):
    till.gives_points(alice, komorebi, 500)
    till.buys(alice, komorebi, points=500)
    # How points come to be owed is told in tests/points; here only the page counts.
    PointsLot.objects.filter(wallet_id=alice.wallet.id).update(owed_minor=40)
    html = page().content.decode()
    assert "To be made up for" in html
    assert 'value="40">40' in html


def test_pages_through_the_history_and_loses_no_line(page, alice, komorebi):
    now = clock.now()
    for hours in range(30):
        earns(alice, komorebi, 1_000, when=now - timedelta(hours=hours))
    first = page()
    assert len(first.context["history"]) == 25
    assert first.context["pages"].newer == ""
    second = page(f"?older={first.context['pages'].older}")
    assert len(second.context["history"]) == 5
    assert (second.context["pages"].newer, second.context["pages"].older) == ("0", "")
    seen = {line.payment_id for line, _shop in (*first.context["history"], *second.context["history"])}
    assert len(seen) == 30


@pytest.mark.parametrize("asked", ["-5", "x", "１２", "9" * 40, "1.5"])
def test_a_place_that_is_none_is_the_first(page, asked):
    assert page(f"?older={asked}").context["pages"].newer == ""


def test_the_whole_history_is_a_file_with_the_payment_behind_each_line(visit, till, alice, bob, komorebi):
    now = clock.now()
    lots = [earns(alice, komorebi, 1_000, when=now - timedelta(hours=hours)) for hours in range(30)]
    earns(bob, komorebi, 5_000, when=now)
    browser = visit(alice)
    assert reverse("portal:points_csv") in browser.get("/points").content.decode()
    answer = browser.get(reverse("portal:points_csv"))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(StringIO(b"".join(answer.streaming_content).decode().removeprefix("\ufeff"))))
    assert [row["payment"] for row in rows] == [lot.payment_id for lot in lots]
    assert {(row["points"], row["shop"], row["change"]) for row in rows} == {("10", "Komorebi Coffee", "earned")}


def test_what_was_used_is_a_number_below_zero_in_the_file(visit, till, alice, komorebi):
    till.gives_points(alice, komorebi, 500)
    till.buys(alice, komorebi, points=300)
    answer = visit(alice).get(reverse("portal:points_csv"))
    rows = csv.DictReader(StringIO(b"".join(answer.streaming_content).decode().removeprefix("\ufeff")))
    assert [row["points"] for row in rows if row["change"] == "redeemed"] == ["-300"]


def test_leads_to_gifts_family_and_shops(page):
    html = page().content.decode()
    assert all(f'href="{place}"' in html for place in ("/points/gifts", "/points/family", "/shops/find"))


def test_reads_in_japanese(page, alice, komorebi):
    earns(alice, komorebi, 287_700, when=clock.now() - timedelta(seconds=1))
    assert "シルバーまであと¥12,300" in page(language="ja").content.decode()
