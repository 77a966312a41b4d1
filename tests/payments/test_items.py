"""What is sold, line by line: kept as the shop names it, signed, and counted by points."""

import pytest

from common.text import TextHidesSomething
from events.models import Event
from payments.details import hash_of_items
from payments.items import clean_items, items_sold
from payments.models import Approval, Payment

GLASSES = {"name": "Round frame", "quantity": 2, "unit_amount": 6_400}
FROM_BEFORE = "6bff5c4e9d6f02f967aeae7b05961e837f8e22e65a90022492dd73fd13685374"
"""Of these glasses, as challenges that are open now have it."""
NAMED = GLASSES | {"sku": "G-104", "category": "frames"}


def captured() -> dict:
    return Event.objects.get(type="payment.captured").facts


class TestItems:
    def test_are_kept_with_the_shops_own_number_and_kind(self, till, alice, komorebi):
        payment = till.asks(komorebi, items=[NAMED, GLASSES])
        assert Payment.objects.get(pk=payment.id).items == [NAMED, GLASSES]

    @pytest.mark.parametrize("name", ["sku", "category"])
    def test_that_hide_something_are_refused(self, till, komorebi, name):
        with pytest.raises(TextHidesSomething):
            till.asks(komorebi, items=[NAMED | {name: "G\u200b104"}])

    def test_without_them_are_signed_as_they_always_were(self):
        assert hash_of_items(clean_items([GLASSES])) == FROM_BEFORE

    def test_are_what_the_passkey_signs(self, till, alice, komorebi):
        till.buys(alice, komorebi, items=[NAMED])
        details = bytes(Approval.objects.get().details).decode()
        assert hash_of_items([NAMED]) in details
        assert hash_of_items([GLASSES]) not in details


class TestPointsHear:
    SOLD = [
        {"name": "Round frame", "sku": "G-104", "category": "frames", "amount_minor": 12_800},
        {"name": "Round frame", "sku": "", "category": "", "amount_minor": 12_800},
    ]

    def test_what_was_sold_with_its_whole_amount(self):
        assert items_sold([NAMED, GLASSES]) == self.SOLD

    def test_it_with_a_capture_after_an_approval(self, till, alice, komorebi):
        till.buys(alice, komorebi, 25_600, items=[NAMED, GLASSES])
        assert captured()["items"] == self.SOLD

    def test_it_with_each_capture_of_a_part(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi, 25_600, items=[NAMED, GLASSES], capture_method="manual")
        till.captures(payment, 1_000)
        till.captures(payment, 24_600)
        told = Event.objects.filter(type="payment.captured")
        assert [event.facts["items"] for event in told] == [self.SOLD] * 2

    def test_it_with_a_charge_under_a_permission(self, till, alice, komorebi):
        grant = till.allows(alice, komorebi)
        till.charges_grant(grant, komorebi, 1_000, items=[NAMED])
        assert captured()["items"] == self.SOLD[:1]
