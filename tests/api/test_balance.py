"""What is owed to a shop, what is still pending, and what it owes after it gave back more than it had."""

import pytest

from ledger.queries import posted_balance
from payments import services as payments
from payments.postings import owed_by, payable
from points import services as points

pytestmark = pytest.mark.django_db


def amounts(shop) -> tuple[int, int, int]:
    body = shop.get("/v1/balance").body
    return body["available"], body["pending"], body["owed"]


@pytest.fixture
def below_zero(till, alice, komorebi, fly_by_night):
    """Alice spent elsewhere what she had earned at Komorebi, and then brought the glasses back."""
    bought = till.buys(alice, komorebi, 10_000)
    till.until_quiet()
    till.later(days=20)
    points.activate_points(now=till.now)
    till.buys(alice, fly_by_night, 1_000, points=100)
    till.refunds(bought)
    till.until_quiet()


def test_is_pending_until_the_network_has_the_capture(shop, till, alice, komorebi):
    assert amounts(shop) == (0, 0, 0)
    till.buys(alice, komorebi, 10_000)
    assert amounts(shop) == (0, 9_675, 0)
    till.until_quiet()
    assert amounts(shop) == (9_675, 0, 0)


def test_names_what_a_shop_owes(shop, below_zero):
    assert amounts(shop) == (0, 0, 100)


def test_a_shortfall_gets_an_account_of_its_own_and_later_sales_pay_it_off(
    shop, other_shop, till, alice, komorebi, below_zero
):
    def books():
        return [posted_balance(account(komorebi.id), "JPY").minor for account in (payable, owed_by)]

    assert books() == [-100, 0]
    assert [payments.settle_shortfalls(now=till.now) for _ in range(2)] == [1, 0]
    assert (books(), amounts(shop)) == ([0, 100], (0, 0, 100))
    till.buys(alice, komorebi, 50)
    till.until_quiet()
    assert amounts(shop) == (0, 0, 52)
    assert payments.settle_shortfalls(now=till.now) == 1
    assert (books(), amounts(shop)) == ([0, 52], (0, 0, 52))
    till.buys(alice, komorebi, 10_000)
    till.until_quiet()
    assert payments.settle_shortfalls(now=till.now) == 1
    assert (books(), amounts(shop)) == ([9_623, 0], (9_623, 0, 0))
    assert till.findings() == []


def test_of_another_shop_is_its_own(shop, other_shop, till, alice, komorebi):
    till.buys(alice, komorebi, 10_000)
    assert amounts(other_shop) == (0, 0, 0)
