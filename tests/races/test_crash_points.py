"""The process dies between any two steps. Janitor and relay then bring everything to an end that the books and the
network's own book agree on.

A step is a commit, or a question to the network: one crash just before and one just after each of them, one by one,
until a story gets through without meeting its crash.
"""

from datetime import timedelta
from itertools import count

import pytest

from payments import services as payments
from payments.models import Advice, Authorization, Payment, Refund
from tests.races.crashes import dies_at

pytestmark = pytest.mark.django_db(transaction=True)


BEHAVIOURS = {
    "approves": lambda network: network.approves(),
    "declines": lambda network: network.declines("51"),
    "silent, then found": lambda network: network.falls_silent(),
    "silent, then not found": lambda network: network.falls_silent(booked=False),
    "silent until reversed": lambda network: network.falls_silent(),
    "approves late": lambda network: network.falls_silent(),
    "not sent": lambda network: network.is_down(),
}


@pytest.fixture
def story(till, alice, komorebi):
    """A purchase with points, then its refund, with machines at work in between. Every line may be the last."""
    till.gives_points(alice, komorebi, 20_000)

    amounts = count(1_000)

    def tell(behave):
        # Another amount each time: what was declined before is then no repetition, which the networks count.
        payment = till.asks(komorebi, next(amounts))
        offer = till.offer(payment, alice, points=100)
        behave(till.network)
        with_crash = yield
        with with_crash as died:
            till.approve(payment, alice, offer=offer)
            till.later(seconds=6).janitor()
            till.relay()
            if Payment.objects.get(pk=payment.id).status == "captured":
                till.refunds(payment)
        yield payment, died

    return tell


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_a_crash_at_any_step_loses_and_doubles_nothing(name, till, story):
    for step in count(1):
        teller = story(BEHAVIOURS[name])
        next(teller)
        payment, died = teller.send(dies_at(step, till.network))
        _afterwards(name, till, payment)
        assert till.findings() == [], f"after a crash at step {step}"
        assert _claims(till, payment) <= 1
        assert not _still_open(), f"after a crash at step {step}"
        till.later(hours=1)
        if not died:
            break
    assert step > 8


def _afterwards(name, till, payment):
    if name == "silent until reversed":
        till.until_quiet(most_days=0.06)
    if name == "approves late":
        till.until_quiet(most_days=0.06)
        till.network.approves()
        till.later(hours=1).relay()
        watched = Authorization.objects.filter(payment=payment, status="reversed").exclude(next_inquiry_at=None)
        for reference in watched.values_list("pk", flat=True):
            if reference in till.network.book:
                till.network.book[reference]["state"] = "held"
    till.network.approves()
    till.until_quiet()
    till.now = max(till.now, payment.expires_at)
    payments.expire_payments(now=till.now)
    till.until_quiet()


def _claims(till, payment):
    mine = set(Authorization.objects.filter(payment=payment).values_list("pk", flat=True))
    return sum(row["state"] in {"held", "captured"} for name, row in till.network.book.items() if name in mine)


def _still_open():
    return [
        *Authorization.objects.filter(status__in=["sent", "unknown"]),
        *Advice.objects.filter(status="due"),
        *Refund.objects.filter(status="pending"),
        *Payment.objects.filter(status__in=["processing", "requires_approval"]),
    ]


def test_a_day_of_silence_ends_as_one_reversal_each(till, alice, komorebi):
    till.network.falls_silent()
    for _ in range(3):
        till.buys(alice, komorebi)
    till.until_quiet(most_days=1)
    till.network.approves()
    till.until_quiet(most_days=2)
    assert till.network.claims() == 0
    assert not _still_open() or all(
        row.expires_at > till.now - timedelta(days=2) for row in _still_open() if isinstance(row, Payment)
    )
    assert till.findings() == []
