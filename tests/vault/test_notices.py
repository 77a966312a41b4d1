"""What the network tells unasked, and what we say in a case: the safe against the sandbox's own host, over real TCP."""

import json
import time
import urllib.request

import pytest

from common import clock
from common.ids import new_id
from common.money import yen
from tests.vault.conftest import KOMOREBI
from tests.vault.test_against_the_sandbox import host, safe  # noqa: F401 (the same two, seen from another side)
from vault import services as vault
from vault.models import CardRecord, NetworkNotice, WireMessage
from vault.types import Acknowledged, Authorized, Declined, Refused

pytestmark = [pytest.mark.loopback, pytest.mark.django_db(transaction=True)]


def post(host, path, **body):  # noqa: F811
    request = urllib.request.Request(  # noqa: S310 (this machine, http)
        host.url.replace("/charges", path), json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
        return json.load(answer)


def notices(count):
    until = time.monotonic() + 10
    while len(found := vault.read_notices(limit=20, now=clock.now())) < count:
        assert time.monotonic() < until, f"only {len(found)} notices came"
        time.sleep(0.05)
    return found


def authorized(token, owner, amount=1_200):
    reference = new_id("auth")
    answer = vault.authorize_card(
        card_token=token, owner_ref=owner, amount=yen(amount), merchant=KOMOREBI, reference=reference, by_ref="sys",
        now=clock.now(),
    )  # fmt: skip
    return reference, answer


@pytest.fixture
def sold(safe, store, alices_wallet):  # noqa: F811
    reference, answer = authorized(store(owner=alices_wallet).card_token, alices_wallet)
    assert isinstance(answer, Authorized)
    vault.send_capture(reference=reference, advice_ref=new_id("adv"), amount=yen(1_200), now=clock.now())
    return reference


def test_a_case_is_heard_answered_and_decided(host, sold):  # noqa: F811
    case = post(host, "/cases", reference=sold, stage="chargeback", reason="13.1")["reference"]
    (opened,) = notices(1)
    assert (opened.kind, opened.reference, opened.case_ref, opened.amount) == ("dispute_opened", sold, case, yen(1_200))
    assert opened.due_at > clock.now()
    vault.acknowledge_notices(notice_refs=[opened.notice_ref], now=clock.now())
    answer = new_id("dan")
    said = {"reference": sold, "case_ref": case, "says": "evidence", "digest": "ab" * 32, "now": clock.now()}
    assert vault.send_case_answer(advice_ref=answer, **said) == Acknowledged("00")
    assert vault.send_case_answer(advice_ref=answer, **said) == Acknowledged("00")
    assert WireMessage.objects.get(reference=answer).sendings == 1
    assert vault.send_case_answer(advice_ref=new_id("dan"), **said | {"digest": "cd" * 32}) == Refused("12")
    assert vault.send_case_answer(advice_ref=new_id("dan"), **said | {"case_ref": "nothing"}) == Refused("25")
    post(host, f"/cases/{case}/close", outcome="won")
    (closed,) = notices(1)
    assert (closed.kind, closed.outcome) == ("dispute_closed", "won")
    assert NetworkNotice.objects.count() == 2


def test_a_card_gets_its_new_expiry_for_everybody_who_keeps_it(host, safe, store, alices_wallet):  # noqa: F811
    number, bobs_wallet = "4000009900000848", new_id("wal")
    token, bobs = (store(number, owner=owner).card_token for owner in (alices_wallet, bobs_wallet))
    _, answer = authorized(token, alices_wallet)
    assert isinstance(answer, Declined)
    (renewed,) = notices(1)
    assert (renewed.kind, renewed.exp_month, renewed.exp_year) == ("account_updated", 12, 2033)
    assert set(renewed.card_tokens) == {token, bobs}
    assert set(CardRecord.objects.values_list("exp_year", flat=True)) == {2033}
    for one, owner in ((token, alices_wallet), (bobs, bobs_wallet)):
        assert isinstance(authorized(one, owner)[1], Authorized)
    assert "4000009900000848" not in str(list(NetworkNotice.objects.values()))
