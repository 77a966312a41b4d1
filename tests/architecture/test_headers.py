"""What every answer carries, whoever asks and whatever goes wrong: pages, the API, errors, redirects, static files."""

import json
import os
import subprocess
import sys
from contextlib import closing
from http.cookies import SimpleCookie

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.architecture.conftest import ALICE, ANONYMOUS, KEY, OWNER, STAFF
from tests.routes import Route, all_routes
from vaultpay.environment import ROOT

ROUTES = all_routes()
TYPED_OR_APPROVED = {"portal:approve", "portal:approve_done", "portal:card_add", "portal:passkey_add"}
"""Where a card is typed, a passkey made or a payment approved: no text may become script there."""


def policy_of(answer) -> dict[str, str]:
    directives = (part.strip().partition(" ") for part in answer.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _space, value in directives if name}


def is_guarded(answer) -> list[str]:
    """What this answer lacks, in words."""
    policy = policy_of(answer) if "Content-Security-Policy" in answer.headers else {}
    wanted = {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "same-origin",  # with no-referrer a form posts `Origin: null`; nobody else learns anything
        "X-Content-Type-Options": "nosniff",
    }
    lacking = [name for name, value in wanted.items() if answer.headers.get(name) != value]
    lacking += [
        f"CSP {name}"
        for name, value in {"default-src": "'none'", "frame-ancestors": "'none'", "base-uri": "'none'"}.items()
        if policy.get(name) != value
    ]
    lacking += [f"CSP {name}: {value}" for name, value in policy.items() if "unsafe" in value or "*" in value]
    if any(value not in {"'self'", "'none'"} for name, value in policy.items() if name.endswith(("-src", "-action"))):
        lacking.append(f"CSP names somebody else: {policy}")
    if policy.get("form-action") != "'self'":
        lacking.append("CSP form-action")
    permissions = answer.headers.get("Permissions-Policy", "")
    lacking += [
        f"Permissions-Policy {feature}"
        for feature in ("payment=(self)", "publickey-credentials-get=(self)", "publickey-credentials-create=(self)")
        if feature not in permissions
    ]
    if not answer.headers.get("Request-Id", "").startswith("req_"):
        lacking.append("Request-Id")
    if "public" not in answer.headers.get("Cache-Control", "") and "no-store" not in answer.headers["Cache-Control"]:
        lacking.append(f"Cache-Control {answer.headers['Cache-Control']}")
    return lacking


def at_home_there(route: Route) -> str:
    """Somebody who sees more of it than the way to sign in."""
    faces = {"/staff": STAFF, "/v1": KEY, "/dashboard": OWNER}
    return next((role for face, role in faces.items() if route.pattern.startswith(face)), ALICE)


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.noun], ids=lambda route: route.name)
def test_every_answer_is_guarded(world, route: Route) -> None:
    wrong = []
    for role in (ANONYMOUS, at_home_there(route)):
        client = world.client(role)
        for method in ("GET", "POST"):
            answer = world.ask(client, method, route)
            wrong += [f"{method} as {role} ({answer.status_code}): {lack}" for lack in is_guarded(answer)]
            for cookie in answer.cookies.values():
                if cookie.value and (not cookie["httponly"] or cookie["samesite"] not in {"Lax", "Strict"}):
                    wrong.append(f"{method} as {role}: cookie {cookie.key}")
    assert not wrong


def test_staff_pages_about_a_noun_are_guarded_too(world) -> None:
    client = world.client(STAFF)
    changelists = [route for route in ROUTES if route.noun and route.name.endswith("_changelist")]
    assert not [
        f"{route.name}: {lack}" for route in changelists for lack in is_guarded(world.ask(client, "GET", route))
    ]


@pytest.mark.parametrize("route", [one for one in ROUTES if one.name in TYPED_OR_APPROVED], ids=lambda one: one.name)
def test_no_text_becomes_script_where_cards_and_approvals_are(world, route: Route) -> None:
    policy = policy_of(world.ask(world.client(ALICE), "GET", route))
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["trusted-types"] == "'none'"


@pytest.mark.parametrize(
    "address", ["/no-such-page", "/v1/no-such-call", "/static/no-such-file.js", "/pay/pay_nothing"]
)
def test_what_is_not_there_is_guarded(world, address) -> None:
    answer = world.client(ANONYMOUS).get(address)
    assert (answer.status_code, is_guarded(answer)) == (404, [])


def test_an_error_of_ours_is_guarded_and_tells_nothing(world, monkeypatch) -> None:
    def breaks(*_args, **_facts):
        raise RuntimeError("4242424242424242 is a secret")

    monkeypatch.setattr("portal.views.cards.cards_of", breaks)
    answer = world.client(ALICE).get("/cards")
    assert (answer.status_code, is_guarded(answer)) == (500, [])
    assert b"4242" not in answer.content


def test_a_request_for_another_host_is_guarded(world) -> None:
    answer = world.client(ANONYMOUS).get("/", headers={"Host": "evil.example"})
    assert (answer.status_code, is_guarded(answer)) == (400, [])


def test_a_forged_form_is_refused_and_guarded(world) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = world.client(ALICE).cookies
    answer = client.post("/settings/name", {"display_name": "Mallory"})
    assert (answer.status_code, is_guarded(answer)) == (403, [])


@pytest.mark.parametrize("file", ["css/base.css", "js/approve.js", "icons.svg", "vendor/htmx/htmx.min.js"])
def test_static_files_are_guarded(world, file) -> None:
    assert finders.find(file), f"static/{file} has moved: name another one here"
    with closing(world.client(ANONYMOUS).get(f"/static/{file}")) as answer:
        assert (answer.status_code, is_guarded(answer)) == (200, [])


ASKS = """
import json, sys
import django
django.setup()
from django.test import Client
seen = {}
for address in ("/sign-in", "/static/css/base.css", "/no-such-page", "/healthz"):
    answer = Client(raise_request_exception=False).get(address, secure=True, headers={"Host": "pay.vaultpay.example"})
    seen[address] = {"status": answer.status_code, "headers": dict(answer.headers),
                     "cookies": answer.cookies.output(header="")}
print(json.dumps(seen))
"""


def test_over_https_everything_stays_https_and_cookies_belong_to_the_host() -> None:
    environment = os.environ | {"VAULTPAY_BASE_URL": "https://pay.vaultpay.example"}
    done = subprocess.run(
        [sys.executable, "-c", ASKS], cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    for address, answer in json.loads(done.stdout.splitlines()[-1]).items():
        seconds = answer["headers"]["Strict-Transport-Security"]
        assert seconds == "max-age=63072000; includeSubDomains; preload", address
        for cookie in SimpleCookie(answer["cookies"]).values():
            assert cookie.key.startswith("__Host-"), (address, cookie.key)
            assert cookie["secure"], (address, cookie.key)
            assert cookie["httponly"], (address, cookie.key)
            assert (cookie["path"], cookie["domain"]) == ("/", "")
