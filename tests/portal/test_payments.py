"""What I paid: the list and its filters, and one payment with its story."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.urls import reverse

from common import clock
from payments.models import Payment
from tests.portal.test_pages import assert_is_sound


@pytest.fixture
def listed(visit, alice):
    def ask(**query):
        return visit(alice).get(reverse("portal:payments"), query).content.decode()

    return ask


class TestTheFile:
    def test_holds_my_payments_that_fit_the_filters_and_nobody_elses(self, visit, till, alice, bob, komorebi):
        till.buys(bob, komorebi)
        till.asks(komorebi)
        mine = till.buys(alice, komorebi, 1_234, description="=SUM(A1)")
        answer = visit(alice).get(reverse("portal:payments_csv"), {"status": "captured"})
        (row,) = csv.DictReader(StringIO(b"".join(answer).decode("utf-8-sig")))
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert (row["payment"], row["amount"], row["description"]) == (mine.id, "1234", "'=SUM(A1)")
        empty = visit(alice).get(reverse("portal:payments_csv"), {"status": "declined"})
        assert b"".join(empty).count(b"\n") == 1


class TestTheList:
    def test_shows_my_payments_and_nobody_elses(self, listed, till, alice, bob, komorebi):
        mine, his = till.buys(alice, komorebi, 1_234), till.buys(bob, komorebi, 5_678)
        html = listed()
        assert (mine.id in html, his.id in html) == (True, False)

    def test_finds_by_word_shop_state_and_month(self, listed, till, alice, komorebi, fly_by_night):
        coffee = till.buys(alice, komorebi, description="Beans of Yirgacheffe")
        optics = till.buys(alice, fly_by_night)
        assert shows(listed(text="yirga"), coffee, optics) == (True, False)
        assert shows(listed(shop=fly_by_night.shop.id), coffee, optics) == (False, True)
        assert shows(listed(status="captured"), coffee, optics) == (True, True)
        assert shows(listed(status="declined"), coffee, optics) == (False, False)
        assert shows(listed(month=f"{clock.now().astimezone(clock.TOKYO):%Y-%m}"), coffee, optics) == (True, True)
        earlier = clock.now().astimezone(clock.TOKYO).replace(day=1) - timedelta(days=1)
        assert shows(listed(month=f"{earlier:%Y-%m}"), coffee, optics) == (False, False)

    @pytest.mark.parametrize(
        "query", [{"month": "2026-99"}, {"status": "x'"}, {"shop": "%"}, {"older": "pay_x"}, {"newer": "x"}]
    )
    def test_bears_whatever_a_stranger_writes_into_the_address(self, visit, alice, query):
        assert visit(alice).get(reverse("portal:payments"), query).status_code == 200

    def test_leads_on_to_older_ones_and_back(self, visit, listed, till, alice, komorebi):
        bought = [till.buys(alice, komorebi, 500 + step) for step in range(27)]
        first, last = bought[-1], bought[0]
        html = listed()
        assert shows(html, first, last) == (True, False)
        older = listed(older=bought[2].id)
        assert shows(older, first, last) == (False, True)
        assert 'rel="prev"' in older
        assert 'rel="next"' not in older


class TestOnePayment:
    @pytest.mark.parametrize("language", ["ja", "en"])
    def test_tells_its_story_and_what_was_earned(self, visit, till, alice, komorebi, language):
        till.gives_points(alice, komorebi, 300)
        payment = till.buys(alice, komorebi, points=300)
        till.relay()
        answer = visit(alice, language).get(reverse("portal:payment", args=[payment.id]))
        assert_is_sound(answer, language)
        html = answer.content.decode()
        told = {
            "en": ["You approved it with your passkey", "The shop took the amount", "Points earned", "125"],
            "ja": ["パスキーで承認しました", "お支払いが確定しました", "獲得ポイント", "125"],
        }
        assert [text for text in told[language] if text not in html] == []

    def test_refunded_says_so(self, visit, till, alice, komorebi):
        payment = till.buys(alice, komorebi)
        till.refunds(payment)
        html = visit(alice).get(reverse("portal:payment", args=[payment.id])).content.decode()
        assert "Refunded to your card" in html

    def test_can_be_canceled_while_the_shop_has_not_taken_it(self, visit, till, alice, komorebi):
        payment = till.buys(alice, komorebi, capture_method="manual")
        browser, here = visit(alice), reverse("portal:payment", args=[payment.id])
        assert "Cancel this payment" in browser.get(here).content.decode()
        answer = browser.post(f"{here}/cancel")
        assert (answer.status_code, answer["Location"]) == (303, here)
        assert Payment.objects.get(pk=payment.id).status == "canceled"

    def test_that_was_taken_is_not_canceled_and_says_why(self, visit, till, alice, komorebi):
        payment = till.buys(alice, komorebi)
        browser, here = visit(alice), reverse("portal:payment", args=[payment.id])
        assert "Cancel this payment" not in browser.get(here).content.decode()
        answer = browser.post(f"{here}/cancel")
        assert answer.status_code == 422
        assert "not possible" in answer.content.decode()


def shows(html, *payments):
    return tuple(payment.id in html for payment in payments)
