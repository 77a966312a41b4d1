"""Where staff propose to give in for a shop, and another countersigns."""

import pytest

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


def test_is_about_a_dispute_that_is(mamoru):
    assert mamoru.get(page("payments_disputeacceptance_propose")).status_code == 404
