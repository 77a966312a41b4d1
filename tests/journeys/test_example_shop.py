"""The shop of examples/, run as its README says: a stranger's pencil is sold, paid, and told."""

import json
import os
import subprocess
import sys

import pytest
import requests

from tests.outside import until
from vaultpay.environment import ROOT
from vaultpay.launch.ports import Ports
from vaultpay_client import Commerce, KeyRefused, NotThere

pytestmark = [pytest.mark.loopback, pytest.mark.xdist_group("house")]

_RETURN_URL = """
from common import clock
from common.actors import SYSTEM
from merchants import services as merchants
from merchants.queries import shops_of
shop = shops_of({merchant!r})[0]
answer = merchants.register_return_url(shop_id=shop.id, url={url!r}, by=SYSTEM, now=clock.now()).id
"""


@pytest.fixture(scope="module")
def commerce(outside):
    with Commerce(outside.base_url, outside.merchant()["secret_key"]) as commerce:
        yield commerce


@pytest.fixture(scope="module")
def pencils(outside, commerce):
    """Where the example shop answers."""
    url = f"http://127.0.0.1:{Ports.free().web}"
    outside.inside(_RETURN_URL.format(merchant=outside.merchant()["id"], url=f"{url}/return"))
    endpoint = commerce.webhook_endpoints.create(url=f"{url}/webhooks", event_types=["payment.captured"])
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": "clients/python/src",
        "COMMERCE": outside.base_url,
        "SECRET_KEY": outside.merchant()["secret_key"],
        "WEBHOOK_SECRET": endpoint.secret,
        "SHOP": url,
    }
    shop = subprocess.Popen(
        [sys.executable, "examples/shop.py"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        until(lambda: _answers(url), what="the example shop is open")
        yield url
    finally:
        commerce.webhook_endpoints.delete(endpoint.id)
        shop.terminate()
        shop.communicate(timeout=10)


def test_a_pencil_is_sold(outside, commerce, pencils):
    sent = requests.post(f"{pencils}/buy", allow_redirects=False, timeout=30)
    assert sent.status_code == 303
    payment_id = sent.headers["Location"].rpartition("/")[2]
    assert outside.approve(payment_id, outside.newcomer("Alice")).status_code == 200
    assert requests.get(f"{pencils}/return?payment={payment_id}", timeout=30).text == "Thank you!"
    payment = commerce.payments.retrieve(payment_id)
    assert (payment.is_paid, payment.amount, payment.amount_captured) == (True, 120, 120)

    again = commerce.payments.create(
        amount=120, merchant_reference=payment.merchant_reference, return_url=f"{pencils}/return"
    )
    assert again.id == payment_id
    [told] = until(lambda: list(commerce.events.list(subject=payment_id, type="payment.captured")))
    assert told.data["id"] == payment_id
    assert payment_id in {found.id for found in commerce.payments.list(status="captured")}

    refund = commerce.refunds.create(payment=payment_id, amount=120)
    until(lambda: commerce.refunds.retrieve(refund.id).status == "succeeded")


def test_a_forged_webhook_is_refused(pencils):
    forged = {"type": "payment.captured", "timestamp": "2026-11-22T03:00:00Z", "data": {"id": "pay_1"}}
    answer = requests.post(f"{pencils}/webhooks", data=json.dumps(forged), timeout=30)
    assert answer.status_code == 400


def test_mallory_with_a_made_up_key_gets_nothing(outside, commerce):
    with Commerce(outside.base_url, "vp_test_sk_mallory") as mallory, pytest.raises(KeyRefused):
        next(mallory.payments.list())
    with pytest.raises(NotThere):
        commerce.payments.retrieve("pay_01k00000000000000000000000")


def _answers(url):
    try:
        return requests.get(url, timeout=2).ok
    except requests.ConnectionError:
        return False
