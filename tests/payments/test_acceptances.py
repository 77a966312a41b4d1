"""Staff give in to a dispute in a shop's name: its money is gone by that, so it takes two of them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from common.actors import Actor
from common.ids import new_id
from common.second_signature import SamePersonTwice, SignatureDiffers, SignatureTooLate
from common.states import TransitionRefused
from common.text import TextMissing
from events.models import AuditRecord
from payments import services as payments
from payments.errors import DisputeDeadlinePassed, DisputeNotFound
from payments.models import DisputeAcceptance
from tests.payments.disputes import Issuer

pytestmark = pytest.mark.django_db
MAMORU, YUKI = (Actor(new_id("usr")) for _ in range(2))


@pytest.fixture
def dispute(till, alice, komorebi):
    issuer = Issuer(till)
    return issuer.disputes(issuer.sale(alice, komorebi))


@pytest.fixture
def propose(till, dispute):
    def propose(*, of=None, reason="The shop has closed.", name=None, by=MAMORU):
        return payments.propose_acceptance(
            acceptance_id=name or new_id("dac"), dispute_id=of or dispute.id, reason=reason, by=by, now=till.now
        )

    return propose


@pytest.fixture
def sign(till):
    def sign(acceptance, *, by=YUKI, digest=None):
        return payments.countersign_acceptance(
            acceptance_id=acceptance.id, digest=digest or acceptance.digest, by=by, now=till.now
        )

    return sign


def status_of(dispute):
    dispute.refresh_from_db()
    return dispute.status


def test_the_money_stays_until_a_second_person_says_yes(till, komorebi, dispute, propose, sign):
    before = till.balances(komorebi)
    acceptance = propose()
    assert (till.balances(komorebi), status_of(dispute)) == (before, "needs_response")
    sign(acceptance)
    assert status_of(dispute) == "accepted"
    told = AuditRecord.objects.filter(action__startswith="dispute.acceptance").order_by("id")
    assert [(record.action, record.by) for record in told] == [
        ("dispute.acceptance_proposed", MAMORU.ref),
        ("dispute.acceptance", YUKI.ref),
        ("dispute.acceptance_countersigned", YUKI.ref),
    ]
    assert told[1].data["reason"] == "The shop has closed."


def test_one_person_is_not_two(dispute, propose, sign):
    acceptance = propose()
    with pytest.raises(SamePersonTwice):
        sign(acceptance, by=MAMORU)
    with pytest.raises(IntegrityError, match="stays"), transaction.atomic():  # noqa: TID251 (a savepoint)
        DisputeAcceptance.objects.filter(pk=acceptance.id).update(amount_minor=1)
    assert status_of(dispute) == "needs_response"


def test_what_the_shop_did_meanwhile_counts(till, komorebi, dispute, propose, sign):
    acceptance = propose()
    payments.submit_evidence(dispute_id=dispute.id, facts={"statement": "Signed for."}, by=komorebi.actor, now=till.now)
    with pytest.raises((SignatureDiffers, TransitionRefused)):
        sign(acceptance)
    acceptance.refresh_from_db()
    assert acceptance.waits


def test_too_late_is_too_late(till, dispute, propose, sign):
    acceptance = propose()
    till.later(days=30)
    with pytest.raises(SignatureTooLate):
        sign(acceptance)
    with pytest.raises(DisputeDeadlinePassed):
        propose()
    assert [payments.expire_acceptances(now=till.now + timedelta(days=1)) for _ in range(2)] == [1, 0]


def test_is_turned_down(till, dispute, propose, sign):
    acceptance = propose()
    payments.turn_down_acceptance(acceptance_id=acceptance.id, by=MAMORU, now=till.now)
    with pytest.raises(TransitionRefused):
        sign(acceptance)
    assert status_of(dispute) == "needs_response"


def test_needs_a_dispute_that_is_open_and_a_reason(dispute, propose, sign):
    with pytest.raises(TextMissing):
        propose(reason=" ")
    with pytest.raises(DisputeNotFound):
        propose(of="dsp_nothing")
    name = new_id("dac")
    assert propose(name=name).id == propose(name=name).id
    sign(DisputeAcceptance.objects.get())
    with pytest.raises(TransitionRefused):
        propose()
