"""A small world in which everybody who may knock at a door exists, and owns something."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator as SignInKey
from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts import sessions
from accounts.models import PaymentPasskey, User
from api import request_log
from common import clock
from common.actors import SYSTEM, Actor
from common.ids import new_id
from common.money import pts, yen
from events.models import Event
from merchants import services as merchants
from merchants.models import ApiRequest, Member, ReturnUrl
from payments import services as payments
from payments.states import DisputeReason
from points import services as points
from points.campaigns import Terms
from points.models import PointsClearing
from points.states import CampaignKind
from tests.accounts.authenticator import Authenticator
from tests.cast import PUBLIC_KEY, business, person
from tests.payments.disputes import PDF, Issuer
from tests.payments.till import Till
from tests.routes import Route
from tests.vault.played import PlayedNetwork
from vault.gateways.safe import another_door
from webhooks import services as webhooks
from webhooks.queries import tellings_of_endpoint

ANONYMOUS, ALICE, BOB, OWNER, RIVAL, STAFF, KEY, RIVAL_KEY = ROLES = (
    "anonymous",
    "alice",  # whose cards and payments they are
    "bob",  # another customer
    "owner",  # of the merchant whose payments they are
    "rival",  # owner of another merchant
    "staff",
    "key",  # the merchant's secret key
    "rival_key",
)

LET_IN, SIGN_IN, WELCOME = "let in", "sign in", "welcome"


@dataclass
class World:
    places: dict[str, object]
    asked: dict[str, dict[str, object]]
    """What a form must hold to be looked at at all, by the name of the address."""
    people: dict[str, User]
    cookies: dict[str, str]
    keys: dict[str, str]

    def client(self, role: str) -> Client:
        client = Client(raise_request_exception=False, headers={"Accept-Language": "en"})
        if cookie := self.cookies.get(role):
            client.cookies[settings.SESSION_COOKIE_NAME] = cookie
        if key := self.keys.get(role):
            client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        return client

    def address(self, route: Route) -> str:
        """A real one: every place is filled with something of Alice's or of her shop's."""
        places = {name: self._place(route, name) for name in route.places}
        try:
            return reverse(route.name, kwargs=places)
        except NoReverseMatch:
            address = re.sub(r"<\w+:(\w+)>|\(\?P<(\w+)>.*?\)", lambda one: str(places[one[1] or one[2]]), route.pattern)
            return address.strip("^$")

    def _place(self, route: Route, name: str) -> object:
        if name == "object_id" and (noun := route.noun):
            first = apps.get_model(*noun).objects.order_by("pk").first()
            return first.pk if first else "nothing"
        return self.places.get(name, "nothing")

    def ask(self, client: Client, method: str, route: Route):
        address, body = self.address(route), self.asked.get(route.name, {})
        if method == "GET":
            return client.get(address)
        if address.startswith("/v1/"):
            headers = {"Idempotency-Key": f"key-{address[-60:]}"}
            return client.post(address, body, content_type="application/json", headers=headers)
        return client.post(address, body)

    def outcome(self, role: str, method: str, route: Route) -> str:
        """What somebody in this role gets to see there, wherever they are led: LET_IN, SIGN_IN, WELCOME or a status."""
        with taken_back():
            return self._outcome(self.client(role), method, route)

    def _outcome(self, client: Client, method: str, route: Route) -> str:
        answer = self.ask(client, method, route)
        for _ in range(4):
            if answer.status_code not in {301, 302, 303} or (method == "POST" and not _is_door(answer.url)):
                break
            if urlsplit(answer.url).path == reverse("account_login"):
                return SIGN_IN
            if urlsplit(answer.url).path == reverse("account_welcome"):
                return WELCOME
            answer = client.get(answer.url)
        # A form that says what is missing has let them in, and so has a verb that is not possible just now.
        return LET_IN if answer.status_code < 400 or answer.status_code in {400, 409, 422} else str(answer.status_code)


def _is_door(url: str) -> bool:
    return urlsplit(url).path in {reverse("account_login"), reverse("account_welcome"), reverse("staff:login")}


def _asked_once(business) -> str:
    """A line of the request log."""
    request_log._waiting.clear()
    Client().get("/v1/refunds", headers={"Authorization": f"Bearer {business.key}"})
    request_log.write()
    return ApiRequest.objects.get(merchant_id=business.id).id


def _build() -> World:
    now = clock.now()
    alice, bob = person("Alice"), person("Bob")
    komorebi = business("Komorebi Coffee", host="komorebi.example")
    fly_by_night = business("Fly-by-Night Optics", host="fly-by-night.example", city="Osaka", category_code="8043")
    network = PlayedNetwork()
    with another_door(network):
        till = Till(network)
        till.now = now
        paid = till.buys(alice, komorebi)
        refund = till.refunds(till.buys(alice, komorebi))
        card = till.card(alice)
        grant = till.allows(alice, komorebi)
        till.relay()
        disputed = till.buys(alice, komorebi)
        dispute = Issuer(till).disputes(disputed)
        payments.report_problem(
            payment_id=paid.id,
            customer_id=alice.customer.id,
            problem=DisputeReason.NOT_RECEIVED,
            by=alice.actor,
            now=now,
        )
        file = payments.add_evidence_file(
            dispute_id=dispute.id, name="slip.pdf", content=PDF, by=komorebi.actor, now=now
        )
    campaign = points.create_campaign(
        campaign_id=new_id("cmp"),
        merchant_id=komorebi.id,
        terms=Terms(name="Weekends", kind=CampaignKind.RATE, rate_basis_points=100, budget=yen(10_000)),
        by=komorebi.actor,
        now=now,
    )
    till.gives_points(bob, komorebi, 500)
    gift = points.send_gift(
        customer_id=bob.customer.id,
        to_email=alice.user.email,
        amount=pts(100),
        asked_as="one",
        by=bob.actor,
        now=now,
    )
    points.start_family(customer_id=bob.customer.id, name="Sato", by=bob.actor, now=now)
    invited = points.invite_member(customer_id=bob.customer.id, email=alice.user.email, by=bob.actor, now=now)
    points.allow_conversions(
        merchant_id=komorebi.id, most_each=pts(1_000), most_per_month=pts(1_000), reason="Asked", by=SYSTEM, now=now
    )
    conversion = points.convert_points(
        merchant_id=komorebi.id,
        source_id="card-1",
        email="nobody@example.jp",
        amount=pts(10),
        by=komorebi.actor,
        now=now,
    )
    signing_key = points.register_conversion_key(
        merchant_id=komorebi.id, public_key_pem=PUBLIC_KEY, label="Till", by=komorebi.actor, now=now
    )
    clearing = PointsClearing.objects.create(
        month=date(2026, 10, 1), merchant_id=komorebi.id, opening_minor=0, closing_minor=0, net_minor=0, cut_at=now
    )
    endpoint, _secrets = webhooks.register_endpoint(
        merchant_id=komorebi.id, url="https://komorebi.example/webhooks", by=komorebi.actor, now=now
    )
    hour = timedelta(hours=1)
    webhooks.redeliver_range(
        endpoint_id=endpoint.id,
        since=now - hour,
        until=now + hour,
        only_missed=False,
        by=komorebi.actor,
        now=now + hour,
    )
    webhooks.queue_replays(now=now + hour)
    telling = tellings_of_endpoint(endpoint, limit=1)[0]
    proposer = Actor(new_id("usr"))
    points.propose_adjustment(
        adjustment_id=new_id("adj"), wallet_id=alice.wallet.id, amount=pts(5), reason="Lost.", by=proposer, now=now
    )
    points.propose_program_change(
        proposal_id=new_id("ppr"), terms={"grace_days": 7}, effective_from=None, reason="Why.", by=proposer, now=now
    )
    points.propose_conversions(
        proposal_id=new_id("cvr"), merchant_id=komorebi.id, most_each=pts(1), most_per_month=pts(1), reason="Why.",
        by=proposer, now=now,
    )  # fmt: skip
    payments.propose_acceptance(acceptance_id=new_id("dac"), dispute_id=dispute.id, reason="Why.", by=proposer, now=now)
    merchants.propose_departure(
        departure_id=new_id("dpt"), merchant_id=komorebi.id, name_typed=komorebi.merchant.display_name, reason="Why.",
        by=proposer, now=now,
    )  # fmt: skip
    staff = User.objects.create_user("staff@vaultpay.example", language="en", is_staff=True, is_superuser=True)
    keys = [_sign_in_key(user) for user in (alice.user, staff)]
    people = {ALICE: alice.user, BOB: bob.user, OWNER: komorebi.owner, RIVAL: fly_by_night.owner, STAFF: staff}
    return World(
        places={
            "payment_id": paid.id,
            "refund_id": refund.id,
            "dispute_id": dispute.id,
            "file_id": file.id,
            "card_id": card.id,
            "shop_id": komorebi.shop.id,
            "grant_id": grant.id,
            "campaign_id": campaign.id,
            "gift_id": gift.id,
            "family_member_id": invited.id,
            "clearing_id": clearing.id,
            "conversion_id": conversion.id,
            "signing_key_id": signing_key.id,
            "batch_id": conversion.batch_id,
            "passkey_id": PaymentPasskey.objects.get(customer=alice.customer).pk,
            "pk": keys[0].pk,
            "merchant_id": komorebi.id,
            "endpoint_id": endpoint.id,
            "resource": "payments",
            "request_id": _asked_once(komorebi),
            "telling_id": telling.id,
            "event_id": Event.objects.filter(owner_ref=komorebi.id, type="payment.captured").first().pk,
            "key_id": komorebi.key_id,
            "member_id": Member.objects.get(merchant_id=komorebi.id).pk,
            "return_url_id": ReturnUrl.objects.get(shop=komorebi.shop).pk,
            "app_label": "payments",
            "url": "no-such-page",
        },
        asked={
            "portal:approve_offer": {"card": card.id, "points": "0"},
            "portal:grant_offer": {"card": card.id},
            "test_helper_dispute_close": {"outcome": "won"},
            "test_helper_approve": {"customer": alice.customer.id},
            "api:redeliver_range": {"since": "2026-11-21T00:00:00Z", "until": "2026-11-22T00:00:00Z"},
            "test_helper_approve_grant": {"customer": alice.customer.id},
        },
        people=people,
        cookies={role: _signed_in(user) for role, user in people.items()},
        keys={KEY: komorebi.key, RIVAL_KEY: fly_by_night.key},
    )


def _signed_in(user: User) -> str:
    client = Client()
    client.force_login(user)
    session = client.session
    sessions.begin(session, now=clock.now())
    session["account_authentication_methods_user"] = str(user.pk)
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "mfa", "type": "webauthn", "at": 0}]
    session.save()
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _sign_in_key(user: User) -> SignInKey:
    made = Authenticator(handle=user.pk.encode()).create(b"a challenge of a while ago")
    return SignInKey.objects.create(
        user=user, type=SignInKey.Type.WEBAUTHN, data={"name": "Phone", "credential": made, "passwordless": True}
    )


@contextmanager
def taken_back() -> Iterator[None]:
    """What happens inside has not happened. Verbs see no transaction, as in any story."""
    block = transaction.atomic()  # noqa: TID251 (a frame around the story, not a verb)
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def settled(django_db_setup, django_db_blocker) -> Iterator[World]:
    """One world for a module: there are many addresses, and building it takes longer than asking at one of them."""
    with django_db_blocker.unblock(), taken_back():
        yield _build()


@pytest.fixture
def db(settled: World) -> Iterator[None]:
    """Instead of the framework's own, which begins anew for every story: only what the story did is taken back."""
    with taken_back(), another_door(PlayedNetwork()):
        yield


@pytest.fixture
def world(db: None, settled: World) -> World:
    return settled
