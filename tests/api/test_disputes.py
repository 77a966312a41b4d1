"""Disputes over the API: a shop sees and answers its own, and nobody else's."""

import pytest

from tests.payments.disputes import PDF, Issuer
from tests.payments.test_evidence import HTML

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dispute(till, alice, komorebi):
    from common import clock

    till.now = clock.now()
    issuer = Issuer(till)
    return issuer.disputes(issuer.sale(alice, komorebi))


def send(shop, dispute, content=PDF, *, name="slip.pdf", media="application/pdf"):
    return shop.call("POST", f"/v1/disputes/{dispute.id}/files?name={name}", raw=content, content_type=media)


def test_is_listed_and_looked_at(shop, dispute):
    (listed,) = shop.get("/v1/disputes?status=needs_response").body["data"]
    assert listed == shop.get(f"/v1/disputes/{dispute.id}").body
    assert (listed["stage"], listed["balance_effect"], listed["reason"]) == ("chargeback", -12_800, "not_received")
    assert shop.get("/v1/disputes?status=won").body["data"] == []
    assert shop.get(f"/v1/disputes?payment={dispute.payment_id}").body["data"] == [listed]
    opened = listed["created_at"]
    assert shop.get(f"/v1/disputes?created_from={opened}").body["data"] == [listed]
    assert shop.get(f"/v1/disputes?created_before={opened}").body["data"] == []


def test_is_answered_with_files_and_a_statement(shop, dispute):
    file = send(shop, dispute)
    assert (file.status, file.body["media_type"], file.body["name"]) == (201, "application/pdf", "slip.pdf")
    assert send(shop, dispute).body["id"] == file.body["id"]
    answer = {
        "statement": "Left on Monday.\nArrived on Tuesday.",
        "shipped_on": "2026-11-18",
        "files": [file.body["id"]],
    }
    first = shop.post(f"/v1/disputes/{dispute.id}/evidence", answer, idempotency="answer")
    assert first.body["status"] == "under_review"
    assert first.body["answers"][0]["statement"] == "Left on Monday.\nArrived on Tuesday."
    again = shop.post(f"/v1/disputes/{dispute.id}/evidence", answer, idempotency="answer")
    assert (again.body, again.headers["Idempotency-Replayed"]) == (first.body, "true")
    assert shop.post(f"/v1/disputes/{dispute.id}/evidence", answer).status == 409


def test_is_given_in_to(shop, dispute):
    assert shop.post(f"/v1/disputes/{dispute.id}/accept").body["status"] == "accepted"
    assert shop.post(f"/v1/disputes/{dispute.id}/evidence", {"statement": "After all"}).status == 409


@pytest.mark.parametrize(
    ("content", "name", "media", "code"),
    [
        (HTML, "slip.pdf", "application/pdf", "evidence_type_not_accepted"),
        (PDF, "slip.png", "image/png", "evidence_type_differs"),
        (b"", "slip.txt", "text/plain", "evidence_type_not_accepted"),
    ],
)
def test_keeps_no_file_that_is_something_else(shop, dispute, content, name, media, code):
    answer = send(shop, dispute, content, name=name, media=media)
    assert (answer.status, answer.body["code"]) == (422, code)


def test_keeps_no_file_without_a_name_of_another_kind_or_too_large(shop, dispute, monkeypatch):
    assert send(shop, dispute, name="").status == 400
    assert send(shop, dispute, media="text/html").status == 400
    answer = send(shop, dispute, PDF + b"\n" * 5 * 1024 * 1024)
    assert answer.body["code"] == "body_too_large"


def test_of_another_shop_is_not_there(other_shop, dispute):
    assert other_shop.get("/v1/disputes").body["data"] == []
    for path in ("", "/evidence", "/accept"):
        method = other_shop.get if not path else other_shop.post
        assert method(f"/v1/disputes/{dispute.id}{path}").status == 404
    assert send(other_shop, dispute).status == 404


def test_strange_members_are_refused(shop, dispute):
    for body in ({"files": ["evd_01jd0000000000000000000000"], "statement": "x"}, {"statement": ""}, {"refund": 5}, {}):
        assert shop.post(f"/v1/disputes/{dispute.id}/evidence", body).status in {400, 404, 422}


def test_the_helper_says_when_no_network_is_played(shop, dispute):
    answer = shop.post(f"/v1/test_helpers/payments/{dispute.payment_id}/dispute", {"stage": "inquiry"})
    assert answer.body["code"] == "network_not_played"
