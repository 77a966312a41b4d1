"""A shop's server asks who it is."""

import pytest

pytestmark = pytest.mark.django_db


def test_a_key_learns_whose_it_is_and_where_customers_may_come_back_to(shop, komorebi):
    answer = shop.get("/v1/shop")
    assert (answer.status, answer.body["id"], answer.body["status"]) == (200, komorebi.id, "admitted")
    [own] = answer.body["shops"]
    assert (own["id"], own["return_urls"]) == (komorebi.shop.id, [komorebi.return_url])


def test_another_key_learns_of_another_one(other_shop, fly_by_night):
    assert other_shop.get("/v1/shop").body["id"] == fly_by_night.id
