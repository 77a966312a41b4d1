"""Each request can be found again by its developers, and holds nothing that harms anybody."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection
from django.db import transaction as django_transaction

from api import request_log
from common import clock
from merchants import services as merchants
from merchants.errors import ApiRequestNotFound
from merchants.models import ApiRequest
from merchants.queries import api_request_of, api_requests_of
from merchants.types import RequestFilter
from tests.cast import NOON

pytestmark = pytest.mark.django_db

CANARY = "4242424242424242"


@pytest.fixture(autouse=True)
def nothing_waits():
    request_log._waiting.clear()


def line_of(answer):
    request_log.write()
    return ApiRequest.objects.get(pk=answer.headers["Request-Id"])


class TestTheWriter:
    def test_goes_on_after_a_page_that_nobody_could_write(self, monkeypatch):
        turns, pages = iter([False, False, True]), []

        def breaks():
            pages.append(1)
            raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "a letter that is none")

        monkeypatch.setattr(request_log, "_stop", SimpleNamespace(wait=lambda _seconds: next(turns)))
        monkeypatch.setattr(request_log, "close_old_connections", lambda: None)
        monkeypatch.setattr(request_log, "write", breaks)
        request_log._write_for_ever()
        assert len(pages) == 2


class TestARequest:
    def test_is_found_by_the_id_that_its_answer_named(self, shop, komorebi):
        line = line_of(shop.post("/v1/payments", shop.wish(), idempotency="order-1-pay"))
        assert api_request_of(komorebi.id, line.id) == line
        assert (line.method, line.path, line.status, line.code) == ("POST", "/v1/payments", 201, "")
        assert (line.idempotency_key, line.replayed, line.key_id) == ("order-1-pay", False, komorebi.key_id)
        assert line.asked["amount"] == line.answered["amount"] == 12_800
        assert line.subject.startswith("pay_")

    def test_is_found_when_it_was_refused_and_says_why(self, shop):
        line = line_of(shop.post("/v1/payments", shop.wish(amount=0)))
        assert (line.status, line.code, line.subject) == (400, "invalid_request", "")
        assert line.answered["errors"] == [{"field": "amount", "code": "range", "message": "…"}]

    def test_says_that_it_was_a_replay(self, shop):
        wish = shop.wish()
        shop.post("/v1/payments", wish, idempotency="a")
        assert line_of(shop.post("/v1/payments", wish, idempotency="a")).replayed

    def test_without_a_valid_key_is_nobodys(self, shop):
        shop.get("/v1/payments", key="vp_test_sk_wrong")
        assert request_log.write() == 0

    def test_of_another_shop_is_not_there(self, shop, fly_by_night):
        line = line_of(shop.get("/v1/payments"))
        with pytest.raises(ApiRequestNotFound):
            api_request_of(fly_by_night.id, line.id)

    def test_is_written_once(self, shop):
        shop.get("/v1/payments")
        waiting = list(request_log._waiting)
        request_log.write()
        merchants.note_api_requests(waiting)
        assert ApiRequest.objects.count() == 1


class TestTheLog:
    @pytest.fixture
    def told(self, shop):
        payment = shop.post("/v1/payments", shop.wish(), idempotency="order-7").body
        shop.get(f"/v1/payments/{payment['id']}")
        shop.get("/v1/refunds?colour=green")
        request_log.write()
        return payment

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({}, 3),
            ({"path": "/v1/payments"}, 2),
            ({"status": "4"}, 1),
            ({"status": "201"}, 1),
            ({"code": "invalid_request"}, 1),
            ({"text": "order-7"}, 1),
            ({"text": "nothing"}, 0),
            ({"until": NOON - timedelta(days=400)}, 0),
            ({"since": NOON - timedelta(days=400)}, 3),
        ],
    )
    def test_is_searched(self, told, komorebi, wanted, found):
        assert len(api_requests_of(komorebi.id, RequestFilter(**wanted))) == found

    def test_is_searched_by_what_it_was_about(self, told, komorebi):
        found = api_requests_of(komorebi.id, RequestFilter(text=told["id"]))
        assert [line.method for line in found] == ["GET", "POST"]

    def test_is_forgotten_after_its_time_and_changed_by_nobody(self, told, settings):
        for change in ("DELETE FROM merchants_apirequest", "UPDATE merchants_apirequest SET status = 200"):
            savepoint = django_transaction.atomic()  # noqa: TID251 (a savepoint around the database's no)
            with pytest.raises(IntegrityError), savepoint, connection.cursor() as cursor:
                cursor.execute(change)
        now = clock.now()
        assert merchants.forget_api_requests(now=now + timedelta(days=settings.REQUEST_LOG_DAYS - 1)) == 0
        assert merchants.forget_api_requests(now=now + timedelta(days=settings.REQUEST_LOG_DAYS + 1), limit=2) == 2
        assert merchants.forget_api_requests(now=now + timedelta(days=settings.REQUEST_LOG_DAYS + 1)) == 1


class TestWhatIsKept:
    def test_holds_no_secret_and_no_text_of_anybody(self, shop, till, alice):
        made = shop.post("/v1/webhook_endpoints", {"url": f"https://komorebi.example/{CANARY}?token=hush"}).body
        shop.post(f"/v1/webhook_endpoints/{made['id']}/roll_secret")
        wish = shop.wish(
            description="To Alice Ito", metadata={"email": "alice@example.jp"}, merchant_reference=f"card {CANARY}"
        )
        shop.post("/v1/payments", wish, idempotency=f"pay-{CANARY}")
        shop.post("/v1/payments", {**shop.wish(), CANARY: CANARY, "amount": CANARY, "note": {"deep": [CANARY]}})
        shop.get(f"/v1/payments/{CANARY}?number={CANARY}")
        card = till.card(alice)
        payment = shop.post("/v1/payments", shop.wish()).body
        shop.post(
            f"/v1/test_helpers/payments/{payment['id']}/approve", {"customer": alice.customer.id, "card": card.id}
        )
        assert request_log.write() == 7
        kept = json.dumps([list(row) for row in ApiRequest.objects.values_list()], default=str, ensure_ascii=False)
        for secret in (CANARY, made["secret"], shop.key, "hush", "Alice", "alice@", card.id, alice.customer.id):
            assert secret not in kept, secret

    def test_is_small_whatever_was_sent(self, shop):
        item = {"name": "x" * 100, "quantity": 1, "unit_amount": 1}
        line = line_of(shop.post("/v1/payments", shop.wish(items=[item] * 100)))
        assert line.asked["items"][10:] == ["…"]
        assert len(json.dumps(line.asked)) <= request_log.MOST_BYTES
        assert len(line_of(shop.get("/v1/payments?" + "&".join(f"f{n}=x" for n in range(999)))).path) < 200

    def test_names_only_members_that_there_are(self):
        from api.openapi import document

        assert {name for name in request_log.HARMLESS if f'"{name}"' not in json.dumps(document())} <= LATER


LATER = {
    "amount_authorized", "amount_disputed", "amount_owed", "balance", "confirm", "final", "grant", "kind",
    "limit_per_payment", "limit_per_period", "period", "respond_by", "until",
}  # fmt: skip
