"""The same things in any order: the buyer's return, the webhook, the poll, captures, refunds, a dispute, expiry and the
end of an unknown outcome. Whoever comes too early is told so and comes again; in the end everybody has the same.
"""

import os
import random
from itertools import permutations
from typing import Final

import pytest

from common.errors import Refusal
from common.money import yen
from payments import services as payments
from payments.models import Dispute, Payment
from payments.queries import payment_of_customer, payment_snapshot
from tests.payments.disputes import Issuer
from tests.payments.till import Till

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = int(os.environ.get("VAULTPAY_ORDERS", "12"))
"""How many of all orders are tried; more of them for whoever has the time."""


class TooEarly(Exception):
    """What a neighbour would not do yet either: no issuer disputes what the network has not captured."""


class Story:
    """One payment of ¥10,000, 500 of it points, whose outcome nobody knows at first."""

    def __init__(self, till: Till, alice, shop):
        self.till, self.alice, self.shop = till, alice, shop
        till.gives_points(alice, shop, 500)
        till.network.falls_silent()
        self.payment = till.buys(alice, shop, 10_000, points=500, capture_method="manual")
        till.network.approves()
        self.issuer = Issuer(till)

    def the_buyer_returns(self):
        payment_of_customer(self.alice.customer.id, self.payment.id)

    def the_shop_is_told(self):
        self.till.relay()

    def the_shop_polls(self):
        payment_snapshot(self.row)

    def the_janitor_asks(self):
        self.till.later(seconds=6).janitor()

    def time_passes(self):
        payments.expire_payments(now=self.till.now)

    def the_shop_captures_a_part(self):
        self.till.captures(self.payment, 6_000)

    def the_shop_captures_the_rest(self):
        if self.row.amount_captured_minor != 6_000:
            raise TooEarly
        self.till.captures(self.payment, 4_000)

    def the_shop_refunds_a_part(self):
        self.till.refunds(self.payment, amount=yen(2_500))

    def the_issuer_disputes_a_part(self):
        booked = self.till.network.book[self.payment.latest_authorization.id].get("captured")
        if booked is None or booked.minor < 6_000:
            raise TooEarly
        self.issuer.disputes(self.payment, amount=yen(3_000))

    def all_of_it(self):
        return [
            self.the_buyer_returns,
            self.the_shop_is_told,
            self.the_shop_polls,
            self.the_janitor_asks,
            self.time_passes,
            self.the_shop_captures_a_part,
            self.the_shop_captures_the_rest,
            self.the_shop_refunds_a_part,
            self.the_issuer_disputes_a_part,
        ]

    @property
    def row(self) -> Payment:
        return Payment.objects.get(pk=self.payment.id)

    def happens(self, order):
        """In this order; what was too early comes again after the others, until all of it has happened."""
        waiting = list(order)
        while waiting:
            too_early = []
            for act in waiting:
                try:
                    act()
                except (Refusal, TooEarly):
                    too_early.append(act)
            if len(too_early) == len(waiting):
                # Nobody can do anything: the machines have their turn, as they would in the meantime.
                self.till.until_quiet(most_days=1)
            waiting = too_early
        self.till.until_quiet(most_days=2)

    def ending(self):
        payment = self.row
        disputed = Dispute.objects.get(payment=payment).amount_minor
        return payment.status, payment.amount_captured_minor, payment.amount_refunded_minor, disputed


ALL: Final = list(permutations(range(9)))
_chance = random.Random(os.environ.get("VAULTPAY_FAULT_SEED", "1"))  # noqa: S311 (chance, not a secret)
TRIED: Final = [ALL[0], ALL[-1], *_chance.sample(ALL, ORDERS)]
ENDING: Final = ("captured", 10_000, 2_500, 3_000)
"""State, captured, refunded, disputed."""


def books(till, alice, shop):
    """What is not nothing, by owner's kind and account."""
    named = {"sys": "commerce", shop.id: "shop", alice.user.email: "alice"}
    return {
        (named[owner], kind): value for (owner, kind), value in till.balances(shop, wallets=[alice]).items() if value
    }


BOOKS: Final = {
    ("commerce", "network_receivable"): 9_500 - 2_375 - 3_000,
    ("commerce", "fee_income"): 325 - 81,
    ("commerce", "disputed_funds"): 3_000,
    ("shop", "merchant_withheld"): 3_000,
    # Points that pay a part come out of the reserve that the same shop had filled: 500 in, 500 out, 125 back in.
    ("shop", "merchant_payable"): 9_500 - 325 + 81 - 2_375 - 125 - 3_000,
    ("shop", "points_reserve"): 125,
    ("alice", "points"): (125, 0, 95 - 24),
}


@pytest.mark.parametrize("order", TRIED, ids=["".join(map(str, order)) for order in TRIED])
def test_any_order_ends_the_same(till, alice, komorebi, order):
    story = Story(till, alice, komorebi)
    acts = story.all_of_it()
    story.happens([acts[number] for number in order])
    assert till.findings() == []
    assert story.ending() == ENDING
    assert books(till, alice, komorebi) == BOOKS
