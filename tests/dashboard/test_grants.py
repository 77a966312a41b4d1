"""Grants in the dashboard: found by status and number, seen with charges and history, ended for good."""

import pytest
from django.urls import reverse

from payments import services as payments
from payments.models import Grant


@pytest.fixture
def grant(till, alice, komorebi):
    return till.allows(alice, komorebi, merchant_reference="beans-7")


def there(shop, name, *args):
    return reverse(f"dashboard:{name}", args=[shop.id, *args])


def test_are_listed_and_found(till, owner, komorebi, grant):
    till.asks_leave(komorebi, merchant_reference="tea-1")
    client = owner
    everything = client.get(there(komorebi, "grants")).content.decode()
    assert "beans-7" in everything
    assert "tea-1" in everything
    active = client.get(there(komorebi, "grants") + "?status=active").content.decode()
    assert ("beans-7" in active, "tea-1" in active) == (True, False)
    found = client.get(there(komorebi, "grants") + "?text=tea").content.decode()
    assert ("beans-7" in found, "tea-1" in found) == (False, True)


def test_one_with_its_charges_and_its_history(till, owner, komorebi, grant):
    payment = till.charges_grant(grant, komorebi, 3_000)
    html = owner.get(there(komorebi, "grant", grant.id)).content.decode()
    assert there(komorebi, "payment", payment.id) in html
    assert "17,000" in html
    assert "The customer approved with a passkey" in html
    assert "Alice" not in html


def test_is_ended_for_good(owner, komorebi, grant):
    client = owner
    assert client.post(there(komorebi, "grant_revoke", grant.id)).status_code == 303
    assert Grant.objects.get().ended_why == "ended_by_merchant"
    assert client.post(there(komorebi, "grant_revoke", grant.id)).status_code == 422


def test_support_may_look_and_not_end(support, komorebi, grant):
    html = support.get(there(komorebi, "grant", grant.id)).content.decode()
    assert "beans-7" in html
    assert there(komorebi, "grant_revoke", grant.id) not in html
    assert support.post(there(komorebi, "grant_revoke", grant.id)).status_code == 403
    assert Grant.objects.get().status == "active"


def test_a_pause_is_said(till, owner, alice, komorebi, grant):
    payments.pause_grant(grant_id=grant.id, by=alice.actor, now=till.now)
    assert "The customer has paused it" in owner.get(there(komorebi, "grant", grant.id)).content.decode()


def test_another_merchant_finds_nothing(owner, till, alice, fly_by_night):
    elsewhere = till.allows(alice, fly_by_night)
    assert owner.get(there(fly_by_night, "grant", elsewhere.id)).status_code == 404
