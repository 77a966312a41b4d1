"""The two addresses that others call: a card company's page brings a browser home, the directory brings results."""

import pytest
from django.conf import settings as house
from django.urls import reverse

from payments.models import Authentication
from tests.payments.till import status

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(settings, till, alice, komorebi):
    settings.THREE_DS = "always"
    till.network.authentication = "C"
    payment = till.buys(alice, komorebi)
    return payment, Authentication.objects.get(payment=payment)


def a_minute_of(action):
    return int(house.ACCOUNT_RATE_LIMITS[action].partition("/")[0])


def test_a_browser_that_returns_again_and_again_is_brought_home_and_asks_nobody(client, till, waiting):
    payment, authentication = waiting
    here = reverse("portal:three_ds_return", args=[authentication.id])
    for _ in range(a_minute_of("come_back")):
        client.post(here)
    asked = len(till.network.asked)
    answer = client.post(here)
    assert (answer.status_code, answer["Location"]) == (303, reverse("portal:approve_done", args=[payment.id]))
    assert (len(till.network.asked), status(payment)) == (asked, "processing")


def test_results_are_not_brought_to_one_address_without_end(client, till, waiting):
    here = reverse("portal:three_ds_results", args=["guessed"])
    said = [client.post(here, "{}", content_type="application/json") for _ in range(a_minute_of("hear_results") + 1)]
    assert {answer.status_code for answer in said[:-1]} == {404}
    assert (said[-1].status_code, said[-1]["Retry-After"]) == (429, "60")
