"""The demo people can do what they are there for."""

from sandbox.network.behaviours import behaviour_of
from sandbox.people import CUSTOMERS, MERCHANTS, STAFF
from sandbox.shops.catalogue import SHOPS


def test_every_demo_card_can_be_added():
    for customer in CUSTOMERS:
        for card in customer.cards:
            acts = behaviour_of(card.number, amount=0, currency="JPY", magic_amounts=False)
            assert acts.verification == "85", card.nickname


def test_every_customers_first_card_pays():
    for customer in CUSTOMERS:
        acts = behaviour_of(customer.cards[0].number, amount=12_800, currency="JPY", magic_amounts=False)
        assert acts.response == "00", customer.email


def test_every_merchant_has_a_shop_and_an_owner():
    assert [merchant.name for merchant in MERCHANTS] == list(SHOPS)
    assert all(merchant.owner for merchant in MERCHANTS)


def test_no_two_people_share_an_address():
    members = [member for merchant in MERCHANTS for member in merchant.members]
    addresses = [*(person.email for person in (*CUSTOMERS, *members)), *STAFF]
    assert len(addresses) == len(set(addresses))
