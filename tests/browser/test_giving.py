"""Gifts and a family's pool in a browser: the pages with something on them, and the way of a gift from hand to hand."""

import pytest

from tests.browser.test_pages import SOME_LOOKS, seen, sit_down

pytestmark = [pytest.mark.browser, pytest.mark.loopback, pytest.mark.xdist_group("house"), pytest.mark.shots]


@pytest.fixture(scope="module")
def two(outside):
    """Mio and Ken, who share a pool since last month; Mio has points, gave some, and was given some."""
    people = [outside.newcomer(name, cards=()) for name in ("Mio", "Ken")]
    outside.inside(
        "from datetime import timedelta\n"
        "from accounts.models import Customer, PaymentPasskey\n"
        "from common import clock\n"
        "from common.actors import Actor\n"
        "from common.db import transaction\n"
        "from common.money import pts\n"
        "from merchants.models import Merchant\n"
        "from points import lots, services as points\n"
        "from points.states import Source\n"
        "now, month = clock.now(), timedelta(days=30)\n"
        f"mio, ken = (Customer.objects.get(pk=pk) for pk in {[one.id for one in people]!r})\n"
        "PaymentPasskey.objects.filter(customer__in=[mio, ken]).update(created_at=now - month)\n"
        "funder = Merchant.objects.order_by('id').first().id\n"
        "@transaction\n"
        "def has(person, amount):\n"
        "    lot = lots.add_lot(wallet_id=person.wallet.id, source=Source.PURCHASE, source_ref=person.id,\n"
        "        rule_ref='', funder=funder, amount=pts(amount), available_from=now - month,\n"
        "        expires_at=now + 8 * month, now=now)\n"
        "    lots.activate_lot(lot, now=now)\n"
        "def mine(one):\n"
        "    return {'customer_id': one.id, 'by': Actor(one.id)}\n"
        "has(mio, 12_480), has(ken, 3_000)\n"
        "points.start_family(name='佐藤家 Sato', now=now - month, **mine(mio))\n"
        "asked = points.invite_member(email=ken.user.email, now=now - month, **mine(mio))\n"
        "points.accept_invitation(member_id=asked.id, verified_email=ken.user.email, now=now - month, **mine(ken))\n"
        "points.invite_member(email='a.very.long.address.of.a.friend@example.com', now=now, **mine(mio))\n"
        "points.put_in_points(amount=pts(2_000), asked_as='1', now=now, **mine(mio))\n"
        "points.put_in_points(amount=pts(500), asked_as='1', now=now, **mine(ken))\n"
        "points.draw_points(amount=pts(300), asked_as='2', now=now, **mine(ken))\n"
        "points.send_gift(to_email='a.very.long.address.of.a.friend@example.com', amount=pts(1_000), asked_as='1',\n"
        "    message='お誕生日おめでとう。 Happy birthday!', now=now, **mine(mio))\n"
        "day = timedelta(days=2)\n"
        "sent = points.send_gift(to_email=mio.user.email, amount=pts(150), asked_as='1', now=now - day, **mine(ken))\n"
        "points.accept_gift(gift_id=sent.id, verified_email=mio.user.email, now=now, **mine(mio))\n"
        "points.send_gift(to_email=mio.user.email, amount=pts(250), message='Thank you for last week', asked_as='2',\n"
        "    now=now - day, **mine(ken))\n"
        "points.send_gift(to_email=mio.user.email, amount=pts(50), asked_as='3', now=now, **mine(ken))\n"
        "answer = None"
    )
    return people


@pytest.mark.parametrize("look_of", SOME_LOOKS, ids=lambda one: "-".join(map(str, one)))
def test_the_pages_are_sound_with_something_on_them(visit, outside, two, look_of):
    visitor = sit_down(visit, look_of)
    visitor.carry(outside.session_of(two[0].email))
    pages = {
        "home_with_gift": "/home/",
        "points_with_gift": "/points",
        "gifts_full": "/points/gifts",
        "gift_new": "/points/gifts/new",
        "family_full": "/points/family",
        "family_invite": "/points/family/invite",
    }
    for name, address in pages.items():
        assert visitor.go(address) == 200
        seen(visitor, called=f"customer/{name}", look_of=look_of)
    assert not visitor.complaints


def test_a_gift_goes_from_hand_to_hand_without_a_script(visit, outside, two):
    mio, ken = two
    visitor = visit(language="en", java_script_enabled=False)
    visitor.context.add_cookies([{"name": "django_language", "value": "en", "url": outside.base_url}])
    page = visitor.page
    visitor.carry(outside.session_of(ken.email))
    visitor.go("/points/gifts/new")
    page.fill("input[name=email]", "somebody@elsewhere.example")
    page.fill("input[name=amount]", "60")
    page.click("main form .button-main")
    page.wait_for_url("**/points/gifts")
    assert "somebody@elsewhere.example" in page.inner_text("main")
    before = outside.points_of(ken)["live"]
    page.click("#sent form[action$='/cancel'] button")
    page.wait_for_url("**/points/gifts")
    assert outside.points_of(ken)["live"] > before

    visitor.carry(outside.session_of(mio.email))
    before = outside.points_of(mio)["live"]
    visitor.go("/points/gifts")
    page.click("#waiting form[action$='/accept'] button")
    page.wait_for_url("**/points/gifts")
    assert outside.points_of(mio)["live"] == before + 250
