"""Where staff propose to give in for a shop, and another countersigns."""

import pytest

from common.actors import Actor
from common.ids import new_id
from payments import services as payments
from payments.models import DisputeAcceptance
from tests.payments.disputes import Issuer
from tests.vaultpay.desk import page, sends, words

pytestmark = pytest.mark.django_db


def test_takes_two_from_the_disputes_page_on(mamoru, yuki, till, alice, komorebi):
    issuer = Issuer(till)
    dispute = issuer.disputes(issuer.sale(alice, komorebi))
    here = f"{page('payments_disputeacceptance_propose')}?dispute={dispute.id}"
    assert here in mamoru.get(page("payments_dispute_change", dispute.id)).content.decode()
    form = mamoru.get(here).context["form"]
    asked = {"name": form["name"].value(), "dispute": dispute.id, "reason": " "}
    assert mamoru.post(here, asked).status_code == 422
    assert mamoru.post(here, asked | {"reason": "The shop has closed."}).status_code == 302
    acceptance = DisputeAcceptance.objects.get()
    shown = yuki.get(page("payments_disputeacceptance_countersign", acceptance.id))
    assert "The shop has closed." in words(shown)
    assert "<dt>Amount</dt>" in shown.content.decode()
    assert sends(mamoru, acceptance, "countersign").status_code == 422
    assert sends(yuki, acceptance, "countersign").status_code == 302
    dispute.refresh_from_db()
    assert dispute.status == "accepted"
    assert here not in mamoru.get(page("payments_dispute_change", dispute.id)).content.decode()


def test_says_when_the_dispute_has_moved_since(yuki, till, alice, komorebi):
    issuer = Issuer(till)
    dispute = issuer.disputes(issuer.sale(alice, komorebi))
    acceptance = payments.propose_acceptance(
        acceptance_id=new_id("dac"), dispute_id=dispute.id, reason="Closed.", by=Actor(new_id("usr")), now=till.now
    )
    here = page("payments_disputeacceptance_countersign", acceptance.id)
    assert "has moved since" not in words(yuki.get(here))
    payments.submit_evidence(dispute_id=dispute.id, facts={"statement": "Signed for."}, by=komorebi.actor, now=till.now)
    assert "has moved since" in words(yuki.get(here))
    assert sends(yuki, acceptance, "countersign").status_code == 422


def test_is_about_a_dispute_that_is(mamoru):
    assert mamoru.get(page("payments_disputeacceptance_propose")).status_code == 404
