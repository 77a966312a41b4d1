"""Every page of the dashboard: for its team in both languages, for nobody else, and in no role that may not."""

from datetime import date

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from api import request_log
from common import clock
from common.actors import SYSTEM
from common.ids import new_id
from common.money import pts, yen
from dashboard.urls import OF_MERCHANT
from dashboard.words import EVENT_KINDS
from merchants import services as merchants
from merchants.models import ApiKey, ApiRequest, Member, ReturnUrl
from merchants.states import Role
from payments import services as payments
from points import services as points
from points.campaigns import Terms
from points.models import PointsClearing
from points.states import CampaignKind
from tests.cast import NOON, PUBLIC_KEY
from tests.dashboard.conftest import Browser, member, text
from tests.payments.disputes import PDF, Issuer
from webhooks import services as webhooks
from webhooks.models import WebhookEndpoint
from webhooks.states import EVENT_TYPES

pytestmark = pytest.mark.django_db

# fmt: off
WHO_MAY = {
    "home":                {"owner", "developer", "finance", "support"},
    "payments":            {"owner", "developer", "finance", "support"},
    "export":              {"owner", "developer", "finance", "support"},
    "export_refunds":      {"owner", "developer", "finance", "support"},
    "export_grants":       {"owner", "developer", "finance", "support"},
    "export_disputes":     {"owner", "developer", "finance", "support"},
    "payment":             {"owner", "developer", "finance", "support"},
    "capture":             {"owner", "finance"},
    "cancel":              {"owner", "finance"},
    "refund":              {"owner", "finance"},
    "grants":              {"owner", "developer", "finance", "support"},
    "grant":               {"owner", "developer", "finance", "support"},
    "grant_revoke":        {"owner", "finance"},
    "disputes":            {"owner", "developer", "finance", "support"},
    "dispute":             {"owner", "developer", "finance", "support"},
    "dispute_file":        {"owner", "developer", "finance", "support"},
    "dispute_file_add":    {"owner", "finance"},
    "dispute_evidence":    {"owner", "finance"},
    "dispute_accept":      {"owner", "finance"},
    "clearings":           {"owner", "developer", "finance", "support"},
    "clearing":            {"owner", "developer", "finance", "support"},
    "clearing_export":     {"owner", "developer", "finance", "support"},
    "export_clearings":    {"owner", "developer", "finance", "support"},
    "export_campaigns":    {"owner", "developer", "finance", "support"},
    "export_events":       {"owner", "developer"},
    "export_requests":     {"owner", "developer"},
    "conversions":         {"owner", "developer", "finance", "support"},
    "conversion_upload":   {"owner", "finance"},
    "signing_key_new":     {"owner"},
    "signing_key_revoke":  {"owner"},
    "campaigns":           {"owner", "developer", "finance", "support"},
    "campaign_new":        {"owner", "finance"},
    "campaign":            {"owner", "developer", "finance", "support"},
    "campaign_change":     {"owner", "finance"},
    "campaign_start":      {"owner", "finance"},
    "campaign_pause":      {"owner", "finance"},
    "campaign_end":        {"owner", "finance"},
    "developers":          {"owner", "developer"},
    "keys":                {"owner", "developer"},
    "key_new":             {"owner", "developer"},
    "key":                 {"owner", "developer"},
    "key_roll":            {"owner", "developer"},
    "key_revoke":          {"owner", "developer"},
    "return_urls":         {"owner", "developer"},
    "return_url_add":      {"owner", "developer"},
    "return_url_withdraw": {"owner", "developer"},
    "endpoints":           {"owner", "developer"},
    "endpoint_new":        {"owner", "developer"},
    "endpoint":            {"owner", "developer"},
    "endpoint_change":     {"owner", "developer"},
    "endpoint_enable":     {"owner", "developer"},
    "endpoint_disable":    {"owner", "developer"},
    "endpoint_resume":     {"owner", "developer"},
    "endpoint_redeliver":  {"owner", "developer"},
    "deliveries":          {"owner", "developer"},
    "delivery":            {"owner", "developer"},
    "endpoint_roll":       {"owner", "developer"},
    "endpoint_remove":     {"owner", "developer"},
    "events":              {"owner", "developer"},
    "event":               {"owner", "developer"},
    "redeliver":           {"owner", "developer"},
    "requests":            {"owner", "developer"},
    "request":             {"owner", "developer"},
    "team":                {"owner", "developer", "finance", "support"},
    "team_invite":         {"owner"},
    "member":              {"owner"},
    "member_role":         {"owner"},
    "member_remove":       {"owner"},
}
SENSITIVE = {"refund", "dispute_accept", "key_new", "key_roll", "key_revoke", "endpoint_new", "endpoint_roll",
             "endpoint_remove", "team_invite", "member", "member_role", "member_remove", "signing_key_new",
             "signing_key_revoke"}
POST_ONLY = {"capture", "cancel", "return_url_add", "return_url_withdraw", "endpoint_change", "endpoint_enable",
             "endpoint_disable", "endpoint_resume", "endpoint_redeliver", "redeliver", "member_role", "member_remove",
             "grant_revoke", "dispute_file_add", "dispute_evidence", "campaign_pause"}
NOT_PAGES = {"export", "export_refunds", "export_grants", "export_disputes", "dispute_file", "clearing_export",
             "export_clearings", "export_campaigns", "export_events", "export_requests"}
# fmt: on
NAMES = [pattern.name for pattern in OF_MERCHANT]
FORMS = SENSITIVE - {"member"} | POST_ONLY
PAGES = [name for name in NAMES if name not in POST_ONLY]


@pytest.fixture
def world(till, alice, komorebi):
    """One of everything that a page can show; the ids by the name they have in an address."""
    payment = till.buys(alice, komorebi)
    endpoint, _secrets = webhooks.register_endpoint(
        merchant_id=komorebi.id, url="https://komorebi.example/hooks", by=komorebi.actor, now=till.now
    )
    grant = till.allows(alice, komorebi)
    till.relay()
    (telling,) = endpoint.tellings.filter(event_type="payment.captured")
    dispute = Issuer(till).disputes(till.buys(alice, komorebi))
    file = payments.add_evidence_file(
        dispute_id=dispute.id, name="slip.pdf", content=PDF, by=komorebi.actor, now=till.now
    )
    return {
        "merchant_id": komorebi.id,
        "payment_id": payment.id,
        "key_id": komorebi.key_id,
        "return_url_id": ReturnUrl.objects.get(url=komorebi.return_url).id,
        "endpoint_id": endpoint.id,
        "event_id": telling.event_id,
        "telling_id": telling.id,
        "grant_id": grant.id,
        "dispute_id": dispute.id,
        "file_id": file.id,
        "clearing_id": stated(komorebi).id,
        "campaign_id": a_campaign(komorebi).id,
        "signing_key_id": a_signing_key(komorebi).id,
        "request_id": asked_once(komorebi),
        "member_id": Member.objects.get(merchant_id=komorebi.id).id,
    }


def stated(business):
    """A month of points."""
    return PointsClearing.objects.create(
        month=date(2026, 10, 1), merchant_id=business.id, opening_minor=0, closing_minor=0, net_minor=0, cut_at=NOON
    )


def a_campaign(business):
    """A draft of one."""
    terms = Terms(name="Double points", kind=CampaignKind.RATE, rate_basis_points=100, budget=yen(10_000))
    return points.create_campaign(
        campaign_id=new_id("cmp"), merchant_id=business.id, terms=terms, by=business.actor, now=clock.now()
    )


def a_signing_key(business):
    """Of a merchant that staff allowed to have old points taken over."""
    points.allow_conversions(
        merchant_id=business.id, most_each=pts(500), most_per_month=pts(800), reason="Asked", by=SYSTEM, now=NOON
    )
    return points.register_conversion_key(
        merchant_id=business.id, public_key_pem=PUBLIC_KEY, label="Till", by=business.actor, now=NOON
    )


def asked_once(business):
    """A line of the request log."""
    request_log._waiting.clear()
    Client().get("/v1/refunds", headers={"Authorization": f"Bearer {business.key}"})
    request_log.write()
    return ApiRequest.objects.get(merchant_id=business.id).id


def address(name, world):
    (pattern,) = (one for one in OF_MERCHANT if one.name == name)
    wanted = {"merchant_id", *pattern.pattern.converters}
    return reverse(f"dashboard:{name}", kwargs={key: world[key] for key in wanted})


def asked(browser, name, world):
    """The page asked for, or the verb sent, as its address wants it."""
    return (browser.post if name in POST_ONLY else browser.get)(address(name, world))


def test_every_address_is_in_these_tables():
    assert set(NAMES) == set(WHO_MAY)
    assert "dashboard" in get_resolver().namespace_dict


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_there_in_both_languages(name, world, owner):
    for language in ("en", "ja"):
        owner.cookies["django_language"] = language
        page = owner.get(address(name, world))
        assert page.status_code == 200
        if name not in NOT_PAGES:
            assert f'<html lang="{language}">' in text(page)
            assert "style=" not in text(page)
            assert "script-src 'self'" in page["Content-Security-Policy"]


@pytest.mark.parametrize("name", NAMES)
def test_another_merchants_people_find_nothing(name, world, stranger):
    assert asked(stranger, name, world).status_code == 404
    if name in FORMS:
        assert stranger.post(address(name, world)).status_code == 404


@pytest.mark.parametrize("name", NAMES)
def test_nobody_sees_it_without_signing_in(name, world, client):
    led = asked(client, name, world)
    assert (led.status_code, led.url.partition("?")[0]) == (302, "/sign-in")


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", NAMES)
def test_a_role_opens_what_it_may_and_nothing_else(name, role, world, komorebi):
    user = komorebi.owner if role == Role.OWNER else member(komorebi, role)
    browser = Browser().sign_in(user)
    assert (asked(browser, name, world).status_code == 403) == (role not in WHO_MAY[name])


@pytest.mark.parametrize("name", sorted(SENSITIVE))
def test_a_sensitive_act_asks_who_is_there(name, world, komorebi):
    browser = Browser().sign_in(komorebi.owner, proved=False)
    led = asked(browser, name, world)
    assert (led.status_code, led.url.partition("?")[0]) == (302, reverse("account_reauthenticate"))


@pytest.mark.parametrize("name", ["payment", "key", "endpoint", "event", "member", "refund", "key_roll", "campaign",
                                  "signing_key_revoke"])  # fmt: skip
def test_ids_of_another_merchant_are_not_there(name, world, stranger, fly_by_night):
    theirs = world | {"merchant_id": fly_by_night.id}
    assert stranger.get(address(name, theirs)).status_code == 404


@pytest.mark.parametrize(
    "name",
    ["capture", "cancel", "endpoint_change", "endpoint_disable", "redeliver", "member_role", "member_remove",
     "endpoint_remove", "key_revoke", "campaign_pause", "campaign_change", "campaign_start", "campaign_end",
     "signing_key_revoke"],
)  # fmt: skip
def test_nobody_acts_on_another_merchants_things(name, world, stranger, fly_by_night):
    theirs = world | {"merchant_id": fly_by_night.id}
    posted = {"role": "support", "url": "https://fly.example/h", "hours": "0", "number": "0" * 32}
    assert stranger.post(address(name, theirs), posted).status_code == 404
    assert WebhookEndpoint.objects.get().status == "enabled"
    assert ApiKey.objects.get(pk=world["key_id"]).is_live(now=clock.now())


class TestChoosing:
    def test_leads_the_one_team_of_a_person_home(self, owner, komorebi):
        assert owner.get("/dashboard/").url == f"/dashboard/{komorebi.id}/"

    def test_asks_whoever_has_several(self, owner, komorebi, fly_by_night):
        merchants.invite_member(
            merchant_id=fly_by_night.id, email=komorebi.owner.email, role=Role.SUPPORT,
            by=fly_by_night.actor, now=clock.now(),
        )  # fmt: skip
        merchants.accept_invitation(user_id=komorebi.owner.id, verified_email=komorebi.owner.email, now=clock.now())
        page = text(owner.get("/dashboard/"))
        assert "Komorebi Coffee" in page
        assert "Fly-by-Night Optics" in page

    def test_tells_a_customer_how_to_get_in(self, alice):
        page = text(Browser().sign_in(alice.user).get("/dashboard/"))
        assert "Ask a shop’s owner to invite alice@example.jp" in page


def test_the_event_filter_knows_every_kind_that_webhooks_tell():
    assert set(EVENT_TYPES) <= set(EVENT_KINDS)
