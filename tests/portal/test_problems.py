"""Something is wrong with a payment: the page that says so, while nothing is said yet."""

import pytest
from django.urls import reverse

from payments.states import DisputeReason
from tests.payments.disputes import Issuer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sale(till, alice, komorebi):
    return Issuer(till).sale(alice, komorebi)


def form_of(payment):
    return reverse("portal:problem", args=[payment.id])


def story_of(payment):
    return reverse("portal:payment", args=[payment.id])


def test_opens_from_the_payment_and_tells_the_shop(visit, alice, sale):
    browser = visit(alice)
    assert form_of(sale) in browser.get(story_of(sale)).content.decode()
    asked = {"problem": DisputeReason.NOT_RECEIVED.value, "words": "Nothing came."}
    assert browser.post(form_of(sale), asked)["Location"] == story_of(sale)
    assert sale.disputes.count() == 1


@pytest.mark.parametrize("whose", ["customer", "network"])
def test_does_not_open_while_a_case_is_open(visit, till, alice, sale, whose):
    browser = visit(alice)
    if whose == "customer":
        browser.post(form_of(sale), {"problem": DisputeReason.NOT_RECEIVED.value, "words": "Nothing came."})
    else:
        Issuer(till).disputes(sale)
    assert browser.get(form_of(sale))["Location"] == story_of(sale)
    assert form_of(sale) not in browser.get(story_of(sale)).content.decode().replace(f"{form_of(sale)}/withdraw", "")
    assert sale.disputes.count() == 1
