"""The running product as its neighbours meet it: a shop with a secret key, a reader of mail, the card network.

Everything here goes over HTTP, as it would from another machine. The few things that a neighbour cannot do, such as
inviting a demo person who is not in the seed, are asked of the instance itself, as its operator would.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import requests

from vaultpay.environment import ROOT
from vaultpay.launch.house import House

_OPERATOR = """
import json, sys, traceback
import django
django.setup()
from django.db import close_old_connections
for line in sys.stdin:
    close_old_connections()
    names = {}
    try:
        exec(json.loads(line), names)
        said = {"answer": names["answer"]}
    except Exception:
        said = {"trace": traceback.format_exc()}
    print(json.dumps(said), flush=True)
"""
"""A process of the instance that runs what it is told, line by line: starting Django anew each time takes seconds."""

_numbers = count(1)


def until(question: Callable[[], Any], *, seconds: float = 30, what: str = "") -> Any:
    """Ask again and again until the answer is true, and give it back; a wait that ends, never a fixed sleep."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < deadline, f"not after {seconds:g} s: {what or question}"
        time.sleep(0.1)
    return answer


@dataclass(frozen=True)
class Customer:
    """Somebody with a wallet, as the demo file tells of them."""

    id: str
    email: str
    name: str
    cards: tuple[dict[str, str], ...]

    def card(self, last4: str) -> str:
        return next(card["id"] for card in self.cards if card["last4"] == last4)


class Outside:
    def __init__(self, house: House) -> None:
        self.house = house
        self.demo = house.demo
        self.base_url = house.base_url
        self._http = requests.Session()
        self._http.trust_env = False
        self._operator: subprocess.Popen[str] | None = None

    # --- As a shop ----------------------------------------------------------------------------------------------------

    def merchant(self, number: int = 0) -> dict[str, Any]:
        return self.demo["merchants"][number]

    def shop_url(self, number: int = 0) -> str:
        return self.demo["shop_urls"][number]

    def ask(self, method: str, path: str, body: Any = None, *, shop: int = 0, key: str = "") -> requests.Response:
        headers = {"Authorization": f"Bearer {self.merchant(shop)['secret_key']}", "Accept-Language": "en"}
        if method == "POST":
            headers["Idempotency-Key"] = key or f"story-{time.time_ns()}-{next(_numbers)}"
        return self._http.request(method, f"{self.base_url}{path}", json=body, headers=headers, timeout=60)

    def told(self, method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
        """The same, for those who expect a yes."""
        answer = self.ask(method, path, body, **more)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def new_payment(self, amount: int = 12_800, *, shop: int = 0, **more: Any) -> dict[str, Any]:
        asked = {
            "amount": amount,
            "currency": "JPY",
            "merchant_reference": f"order-{time.time_ns()}-{next(_numbers)}",
            "items": [{"name": "Hazakura", "quantity": 1, "unit_amount": amount}],
            "return_url": self.merchant(shop)["return_url"],
        }
        return self.told("POST", "/v1/payments", asked | more, shop=shop)

    def payment(self, payment_id: str, *, shop: int = 0) -> dict[str, Any]:
        return self.told("GET", f"/v1/payments/{payment_id}", shop=shop)

    def approve(
        self, payment_id: str, customer: Customer, *, card: str = "", points: int = 0, shop: int = 0
    ) -> requests.Response:
        """As the customer would on the approval page, with a software passkey."""
        body = {"customer": customer.id, "points": points} | ({"card": card} if card else {})
        return self.ask("POST", f"/v1/test_helpers/payments/{payment_id}/approve", body, shop=shop)

    def new_grant(self, *, shop: int = 0, **more: Any) -> dict[str, Any]:
        """Up to ¥5,000 a payment and ¥20,000 a month, for a hundred days from now."""
        asked = {
            "kind": "recurring",
            "limit_per_payment": 5_000,
            "limit_per_period": 20_000,
            "period": "month",
            "currency": "JPY",
            "until": (datetime.now(UTC) + timedelta(days=100)).date().isoformat(),
            "merchant_reference": f"grant-{time.time_ns()}-{next(_numbers)}",
            "return_url": self.merchant(shop)["return_url"],
        }
        return self.told("POST", "/v1/grants", asked | more, shop=shop)

    def allow(self, grant_id: str, customer: Customer, *, shop: int = 0) -> dict[str, Any]:
        """As the customer would on the page of the request, with a software passkey."""
        return self.told("POST", f"/v1/test_helpers/grants/{grant_id}/approve", {"customer": customer.id}, shop=shop)

    def refund(self, payment_id: str, *, shop: int = 0) -> dict[str, Any]:
        return self.told("POST", "/v1/refunds", {"payment": payment_id}, shop=shop)

    def advance(self, seconds: int) -> None:
        self.told("POST", "/v1/test_helpers/clock/advance", {"seconds": seconds})

    def status_becomes(self, payment_id: str, *wanted: str, seconds: float = 30, shop: int = 0) -> dict[str, Any]:
        def there() -> dict[str, Any] | None:
            payment = self.payment(payment_id, shop=shop)
            return payment if payment["status"] in wanted else None

        return until(there, seconds=seconds, what=f"{payment_id} is {' or '.join(wanted)}")

    # --- As a customer's reader of mail, and as the card network ------------------------------------------------------

    def customer(self, email: str) -> Customer:
        facts = next(one for one in self.demo["customers"] if one["email"] == email)
        return Customer(facts["id"], facts["email"], facts["name"], tuple(facts["cards"]))

    def get(self, url: str, **more: Any) -> requests.Response:
        return self._http.get(url, timeout=30, **more)

    def mails(self, to: str) -> list[dict[str, Any]]:
        """Newest first."""
        return self.get(f"{self.demo['mailbox_url']}/messages", params={"to": to}).json()

    def code_sent_to(self, address: str, *, before: int) -> str:
        """The code in the mail that comes after the first `before` mails with one."""

        def newest() -> str:
            codes = [mail["code"] for mail in self.mails(address) if mail["code"]]
            return codes[0] if len(codes) > before else ""

        return until(newest, what=f"a code for {address}")

    def codes_so_far(self, address: str) -> int:
        return len([mail for mail in self.mails(address) if mail["code"]])

    def charges(self, our_reference: str = "") -> list[dict[str, Any]]:
        """The network's own book."""
        rows = self.get(f"{self.demo['network_url']}/charges").json()["data"]
        return [row for row in rows if not our_reference or row["our_reference"] == our_reference]

    # --- As the operator ----------------------------------------------------------------------------------------------

    def inside(self, code: str) -> Any:
        """Run a few lines inside the instance; what they leave in `answer` comes back."""
        if self._operator is None:
            self._operator = subprocess.Popen(
                [sys.executable, "-c", _OPERATOR],
                cwd=ROOT,
                env=self.house.manage_variables(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        self._operator.stdin.write(json.dumps(code) + "\n")
        self._operator.stdin.flush()
        said = json.loads(self._operator.stdout.readline() or '{"trace": "the operator is gone"}')
        assert "trace" not in said, said["trace"]
        return said["answer"]

    def leave(self) -> None:
        self._http.close()
        if self._operator is not None:
            self._operator.stdin.close()
            self._operator.wait(timeout=10)
            self._operator.stdout.close()
            self._operator = None

    def newcomer(
        self, name: str, *, language: str = "en", cards: Sequence[str] = ("4242424242424242",), code: str = "123"
    ) -> Customer:
        """A customer of their own for one story, with these test cards; the first one is the default."""
        email = f"{name.lower().replace(' ', '.')}.{next(_numbers)}@example.com"
        known = ",".join(f"DemoCard({number!r}, 12, 2031, {code!r}, '')" for number in cards)
        facts = self.inside(
            "from sandbox.people import DemoCard, DemoCustomer\n"
            "from vaultpay.seeding import demo_customer\n"
            "from accounts.queries import cards_of\n"
            "from common import clock\n"
            f"one = demo_customer(DemoCustomer({name!r}, {email!r}, {language!r}, ({known}{',' if known else ''})),"
            " now=clock.now())\n"
            "cards = [{'id': card.id, 'brand': card.brand, 'last4': card.last4} for card in cards_of(one)]\n"
            "answer = {'id': one.id, 'cards': cards}"
        )
        return Customer(facts["id"], email, name, tuple(facts["cards"]))

    def session_of(self, email: str, *, passkey: bool = False) -> str:
        """A session cookie for somebody who has just signed in: for pages, where the way in is not the story. With a
        sign-in passkey it opens the staff's pages too.
        """
        shown = (
            "from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY\n"
            "from allauth.mfa.models import Authenticator as SignInKey\n"
            "from tests.accounts.authenticator import Authenticator\n"
            "made = Authenticator(handle=user.pk.encode()).create(b'a challenge of a while ago')\n"
            "data = {'name': 'Phone', 'credential': made, 'passwordless': True}\n"
            "SignInKey.objects.get_or_create(user=user, type=SignInKey.Type.WEBAUTHN, defaults={'data': data})\n"
            "store['account_authentication_methods_user'] = str(user.pk)\n"
            "store[AUTHENTICATION_METHODS_SESSION_KEY] = [{'method': 'mfa', 'type': 'webauthn', 'at': 0}]\n"
        )
        return self.inside(
            "from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY\n"
            "from django.conf import settings\n"
            "from django.contrib.sessions.backends.db import SessionStore\n"
            "from accounts import sessions\n"
            "from accounts.models import User\n"
            "from common import clock\n"
            f"user = User.objects.get(email={email!r})\n"
            "store = SessionStore()\n"
            "store[SESSION_KEY] = user.pk\n"
            "store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]\n"
            "store[HASH_SESSION_KEY] = user.get_session_auth_hash()\n"
            "sessions.begin(store, now=clock.now())\n"
            f"{shown if passkey else ''}"
            "store.create()\n"
            "answer = store.session_key"
        )

    def points_of(self, customer: Customer) -> dict[str, int]:
        return self.inside(
            "from accounts.queries import customer_by_id, wallet_of_customer\n"
            "from points.queries import points_of\n"
            "from common import clock\n"
            f"view = points_of(wallet_of_customer(customer_by_id({customer.id!r})).id, clock.now())\n"
            "answer = {'live': view.live.minor, 'held': view.held.minor, 'pending': view.pending.minor}"
        )

    def all_holds(self) -> str:
        """Every invariant, against the network's book too. Returns what `verify` said; a finding fails the story."""
        done = self.house.manage("verify", "--network-url", self.demo["network_url"])
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def everything_told(self) -> None:
        """Until the relay has told every event, and every advice to the network is acknowledged."""
        until(
            lambda: self.inside(
                "from events.models import EventTelling\n"
                "from payments.models import Advice\n"
                "open_ones = [EventTelling.objects.filter(told_at=None), Advice.objects.filter(status='due')]\n"
                "answer = not any(rows.exists() for rows in open_ones)"
            ),
            what="every event is told and every advice acknowledged",
        )
