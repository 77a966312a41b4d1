"""What was sold: found again, captured, canceled, refunded once, and carried into a spreadsheet that stays quiet."""

import csv
import re
from io import StringIO

import pytest
from django.test import Client

from api import request_log
from common.money import yen
from common.spreadsheet import inert
from dashboard.csv_export import (
    CAMPAIGN_COLUMNS,
    DISPUTE_COLUMNS,
    GRANT_COLUMNS,
    PAYMENT_COLUMNS,
    REFUND_COLUMNS,
)
from payments.models import Refund
from points import services as points
from tests.cast import NOON
from tests.dashboard.conftest import Browser, text
from tests.dashboard.test_pages import a_campaign, stated
from tests.payments.disputes import Issuer
from tests.payments.till import status

pytestmark = pytest.mark.django_db


def ticket_on(page) -> str:
    return re.search(r'name="ticket" value="([^"]+)"', text(page))[1]


def rows_of(response) -> list[dict]:
    written = text(response)
    assert written.startswith("\ufeff")
    return list(csv.DictReader(StringIO(written.removeprefix("\ufeff"))))


class TestTheList:
    def test_finds_by_order_number_id_state_and_day(self, till, owner, at, alice, komorebi):
        captured = till.buys(alice, komorebi, merchant_reference="A-1")
        till.later(days=1)
        waiting = till.asks(komorebi, merchant_reference="B-2")
        for query, found in (
            ("text=a-1", {"A-1"}),
            (f"text={waiting.id}", {"B-2"}),
            ("status=captured", {"A-1"}),
            ("first=2026-11-23", {"B-2"}),
            ("last=2026-11-22", {"A-1"}),
            ("first=nonsense", {"A-1", "B-2"}),
        ):
            page = text(owner.get(f"{at('payments')}?{query}"))
            assert {name for name in ("A-1", "B-2") if f">{name}</a>" in page} == found, query
        assert captured.id != waiting.id

    def test_pages_by_key_and_keeps_the_filters(self, till, owner, at, komorebi):
        for number in range(27):
            till.asks(komorebi, merchant_reference=f"N-{number:02}")
        first = text(owner.get(f"{at('payments')}?status=requires_approval"))
        onward = re.search(r'href="(\?status=requires_approval&(?:amp;)?older=pay_\w+)"', first)[1]
        second = text(owner.get(at("payments") + onward.replace("&amp;", "&")))
        assert ">N-02</a>" in first
        assert ">N-01</a>" not in first
        assert ">N-01</a>" in second
        assert 'rel="prev"' in second


class TestOnePayment:
    def test_tells_the_story_without_naming_who_paid(self, till, owner, at, alice, komorebi):
        payment = till.buys(alice, komorebi)
        page = text(owner.get(at("payments", payment.id)))
        assert "The customer approved with a passkey" in page
        assert "Shop server" in page  # the key that asked
        assert 'value="416"' in page  # the fee
        for secret in ("Alice", alice.customer.id, alice.wallet.id, "alice@"):
            assert secret not in page

    def test_says_why_the_issuer_declined_and_what_helps(self, till, owner, at, alice, komorebi):
        till.network.declines("51")
        payment = till.buys(alice, komorebi)
        page = text(owner.get(at("payments", payment.id)))
        assert "insufficient_funds" in page
        assert "The same card may work later." in page

    def test_texts_of_strangers_are_only_text(self, till, owner, at, komorebi):
        payment = till.asks(komorebi, description="<script>alert(1)</script>", metadata={"a": "<b>x</b>"})
        page = text(owner.get(at("payments", payment.id)))
        assert "<script>alert" not in page
        assert "<b>x</b>" not in page

    def test_captures_once_however_often_it_is_pressed(self, till, finance, at, alice, komorebi):
        payment = till.buys(alice, komorebi, capture_method="manual")
        here = at("payments", payment.id)
        ticket = ticket_on(finance.get(here))
        for _press in range(2):
            assert finance.post(f"{here}/capture", {"ticket": ticket, "amount": 12_800}).status_code == 303
        assert (status(payment), payment.captures.count()) == ("captured", 1)

    def test_captures_a_part_and_says_how_much_is_left(self, till, finance, at, alice, komorebi):
        payment = till.buys(alice, komorebi, capture_method="manual")
        here = at("payments", payment.id)
        form = {"ticket": ticket_on(finance.get(here)), "amount": 12_801}
        refused = finance.post(f"{here}/capture", form)
        assert (refused.status_code, status(payment)) == (422, "authorized")
        assert "You can capture at most ¥12,800." in text(refused)
        assert finance.post(f"{here}/capture", form | {"amount": 4_000}).status_code == 303
        page = text(finance.get(here))
        assert "Release the other ¥8,800" in page
        assert "You can capture ¥8,800, at once or in several parts." in page
        assert finance.post(f"{here}/cancel").status_code == 303
        page = text(finance.get(here))
        assert "Released. The rest is no longer held on the customer’s card." in page
        assert "The rest was released; it is no longer held on the card" in page
        assert 'id="capture"' not in page
        assert (status(payment), payment.captures.count()) == ("partially_captured", 1)

    def test_a_last_capture_releases_the_rest(self, till, finance, at, alice, komorebi):
        payment = till.buys(alice, komorebi, capture_method="manual")
        here = at("payments", payment.id)
        form = {"ticket": ticket_on(finance.get(here)), "amount": 4_000, "final": "on"}
        assert finance.post(f"{here}/capture", form).status_code == 303
        payment.refresh_from_db()
        assert payment.amount_released_minor == 8_800

    @pytest.mark.parametrize("amount", ["", "0", "-1", "1.5", "x"])
    def test_an_amount_that_is_none_captures_nothing(self, till, finance, at, alice, komorebi, amount):
        payment = till.buys(alice, komorebi, capture_method="manual")
        here = at("payments", payment.id)
        form = {"ticket": ticket_on(finance.get(here)), "amount": amount}
        assert finance.post(f"{here}/capture", form).status_code == 422
        assert status(payment) == "authorized"

    def test_refuses_a_ticket_from_another_page(self, till, finance, at, alice, komorebi):
        one, other = (till.buys(alice, komorebi, capture_method="manual") for _ in range(2))
        ticket = ticket_on(finance.get(at("payments", other.id)))
        refused = finance.post(at("payments", one.id, "capture"), {"ticket": ticket, "amount": 12_800})
        assert refused.status_code == 422
        assert status(one) == "authorized"

    def test_cancels_what_was_promised(self, till, finance, at, alice, komorebi):
        payment = till.buys(alice, komorebi, capture_method="manual")
        assert finance.post(at("payments", payment.id, "cancel")).status_code == 303
        assert status(payment) == "canceled"

    def test_says_when_it_is_too_late_to_cancel(self, till, finance, at, alice, komorebi):
        payment = till.buys(alice, komorebi)
        refused = finance.post(at("payments", payment.id, "cancel"))
        assert refused.status_code == 422
        assert "captured" in text(refused)


@pytest.mark.django_db(transaction=True)
class TestRefund:
    def test_says_first_what_will_happen(self, till, finance, at, alice, komorebi):
        till.gives_points(alice, komorebi, 500)
        payment = till.buys(alice, komorebi, points=500)
        till.relay()
        page = text(finance.get(at("payments", payment.id, "refund")))
        assert "¥12,300 goes back to the card Visa •••• 4242." in page
        assert "500 points go back to the customer’s wallet." in page
        assert "The points that the customer earned with it are taken back." in page

    def test_gives_a_part_back_and_then_the_rest(self, till, finance, at, alice, komorebi):
        payment = till.buys(alice, komorebi)
        till.relay()
        here = at("payments", payment.id, "refund")
        form = {"ticket": ticket_on(finance.get(here)), "reason": "other", "amount": 12_801}
        refused = finance.post(here, form)
        assert refused.status_code == 422
        assert "You can refund at most ¥12,800." in text(refused)
        assert finance.post(here, form | {"amount": 800}).status_code == 303
        assert 'value="12000"' in text(finance.get(here))  # what is left is offered
        rest = {"ticket": ticket_on(finance.get(here)), "reason": "other", "amount": 12_000}
        assert finance.post(here, rest).status_code == 303
        assert finance.get(here).status_code == 303
        assert list(payment.refunds.order_by("id").values_list("amount_minor", flat=True)) == [800, 12_000]

    def test_asks_which_capture_where_there_are_several(self, till, finance, at, alice, komorebi):
        payment = till.buys(alice, komorebi, capture_method="manual")
        till.captures(payment, 4_000)
        later = till.captures(payment, 8_800)
        till.relay()
        here = at("payments", payment.id, "refund")
        page = finance.get(here)
        assert "the oldest first" in text(page)
        form = {"ticket": ticket_on(page), "reason": "other", "amount": 100, "capture": later.id}
        assert finance.post(here, form).status_code == 303
        later.refresh_from_db()
        assert later.refunded_minor == 100

    def test_a_double_click_refunds_once(self, till, finance, at, alice, komorebi):
        payment = till.buys(alice, komorebi)
        till.relay()
        here = at("payments", payment.id, "refund")
        form = {"ticket": ticket_on(finance.get(here)), "reason": "duplicate", "amount": 12_800}
        answers = [finance.post(here, form) for _press in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303]
        refund = Refund.objects.get()
        assert (refund.payment_id, refund.reason, refund.status) == (payment.id, "duplicate", "succeeded")
        page = text(finance.get(answers[1].url))
        assert "Refunded. The customer has been told." in page
        assert "finance@komorebi.example" in page  # who did it

    def test_a_second_page_cannot_refund_again(self, till, finance, at, alice, komorebi):
        payment = till.buys(alice, komorebi)
        till.relay()
        here = at("payments", payment.id, "refund")
        forms = [{"ticket": ticket_on(finance.get(here)), "reason": "other", "amount": 12_800} for _page in range(2)]
        assert finance.post(here, forms[0]).status_code == 303
        refused = finance.post(here, forms[1])
        assert refused.status_code == 422
        assert "nothing left to refund" in text(refused)
        assert Refund.objects.count() == 1

    def test_an_invented_ticket_does_nothing(self, till, finance, at, alice, komorebi):
        payment = till.buys(alice, komorebi)
        here = at("payments", payment.id, "refund")
        invented = {"ticket": f"{payment.id}:x", "reason": "other", "amount": 12_800}
        assert finance.post(here, invented).status_code == 422
        assert not Refund.objects.exists()

    def test_a_proof_that_is_too_old_is_asked_for_again(self, till, at, alice, komorebi):
        payment = till.buys(alice, komorebi)
        browser = Browser().sign_in(komorebi.owner, proved=False)
        asked = browser.post(at("payments", payment.id, "refund"), {"ticket": "x", "reason": "other"})
        assert asked.status_code == 302
        assert "payments%2F" in asked.url
        assert not Refund.objects.exists()


class TestExport:
    def test_holds_what_the_filters_hold(self, till, support, at, alice, komorebi, fly_by_night):
        till.buys(alice, fly_by_night)
        till.asks(komorebi, merchant_reference="waits")
        paid = till.buys(alice, komorebi, merchant_reference="paid")
        response = support.get(f"{at('payments', 'export.csv')}?status=captured")
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert response["Content-Disposition"] == 'attachment; filename="payments-2026-11-22.csv"'
        (row,) = rows_of(response)
        assert tuple(row) == PAYMENT_COLUMNS
        assert (row["payment"], row["merchant_reference"], row["amount"]) == (paid.id, "paid", "12800")
        assert row["created_at"] == "2026-11-22T12:00:00+09:00"

    @pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "＝"])
    def test_no_cell_can_become_a_formula(self, begin):
        assert inert(f"{begin}HYPERLINK(1)") == f"'{begin}HYPERLINK(1)"
        assert inert("A=1") == "A=1"

    def test_a_number_below_zero_stays_a_number(self):
        assert (inert(-100), inert("-100")) == ("-100", "'-100")

    def test_a_shops_own_text_arrives_as_text(self, till, owner, at, komorebi):
        till.asks(komorebi, merchant_reference='=cmd|"/c calc"!A1', description="木漏れ日, 眼鏡")
        (row,) = rows_of(owner.get(at("payments", "export.csv")))
        assert row["merchant_reference"] == '\'=cmd|"/c calc"!A1'
        assert row["description"] == "木漏れ日, 眼鏡"

    def test_is_written_page_by_page(self, till, owner, at, komorebi, monkeypatch):
        monkeypatch.setattr("dashboard.views.export.ROWS_AT_ONCE", 2)
        for number in range(5):
            till.asks(komorebi, merchant_reference=f"N-{number}")
        rows = rows_of(owner.get(at("payments", "export.csv")))
        assert [row["merchant_reference"] for row in rows] == [f"N-{number}" for number in (4, 3, 2, 1, 0)]

    def test_says_what_the_shop_let_go_of(self, till, owner, at, alice, komorebi):
        held = till.buys(alice, komorebi, 5_000, capture_method="manual")
        till.captures(held, 3_000, final=True)
        (row,) = rows_of(owner.get(at("payments", "export.csv")))
        assert (row["amount_captured"], row["amount_released"]) == ("3000", "2000")

    def test_of_refunds_has_a_line_for_each(self, till, owner, at, alice, komorebi):
        paid = till.buys(alice, komorebi)
        ids = [till.refunds(paid, amount=yen(minor)).id for minor in (1_000, 2_000)]
        rows = rows_of(owner.get(at("refunds", "export.csv")))
        assert tuple(rows[0]) == REFUND_COLUMNS
        assert [(row["refund"], row["amount"], row["payment"]) for row in rows] == [
            (ids[1], "2000", paid.id),
            (ids[0], "1000", paid.id),
        ]
        assert not rows_of(owner.get(f"{at('refunds', 'export.csv')}?last=2026-11-21"))

    def test_of_disputes_holds_what_the_filters_hold(self, till, support, at, alice, komorebi):
        issuer = Issuer(till)
        dispute = issuer.disputes(issuer.sale(alice, komorebi))
        (row,) = rows_of(support.get(at("disputes", "export.csv")))
        assert tuple(row) == DISPUTE_COLUMNS
        assert (row["dispute"], row["withheld"], row["reason_code"]) == (dispute.id, "12800", "13.1")
        assert not rows_of(support.get(f"{at('disputes', 'export.csv')}?status=won"))

    def test_of_grants_holds_what_the_filters_hold(self, till, support, at, alice, komorebi, fly_by_night):
        grant = till.allows(alice, komorebi)
        till.allows(alice, fly_by_night)
        (row,) = rows_of(support.get(f"{at('grants', 'export.csv')}?status=active"))
        assert tuple(row) == GRANT_COLUMNS
        assert (row["grant"], row["limit_per_period"], row["until"]) == (grant.id, "20000", "2027-03-31")
        assert not rows_of(support.get(f"{at('grants', 'export.csv')}?status=ended"))
        assert not rows_of(support.get(f"{at('grants', 'export.csv')}?last=2026-11-21"))

    def test_of_campaigns_names_what_the_api_names(self, support, at, komorebi, fly_by_night):
        campaign = a_campaign(komorebi)
        a_campaign(fly_by_night)
        (row,) = rows_of(support.get(at("points", "campaigns", "export.csv")))
        assert tuple(row) == CAMPAIGN_COLUMNS
        assert (row["id"], row["status"], row["budget"], row["ends_before"]) == (campaign.id, "draft", "10000", "")
        assert not rows_of(support.get(f"{at('points', 'campaigns', 'export.csv')}?text=nothing+like+it"))
        assert not rows_of(support.get(f"{at('points', 'campaigns', 'export.csv')}?status=running"))

    def test_of_campaigns_keeps_goods_apart_that_have_spaces_in_their_names(self, support, at, komorebi):
        goods = ("green tea", "cups, large")
        points.change_campaign(
            campaign_id=a_campaign(komorebi).id, changes={"categories": goods}, by=komorebi.actor, now=NOON
        )
        (row,) = rows_of(support.get(at("points", "campaigns", "export.csv")))
        assert tuple(row["categories"].split("\n")) == goods

    def test_of_clearings_has_a_line_for_each_month(self, support, at, komorebi, fly_by_night):
        statement = stated(komorebi)
        stated(fly_by_night)
        (row,) = rows_of(support.get(at("points", "clearing", "export.csv")))
        assert (row["clearing"], row["month"]) == (statement.id, f"{statement.month:%Y-%m}")

    def test_of_the_event_log_holds_what_the_filters_hold(self, till, owner, at, alice, komorebi, monkeypatch):
        monkeypatch.setattr("dashboard.views.export.ROWS_AT_ONCE", 2)
        paid = till.buys(alice, komorebi)
        till.later(days=1)
        till.asks(komorebi)
        here = at("developers", "events", "export.csv")
        of_payment = rows_of(owner.get(f"{here}?subject={paid.id}"))
        assert [row["type"] for row in of_payment] == [
            "payment.captured", "payment.authorized", "payment.processing", "payment.created",
        ]  # fmt: skip
        assert [row["subject"] for row in rows_of(owner.get(f"{here}?first=2026-11-23&type=payment.created"))] != []
        assert len(rows_of(owner.get(f"{here}?last=2026-11-22&type=payment.created"))) == 1

    def test_of_the_request_log_holds_what_the_filters_hold(self, owner, at, komorebi):
        request_log._waiting.clear()
        for path in ("/v1/refunds", "/v1/payments/pay_x"):
            Client().get(path, headers={"Authorization": f"Bearer {komorebi.key}"})
        request_log.write()
        rows = rows_of(owner.get(f"{at('developers', 'requests', 'export.csv')}?status=4"))
        assert [(row["path"], row["status"], row["api_key"]) for row in rows] == [
            ("/v1/payments/pay_x", "404", komorebi.key_id)
        ]


@pytest.mark.parametrize(
    "page", [("payments",), ("grants",), ("disputes",), ("developers", "events"), ("developers", "requests")]
)
def test_any_day_may_be_asked_for(owner, at, page):
    assert owner.get(f"{at(*page)}?first=0001-01-01&last=9999-12-31").status_code == 200
