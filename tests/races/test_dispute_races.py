"""Many hands at once on one dispute: the shop answers, gives in and refunds while the network decides."""

from datetime import timedelta
from functools import partial
from itertools import combinations

import pytest

from common.errors import Refusal
from common.money import yen
from payments import services as payments
from payments.models import CaseAnswer, Dispute, Payment, Refund
from tests.conftest import together
from tests.payments.disputes import PDF, Issuer
from tests.payments.till import attempt

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_is_wrong_afterwards(till):
    yield
    till.until_quiet(most_days=10)
    assert [finding for finding in till.findings() if "network says" not in finding.text] == []


@pytest.fixture
def issuer(till):
    return Issuer(till)


@pytest.fixture
def dispute(issuer, alice, komorebi):
    return issuer.disputes(issuer.sale(alice, komorebi))


def acts(till, dispute, shop):
    known = {"dispute_id": dispute.id, "now": till.now}
    return {
        "evidence": partial(payments.submit_evidence, facts={"statement": "Delivered."}, by=shop.actor, **known),
        "accept": partial(payments.accept_dispute, by=shop.actor, **known),
        "won": partial(payments.close_dispute, outcome="won", by=shop.actor, **known),
        "lost": partial(payments.close_dispute, outcome="lost", by=shop.actor, **known),
    }


@pytest.mark.parametrize(("one", "other"), list(combinations(["evidence", "accept", "won", "lost"], 2)))
def test_two_ends_of_one_dispute_are_one(till, dispute, komorebi, one, other):
    both = acts(till, dispute, komorebi)
    answers = together(both[one], both[other])
    assert all(isinstance(answer, Dispute | Refusal) for answer in answers), answers
    dispute.refresh_from_db()
    assert CaseAnswer.objects.filter(dispute=dispute).count() <= 1
    held = Payment.objects.get(pk=dispute.payment_id).amount_disputed_minor
    assert held == (0 if dispute.status == "won" else 12_800)


def test_many_answers_at_once_are_one(till, dispute, komorebi):
    answers = together(*[acts(till, dispute, komorebi)["evidence"]] * 4)
    assert sum(isinstance(answer, Dispute) for answer in answers) == 1
    assert dispute.answers.count() == 1


def test_a_refund_and_a_dispute_at_once_lose_the_sale_once(till, issuer, alice, komorebi):
    sale = issuer.sale(alice, komorebi)
    till.network.tells(
        "dispute_opened", attempt(sale).id, case_ref="CASE1", reason_code="13.1", due_at=till.now + timedelta(days=20)
    )
    refunded, _heard = together(partial(till.refunds, sale), partial(payments.hear_notices, now=till.now))
    payment = Payment.objects.get(pk=sale.id)
    assert payment.amount_disputed_minor + payment.amount_refunded_minor == 12_800
    assert isinstance(refunded, Refund | Refusal)
    dispute = Dispute.objects.get()
    assert dispute.withheld == (yen(0) if isinstance(refunded, Refund) else yen(12_800))


def test_a_notice_read_by_many_is_heard_once(till, issuer, alice, komorebi):
    sale = issuer.sale(alice, komorebi)
    for _ in range(2):
        till.network.tells("dispute_opened", attempt(sale).id, case_ref="CASE1", due_at=till.now + timedelta(days=20))
    together(*[partial(payments.hear_notices, now=till.now)] * 4)
    payments.hear_notices(now=till.now)
    assert Dispute.objects.get().withheld == yen(12_800)


def test_the_same_file_sent_by_many_hands_is_one(till, dispute, komorebi):
    add = partial(
        payments.add_evidence_file, dispute_id=dispute.id, name="slip.pdf", content=PDF, by=komorebi.actor, now=till.now
    )
    assert len({file.id for file in together(*[add] * 4)}) == 1
