"""Every page of the product, as people of each kind see it: in both languages, light and dark, narrow and wide.

The pages come from the table of addresses, so that a new one is looked at without anybody thinking of it. Each is
sound: nothing serious for axe, nothing on the console, nothing from elsewhere, no wider than the window. With
VAULTPAY_SHOTS set (`make shots`) all combinations are walked and photographed into screenshots/, for a person to leaf
through; without it four are walked, in which every pair of choices meets.
"""

import os
import re
from itertools import product
from pathlib import Path

import pytest
from django.urls import reverse

from tests.architecture.test_matrix import PAGES, ROUTES
from tests.browser.visitor import Visitor, with_passkey
from tests.outside import until
from vaultpay.environment import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.loopback, pytest.mark.xdist_group("house"), pytest.mark.shots]

SHOTS = bool(os.environ.get("VAULTPAY_SHOTS"))
ALL_LOOKS = list(product(("ja", "en"), ("light", "dark"), (360, 1280)))
SOME_LOOKS = [("ja", "light", 360), ("en", "dark", 360), ("ja", "dark", 1280), ("en", "light", 1280)]
LOOKS = ALL_LOOKS if SHOTS else SOME_LOOKS

NOT_A_PAGE = {
    *("healthz", "readyz", "dashboard:export", "dashboard:dispute_file", "dashboard:clearing_export"),
    *("dashboard:export_refunds", "dashboard:export_grants", "dashboard:export_disputes", "portal:payments_csv"),
    *("dashboard:export_clearings", "dashboard:export_campaigns", "dashboard:export_events"),
    *("dashboard:export_requests", "portal:points_csv"),
    *("portal:receipt_pdf", "portal:receipt_signed", "portal:chain", "portal:three_ds_return", "portal:approve_earns"),
}
NOT_THERE = {
    "visitor/not_found",
    # Hanako has no sign-in passkey, hence none to rename or remove, and no recovery codes.
    *(f"customer/{name}" for name in ("mfa_edit_webauthn", "mfa_remove_webauthn", "mfa_view_recovery_codes")),
}


def pages_of(face: str) -> list[str]:
    """Names of what can be looked at there, from the same table that says who is let in."""
    entry = "login|signup|signed_out|inactive"
    shapes = {"customer": r"portal:(?!public|styleguide)|mfa_|account_(welcome|reauthenticate|logout)",
              "visitor": r"portal:(public|styleguide|(grant_)?approve$)|docs:(?!reference)|account_(" + entry + ")",
              "merchant": r"dashboard:|test_tools:"}  # fmt: skip
    names = [name for name, (may_get, _post) in PAGES.items() if may_get and name not in NOT_A_PAGE]
    return [name for name in names if re.match(shapes[face], name)]


@pytest.fixture(scope="module")
def world(outside) -> dict[str, object]:
    """Ids of things to look at: the demo customer's, and her shop's."""
    hanako = outside.customer("hanako@example.com")
    waiting = outside.new_payment(12_800)
    wanted, given = outside.new_grant(), outside.allow(outside.new_grant()["id"], hanako)
    merchant = outside.merchant()["id"]
    dispute = a_dispute(outside, hanako)
    found = outside.inside(
        "from accounts.models import PaymentPasskey\n"
        "from common import clock\n"
        "from common.actors import SYSTEM\n"
        "from common.ids import new_id\n"
        "from common.money import pts, yen\n"
        "from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey\n"
        "from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat\n"
        "from events.models import Event\n"
        "from merchants import services as merchants\n"
        "from merchants.models import ApiKey, ApiRequest, Member, ReturnUrl, Shop\n"
        "from payments.models import Payment\n"
        "from points import services as points\n"
        "from points.campaigns import Terms\n"
        "from points.models import PointsClearing\n"
        "from webhooks.models import WebhookEndpoint, WebhookTelling\n"
        f"merchant, customer = {merchant!r}, {hanako.id!r}\n"
        "terms = Terms(name='Double points', kind='rate', rate_basis_points=100, budget=yen(10_000))\n"
        "campaign = points.create_campaign(\n"
        "    campaign_id=new_id('cmp'), merchant_id=merchant, terms=terms, by=SYSTEM, now=clock.now())\n"
        # Paused at once: other stories count what purchases earn.
        "points.start_campaign(campaign_id=campaign.pk, by=SYSTEM, now=clock.now())\n"
        "points.pause_campaign(campaign_id=campaign.pk, by=SYSTEM, now=clock.now())\n"
        "points.cut_missed_clearings(now=clock.now())\n"
        "clearing = PointsClearing.objects.filter(merchant_id=merchant).order_by('month').last()\n"
        "permit = points.allow_conversions(merchant_id=merchant, most_each=pts(1_000), most_per_month=pts(10_000),\n"
        "    reason='Old cards of the shop', by=SYSTEM, now=clock.now())\n"
        "made = Ed25519PrivateKey.generate().public_key()\n"
        "pem = made.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()\n"
        "signing_key = points.register_conversion_key(merchant_id=merchant, public_key_pem=pem, label='Till',\n"
        "    by=SYSTEM, now=clock.now())\n"
        "name = Shop.objects.filter(merchant_id=merchant).first().merchant.display_name\n"
        "departure = merchants.propose_departure(departure_id=new_id('dpt'), merchant_id=merchant, name_typed=name,\n"
        "    reason='Closes its doors.', by=SYSTEM, now=clock.now())\n"
        "answer = {\n"
        "  'permit_id': permit.pk,\n"
        "  'departure_id': departure.pk,\n"
        "  'signing_key_id': signing_key.pk,\n"
        "  'campaign_id': campaign.pk,\n"
        "  'clearing_id': clearing.pk,\n"
        "  'payment_id': Payment.objects.filter(customer_id=customer, status='captured').first().pk,\n"
        "  'passkey_id': PaymentPasskey.objects.filter(customer_id=customer, removed_at=None).first().pk,\n"
        "  'event_id': Event.objects.filter(owner_ref=merchant, type='payment.captured').first().pk,\n"
        "  'endpoint_id': WebhookEndpoint.objects.filter(merchant_id=merchant, removed_at=None).first().pk,\n"
        "  'key_id': ApiKey.objects.filter(merchant_id=merchant, revoked_at=None).first().pk,\n"
        "  'member_id': Member.objects.filter(merchant_id=merchant, role='support').first().pk,\n"
        "  'shop_id': Shop.objects.filter(merchant_id=merchant).first().pk,\n"
        "  'request_id': ApiRequest.objects.filter(merchant_id=merchant).first().pk,\n"
        "  'telling_id': WebhookTelling.objects.filter(endpoint__merchant_id=merchant).first().pk,\n"
        "  'return_url_id': ReturnUrl.objects.filter(shop__merchant_id=merchant).first().pk,\n"
        "}"
    )
    asked = {"grant_id": given["id"], "wanted": wanted["id"], "waiting": waiting["id"], "dispute_id": dispute["id"]}
    hers = {"card_id": hanako.cards[0]["id"], "pk": 0}
    return found | asked | hers | {"merchant_id": merchant, "resource": "payments"}


def a_dispute(outside, customer) -> dict[str, object]:
    """The issuer can only dispute what the network has heard of: a capture is told to it a moment later."""
    payment = outside.new_payment()
    outside.approve(payment["id"], customer)
    outside.everything_told()
    return outside.told("POST", f"/v1/test_helpers/payments/{payment['id']}/dispute", {"reason": "not_received"})


def address_of(name: str, world: dict[str, object]) -> str:
    route = next(route for route in ROUTES if route.name == name)
    places = {place: world[place] for place in route.places}
    if name == "portal:approve":
        places["payment_id"] = world["waiting"]
    if name == "portal:grant_approve":
        places["grant_id"] = world["wanted"]
    return reverse(name, kwargs=places)


def look(visitor: Visitor, address: str, *, called: str, look_of: tuple[str, str, int]) -> list[str]:
    """Go there; what is wrong with the page, in words."""
    status = visitor.go(address)
    if (status == 404) is not (called in NOT_THERE):
        return [f"{called} {look_of}: {status}"]
    try:
        visitor.page_is_sound()
    except AssertionError as wrong:
        return [f"{called} {look_of}: {wrong}"]
    finally:
        if SHOTS:
            photograph(visitor, ROOT / "screenshots" / f"{called}-{'-'.join(map(str, look_of))}.png")
    return []


def seen(visitor: Visitor, *, called: str, look_of: tuple[str, str, int]) -> None:
    """The page on which a story stands just now."""
    visitor.page_is_sound()
    if SHOTS:
        photograph(visitor, ROOT / "screenshots" / f"{called}-{'-'.join(map(str, look_of))}.png")


def photograph(visitor: Visitor, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    visitor.page.screenshot(path=file, full_page=True)


def settings_of(language: str, scheme: str, width: int) -> dict[str, object]:
    return {"language": language, "color_scheme": scheme, "viewport": {"width": width, "height": 800}}


def sit_down(visit, look_of: tuple[str, str, int]) -> Visitor:
    visitor = visit(**settings_of(*look_of))
    visitor.expected |= {404}
    cookie = {"name": "django_language", "value": look_of[0], "url": visitor.outside.base_url}
    visitor.context.add_cookies([cookie])
    return visitor


@pytest.mark.parametrize("look_of", LOOKS, ids=lambda one: "-".join(map(str, one)))
class TestEveryPage:
    def test_of_a_customer(self, visit, outside, world, look_of):
        visitor = sit_down(visit, look_of)
        visitor.carry(outside.session_of("hanako@example.com"))
        wrong = []
        for name in pages_of("customer"):
            called = f"customer/{name.removeprefix('portal:')}"
            wrong += look(visitor, address_of(name, world), called=called, look_of=look_of)
        assert not wrong, "\n".join(wrong)

    def test_of_a_visitor(self, visit, outside, world, look_of):
        visitor = sit_down(visit, look_of)
        wrong = []
        for name in pages_of("visitor"):
            called = f"visitor/{name.removeprefix('portal:')}"
            wrong += look(visitor, address_of(name, world), called=called, look_of=look_of)
        wrong += look(visitor, "/no-such-page", called="visitor/not_found", look_of=look_of)
        assert not wrong, "\n".join(wrong)

    def test_of_a_merchant(self, visit, outside, world, look_of):
        visitor = sit_down(visit, look_of)
        visitor.carry(outside.session_of("yoko@komorebi.example"))
        wrong = []
        for name in pages_of("merchant"):
            called = f"merchant/{name.removeprefix('dashboard:').replace(':', '_')}"
            wrong += look(visitor, address_of(name, world), called=called, look_of=look_of)
        assert not wrong, "\n".join(wrong)

    def test_of_the_reference(self, visit, outside, look_of):
        visitor = sit_down(visit, look_of)
        wrong = []
        for resource in outside.inside("from api.docs.reference import resources; answer = resources()"):
            address = reverse("docs:reference", kwargs={"resource": resource})
            wrong += look(visitor, address, called=f"visitor/docs:reference-{resource}", look_of=look_of)
        assert not wrong, "\n".join(wrong)

    def test_of_staff(self, visit, outside, world, look_of):
        """The front page, what is open, and the nouns that people ask about most: a list and one of its rows."""
        visitor = sit_down(visit, look_of)
        visitor.carry(outside.session_of("mamoru@vaultpay.example", passkey=True))
        nouns = {"payment": "payment_id", "dispute": "dispute_id", "grant": "grant_id"}
        addresses = {"index": reverse("staff:index"), "open": reverse("staff:payments_authorization_open")}
        for noun, place in nouns.items():
            addresses[f"{noun}s"] = reverse(f"staff:payments_{noun}_changelist")
            addresses[noun] = reverse(f"staff:payments_{noun}_change", args=[world[place]])
        about = f"?merchant={world['merchant_id']}"
        addresses |= {
            "merchant": reverse("staff:merchants_merchant_change", args=[world["merchant_id"]]),
            "departure_propose": reverse("staff:merchants_departure_propose") + about,
            "departure": reverse("staff:merchants_departure_countersign", args=[world["departure_id"]]),
            "departures": reverse("staff:merchants_departure_changelist"),
            "conversions_propose": reverse("staff:points_conversionsproposal_propose") + about,
            "conversions": reverse("staff:points_conversionpermit_change", args=[world["permit_id"]]),
            "conversions_stop": reverse("staff:points_conversionpermit_stop", args=[world["permit_id"]]),
            "campaign": reverse("staff:points_campaign_change", args=[world["campaign_id"]]),
            "giving_in": f"{reverse('staff:payments_disputeacceptance_propose')}?dispute={world['dispute_id']}",
        }
        wrong = []
        for name, address in addresses.items():
            wrong += look(visitor, address, called=f"staff/{name}", look_of=look_of)
        assert not wrong, "\n".join(wrong)

    def test_on_the_way_to_the_card_company(self, visit, outside, look_of):
        """Our page that leads there, and the played card company's own."""
        yui = outside.newcomer("Yui", language=look_of[0], cards=("4000002760003184",))
        visitor = sit_down(visit, look_of)
        with_passkey(outside, visitor, yui)
        payment_id = visitor.buy()
        visitor.page.click("[data-approve=device]")
        visitor.page.wait_for_url(f"**/pay/{payment_id}/confirm")
        seen(visitor, called="customer/approve_confirm", look_of=look_of)
        visitor.page.click("form[action$='/acs/challenge'] button")
        visitor.page.wait_for_selector("button[value]")
        seen(visitor, called="sandbox/card_company", look_of=look_of)

    def test_of_the_sandbox(self, visit, outside, look_of):
        """The shops, the mailbox and the network's book: not ours, and sound all the same."""
        visitor = sit_down(visit, look_of)
        wrong = []
        for shop in (0, 1):
            for path in ("/", "/cart", "/backoffice"):
                called = f"sandbox/shop-{shop}-{path.strip('/') or 'home'}"
                wrong += look(visitor, f"{outside.shop_url(shop)}{path}", called=called, look_of=look_of)
        assert not wrong, "\n".join(wrong)


def test_the_picture_for_the_readme(visit, outside):
    """The heart of it all, as a customer sees it on a phone."""
    emma = outside.customer("emma@example.com")
    visitor = visit(viewport={"width": 420, "height": 900}, device_scale_factor=2)
    with_passkey(outside, visitor, emma)
    visitor.buy()
    visitor.page_is_sound()
    if SHOTS:
        photograph(visitor, ROOT / "docs" / "images" / "approve.png")


class TestTheEyesThemselves:
    """What they would see on a page that is not sound: else a green suite says nothing."""

    @pytest.mark.parametrize(
        ("spoilt", "seen"),
        [
            ("const one = document.createElement('input'); document.body.append(one)", "label"),
            ("document.body.append(document.createElement('img'))", "image-alt"),
            ("document.body.style.color = '#ddd'; document.body.style.background = '#fff'", "color-contrast"),
            ("document.body.style.width = '2000px'", "wider than the window"),
            ("document.documentElement.lang = 'fr'", "is in fr"),
            ("document.title = ''", "document-title"),
        ],
    )
    def test_a_spoilt_page_is_seen(self, visit, spoilt, seen):
        visitor = visit()
        visitor.go("/")
        visitor.page.evaluate(f"() => {{ {spoilt} }}")
        with pytest.raises(AssertionError, match=seen):
            visitor.page_is_sound()

    @pytest.mark.parametrize(
        ("spoilt", "seen"),
        [
            ("console.error('oh')", "error: oh"),
            ("setTimeout(() => { throw new Error('ah') })", "ah"),
            ("new Image().src = 'https://evil.example/pixel.gif'", "evil.example"),
            (
                "const one = document.createElement('script'); one.text = '1'; document.body.append(one)",
                "Content Security",
            ),
        ],
    )
    def test_what_happens_behind_a_page_is_seen(self, visit, spoilt, seen):
        visitor = visit()
        visitor.go("/")
        visitor.page.evaluate(f"() => {{ {spoilt} }}")
        until(lambda: visitor.page.wait_for_timeout(50) or any(seen in one for one in visitor.complaints), seconds=5)
        visitor.complaints.clear()
