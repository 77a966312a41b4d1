"""Strangers' requests, made up from the description: whatever is asked, the answer is described, and no bug.

Fifteen a call within the suite; `make fuzz` asks two thousand of each. A refusal is as good an answer as a yes; a 5xx
is none, and neither is a member, a code or a status that /v1/openapi.json does not name: the shop's server looks.
"""

import json
import os
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.openapi import document, operations
from tests.api.conftest import ShopServer
from tests.api.described import complaints
from tests.api.strategies import THERE, requests

pytestmark = pytest.mark.django_db(transaction=True)  # one broken statement must not hide behind another

EXAMPLES = int(os.environ.get("VAULTPAY_FUZZ_EXAMPLES", "15"))
CALLS = [call for call in operations() if call.name not in {"openapi", "test_helper_clock"}]
"""The clock is that of the whole instance: fuzzing it would put the stories after it out of time."""


@pytest.fixture
def unlimited(settings):
    settings.API_REQUESTS_PER_WINDOW = 0


@pytest.fixture
def world(komorebi, alice, till, unlimited):
    """A shop with something of each kind, and the ids that a stranger could guess."""
    from webhooks import services as webhooks

    card = till.card(alice)
    open_one = till.asks(komorebi)
    manual, paid = till.buys(alice, komorebi, capture_method="manual"), till.buys(alice, komorebi)
    till.relay()
    refund = till.refunds(till.buys(alice, komorebi))
    till.relay()
    endpoint, _secrets = webhooks.register_endpoint(
        merchant_id=komorebi.id, url="https://komorebi.example/webhooks", by=komorebi.actor, now=till.now
    )
    shop = ShopServer(komorebi.key)
    terms = {"name": "Autumn", "kind": "rate", "rate_basis_points": 100, "budget": 10_000}
    campaign = shop.post("/v1/points/campaigns", terms)
    event = shop.get("/v1/events").body["data"][0]
    payments = [one.id for one in (open_one, manual, paid)]
    THERE.update(payment=payments, customer=[alice.customer.id], card=[card.id])
    return shop, {
        "payment_id": payments,
        "refund_id": [refund.id],
        "campaign_id": [campaign.body["id"]],
        "endpoint_id": [endpoint.id],
        "event_id": [event["id"]],
    }


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.id)
def test_every_answer_is_described_and_none_is_a_bug(world, call):
    shop, ids = world
    answers = {}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=EXAMPLES <= 15,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def ask(data):
        path, query, headers, (fits, raw) = data.draw(requests(call, ids))
        address = f"{path}?{urlencode(query, errors='replace')}" if query else path
        key = headers.pop("Idempotency-Key", "")
        answer = shop.call(call.method.upper(), address, raw=raw, idempotency=key, **headers)
        assert answer.status < 500, (address, raw, answer.body)
        answers[answer.status] = answers.get(answer.status, 0) + 1
        if fits and answer.status == 400 and answer.body["code"] == "invalid_request" and not query:
            # What the document allows may break a rule that no schema can say, and those are few.
            assert {error["code"] for error in answer.body["errors"]} <= {"characters", "url", "needed"}, (
                raw,
                answer.body,
            )
        if answer.status < 300 and raw and call.described.body:
            schema = document()["paths"][call.path][call.method]["requestBody"]["content"]["application/json"]["schema"]

            assert not complaints(schema, json.loads(raw)), "what was taken is what the document allows"

    ask()
    print(f"{call.id}: {sum(answers.values())} answers: {dict(sorted(answers.items()))}")  # noqa: T201 (what `make fuzz` tells)
