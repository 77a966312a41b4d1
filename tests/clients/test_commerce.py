"""The Python package: it asks again without ever paying twice, and says what went wrong in types."""

import dataclasses
import shutil
import subprocess
import sys

import pytest

from tests.clients.scripted import HANG_UP, scripted
from vaultpay.environment import ROOT
from vaultpay_client import Commerce, Conflict, KeyRefused, NotThere, Refused, TooMany, Unavailable, Unreachable

pytestmark = pytest.mark.loopback

PAYMENT = {
    "id": "pay_1", "object": "payment", "status": "requires_approval", "amount": 12_800, "currency": "JPY",
    "merchant_reference": "order-1", "version": 1, "created_at": "2026-11-22T03:00:00Z", "grant": None,
    "checkout_url": "https://commerce.example/pay/pay_1", "member_of_tomorrow": True,
}  # fmt: skip
PROBLEM = {"code": "internal_error", "title": "Oh", "detail": "Oh.", "request_id": "req_1", "errors": []}


@pytest.fixture
def naps():
    return []


def commerce_at(script, naps, **options):
    commerce = Commerce(script.url, "vp_test_sk_1", **options)
    commerce.wire.sleep = naps.append
    return commerce


def create(commerce, **members):
    order = {"amount": 12_800, "merchant_reference": "order-1", "return_url": "https://shop.example/return"}
    return commerce.payments.create(**order | members)


class TestAsking:
    def test_a_payment_is_asked_for_as_the_api_wants_it(self, naps):
        with scripted((201, PAYMENT)) as script, commerce_at(script, naps, version="2026-11-22") as commerce:
            payment = create(commerce, metadata={"order": "1"})
        ((method, path, headers, body),) = script.asked
        assert (method, path) == ("POST", "/v1/payments")
        assert headers["Authorization"] == "Bearer vp_test_sk_1"
        assert headers["VaultPay-Version"] == "2026-11-22"
        assert body == {
            "amount": 12_800,
            "currency": "JPY",
            "merchant_reference": "order-1",
            "return_url": "https://shop.example/return",
            "metadata": {"order": "1"},
        }
        assert (payment.id, payment.is_paid, payment.raw["member_of_tomorrow"]) == ("pay_1", False, True)

    def test_answers_are_frozen_and_hide_the_key(self, naps):
        with scripted((201, PAYMENT)) as script, commerce_at(script, naps) as commerce:
            payment = create(commerce)
            assert "vp_test_sk_1" not in repr(commerce.wire)
        with pytest.raises(dataclasses.FrozenInstanceError):
            payment.amount = 1

    def test_a_list_is_walked_page_by_page(self, naps):
        first = {"data": [PAYMENT | {"id": "pay_3"}, PAYMENT | {"id": "pay_2"}], "has_more": True}
        last = {"data": [PAYMENT], "has_more": False}
        with scripted((200, first), (200, last)) as script, commerce_at(script, naps) as commerce:
            assert [payment.id for payment in commerce.payments.list(status="captured")] == ["pay_3", "pay_2", "pay_1"]
        paths = [path for _, path, _, _ in script.asked]
        assert paths == [
            "/v1/payments?limit=100&status=captured",
            "/v1/payments?limit=100&status=captured&starting_after=pay_2",
        ]

    def test_one_connection_serves_many_questions(self, naps):
        with scripted(*[(200, PAYMENT)] * 3) as script, commerce_at(script, naps) as commerce:
            for _ in range(3):
                commerce.payments.retrieve("pay_1")
                assert len(commerce.wire.idle) == 1


class TestAskingAgain:
    @pytest.mark.parametrize(
        "hiccup",
        [
            HANG_UP,
            (500, PROBLEM),
            (503, PROBLEM),
            (502, b"<html>"),
            (429, PROBLEM),
            (409, PROBLEM | {"code": "idempotency_key_in_progress"}),
        ],
    )
    def test_a_payment_is_asked_for_again_under_the_same_key(self, naps, hiccup):
        with scripted(hiccup, hiccup, (201, PAYMENT)) as script, commerce_at(script, naps) as commerce:
            assert create(commerce).id == "pay_1"
        keys = script.keys()
        assert len(keys) == 3
        assert keys[0]
        assert set(keys) == {keys[0]}
        assert len(naps) == 2
        assert naps[0] < naps[1]

    def test_it_waits_as_long_as_it_is_told_to(self, naps):
        busy = (503, PROBLEM, {"Retry-After": "7"})
        with scripted(busy, (200, PAYMENT)) as script, commerce_at(script, naps) as commerce:
            commerce.payments.retrieve("pay_1")
        assert naps == [7]

    def test_in_the_end_it_says_that_it_does_not_know_and_under_which_key_to_ask(self, naps):
        with (
            scripted(*[HANG_UP] * 3) as script,
            commerce_at(script, naps, attempts=3) as commerce,
            pytest.raises(Unreachable) as unreachable,
        ):
            create(commerce)
        assert {unreachable.value.idempotency_key} == set(script.keys())

    def test_a_refund_keeps_the_key_of_the_shop(self, naps):
        refund = {"id": "ref_1", "payment": "pay_1", "amount": 1, "currency": "JPY", "status": "pending",
                  "created_at": "2026-11-22T03:00:00Z"}  # fmt: skip
        with scripted(HANG_UP, (201, refund)) as script, commerce_at(script, naps) as commerce:
            commerce.refunds.create(payment="pay_1", amount=1, idempotency_key="refund-1")
        assert script.keys() == ["refund-1", "refund-1"]

    def test_what_takes_no_key_is_asked_once(self, naps):
        with scripted(HANG_UP) as script, commerce_at(script, naps) as commerce, pytest.raises(Unreachable):
            commerce.webhook_endpoints.create(url="https://shop.example/webhooks")
        assert len(script.asked) == 1

    def test_a_connection_that_the_commerce_has_closed_is_not_used_twice(self, naps):
        closing = (200, PAYMENT, {"Connection": "close"})
        with scripted(closing, (200, PAYMENT)) as script, commerce_at(script, naps) as commerce:
            commerce.payments.retrieve("pay_1")
            assert not commerce.wire.idle
            commerce.payments.retrieve("pay_1")
        assert naps == []


class TestTheSameOrderTwice:
    def test_the_first_payment_is_found_by_its_reference(self, naps):
        used = (409, PROBLEM | {"code": "merchant_reference_used"})
        with (
            scripted(used, (200, {"data": [PAYMENT], "has_more": False})) as script,
            commerce_at(script, naps) as commerce,
        ):
            assert create(commerce).id == "pay_1"
        assert script.asked[1][1] == "/v1/payments?limit=100&merchant_reference=order-1"

    def test_but_not_for_another_amount(self, naps):
        used = (409, PROBLEM | {"code": "merchant_reference_used"})
        with (
            scripted(used, (200, {"data": [PAYMENT], "has_more": False})) as script,
            commerce_at(script, naps) as commerce,
            pytest.raises(Conflict),
        ):
            create(commerce, amount=1)


class TestRefusals:
    @pytest.mark.parametrize(
        ("status", "kind"),
        [(400, Refused), (401, KeyRefused), (403, KeyRefused), (404, NotThere), (409, Conflict), (422, Refused)],
    )
    def test_a_no_is_not_asked_again(self, naps, status, kind):
        said = {**PROBLEM, "code": "some_code", "errors": [{"field": "amount", "code": "range", "message": "…"}]}
        with scripted((status, said)) as script, commerce_at(script, naps) as commerce, pytest.raises(kind) as no:
            create(commerce)
        assert (no.value.status, no.value.code, no.value.request_id) == (status, "some_code", "req_1")
        assert no.value.errors[0]["field"] == "amount"
        assert len(script.asked) == 1

    @pytest.mark.parametrize(("status", "kind"), [(429, TooMany), (503, Unavailable), (500, Unavailable)])
    def test_patience_ends(self, naps, status, kind):
        with (
            scripted(*[(status, PROBLEM)] * 2) as script,
            commerce_at(script, naps, attempts=2) as commerce,
            pytest.raises(kind),
        ):
            create(commerce)
        assert len(script.asked) == 2

    def test_an_answer_that_is_no_object_is_no_answer(self, naps):
        with (
            scripted((200, b"[]"), (200, b"<html>")) as script,
            commerce_at(script, naps, attempts=2) as commerce,
            pytest.raises(Unreachable),
        ):
            commerce.payments.retrieve("pay_1")
        assert len(script.asked) == 2


class TestInstalling:
    def test_it_is_installed_from_its_folder_and_stands_alone(self, tmp_path):
        folder = shutil.copytree(ROOT / "clients/python", tmp_path / "source")
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
        subprocess.run([*pip, "--target", tmp_path / "site", folder], check=True, capture_output=True)
        asked = "import sys; sys.path.insert(0, sys.argv[1]); import vaultpay_client as v; print(v.__file__)"
        said = subprocess.run(
            [sys.executable, "-I", "-c", asked, tmp_path / "site"], check=True, capture_output=True, text=True
        )
        assert said.stdout.strip() == str(tmp_path / "site/vaultpay_client/__init__.py")
        assert (tmp_path / "site/vaultpay_client/py.typed").exists()


CAMPAIGN = {
    "id": "cmp_1", "object": "points_campaign", "status": "running", "name": "Weekends", "kind": "rate",
    "budget": 1_000, "version": 3, "created_at": "2026-11-22T03:00:00Z", "most_purchases": None,
}  # fmt: skip


class TestCampaigns:
    def test_are_written_started_and_changed(self, naps):
        draft, preview = CAMPAIGN | {"status": "draft"}, {"object": "campaign_preview", "points": 7}
        with (
            scripted((201, draft), (200, CAMPAIGN), (200, CAMPAIGN), (200, preview)) as script,
            commerce_at(script, naps) as commerce,
        ):
            written = commerce.campaigns.create(name="Weekends", kind="rate", rate_basis_points=100, budget=1_000)
            started = commerce.campaigns.start(written.id)
            commerce.campaigns.update(written.id, most_purchases=None)
            seen = commerce.campaigns.preview(written.id, rate_basis_points=200)
        assert (written.is_running, started.is_running, seen["points"]) == (False, True, 7)
        assert [(method, path, body) for method, path, _headers, body in script.asked[1:]] == [
            ("POST", "/v1/points/campaigns/cmp_1/start", {}),
            ("PATCH", "/v1/points/campaigns/cmp_1", {"most_purchases": None}),
            ("POST", "/v1/points/campaigns/cmp_1/preview", {"rate_basis_points": 200}),
        ]
        assert ["Idempotency-Key" in headers for _method, _path, headers, _body in script.asked] == [
            True,
            True,
            False,
            False,
        ]


def test_a_file_of_evidence_is_the_body_itself_and_may_be_sent_again(naps):
    file = {"id": "evd_1", "name": "Zustellung é.pdf", "media_type": "application/pdf", "created_at": "2026-11-22"}
    with scripted(HANG_UP, (201, file)) as script, commerce_at(script, naps) as commerce:
        sent = commerce.disputes.add_file("dsp_1", name=file["name"], content=b"%PDF-1.7", type="application/pdf")
    assert (sent.id, sent.name, sent.media_type) == ("evd_1", file["name"], "application/pdf")
    for method, path, headers, body in script.asked:
        assert (method, path) == ("POST", "/v1/disputes/dsp_1/files?name=Zustellung+%C3%A9.pdf")
        assert (headers["Content-Type"], body) == ("application/pdf", b"%PDF-1.7")
    assert len(script.asked) == 2


class TestClearings:
    def test_are_listed_and_looked_at(self, naps):
        month = {"id": "clr_1", "month": "2026-10", "net_position": -100, "created_at": "2026-10-31T16:00:00Z"}
        page = {"object": "list", "data": [month], "has_more": False, "next": None}
        with scripted((200, page), (200, month)) as script, commerce_at(script, naps) as commerce:
            (listed,) = commerce.clearings.list()
            looked_at = commerce.clearings.retrieve(listed.id)
        assert (listed, listed.net_position) == (looked_at, -100)
        assert [path.partition("?")[0] for _method, path, _headers, _body in script.asked] == [
            "/v1/points/clearing",
            "/v1/points/clearing/clr_1",
        ]
