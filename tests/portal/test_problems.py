"""Something is wrong with a payment: the page that says so, while nothing is said yet."""

import pytest
from django.urls import reverse

from accounts.models import Card
from payments import services as payments
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


@pytest.mark.parametrize("became", ["processing", "declined", "canceled", "authorized"])
def test_that_it_was_not_me_can_be_said_whatever_became_of_it(visit, till, alice, komorebi, became):
    if became == "processing":
        till.network.falls_silent()
    elif became == "declined":
        till.network.declines("51")
    payment = till.buys(alice, komorebi, capture_method="manual")
    if became == "canceled":
        payments.cancel_payment(payment_id=payment.id, by=komorebi.actor, now=till.now)
    browser = visit(alice)
    assert form_of(payment) in browser.get(story_of(payment)).content.decode()
    page = browser.get(form_of(payment)).content.decode()
    assert ("That wasn’t me" in page, "It has not arrived" in page) == (True, False)
    assert browser.post(form_of(payment), {"problem": "not_received"}).status_code == 422
    asked = {"problem": DisputeReason.FRAUDULENT.value, "freeze": "on"}
    assert browser.post(form_of(payment), asked)["Location"] == story_of(payment)
    assert payment.fraud_reports.get().source == "customer"
    assert Card.objects.get(pk=payment.card_id).status == "frozen"
    # Said once; nothing else can be wrong with what took nothing.
    assert form_of(payment) not in browser.get(story_of(payment)).content.decode()
    assert browser.get(form_of(payment))["Location"] == story_of(payment)


def test_that_it_was_not_me_is_said_once_and_the_card_is_frozen_by_that_alone(visit, alice, sale):
    browser = visit(alice)
    browser.post(form_of(sale), {"problem": DisputeReason.FRAUDULENT.value})
    page = browser.get(form_of(sale))
    assert "It has not arrived" in page.content.decode()
    assert ("freeze" in page.context["form"].fields, "If it wasn’t you" in page.content.decode()) == (False, False)


def test_a_payment_that_nobody_approved_has_no_problem(visit, till, alice, bob, komorebi):
    payment = till.asks(komorebi)
    assert visit(alice).get(form_of(payment)).status_code == 404
    till.approve(payment, bob)
    assert visit(alice).get(form_of(payment)).status_code == 404
