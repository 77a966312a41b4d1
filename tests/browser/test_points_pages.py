"""Every page of points with something on it: long names, large numbers, each state, and forms that were refused."""

from collections.abc import Callable

import pytest

from tests.browser.points_world import FRIEND, OWNER, RICH
from tests.browser.test_pages import LOOKS, seen, sit_down

pytestmark = [pytest.mark.browser, pytest.mark.loopback, pytest.mark.xdist_group("house"), pytest.mark.shots]
STAFF = "mamoru@vaultpay.example"
FILE = {"name": "points.csv", "mimeType": "text/csv"}


@pytest.fixture(scope="module")
def full(outside) -> dict[str, object]:
    made = outside.inside("from tests.browser.points_world import world; answer = world()")
    outside.everything_told()
    return made


@pytest.fixture(params=LOOKS, ids=lambda one: "-".join(map(str, one)))
def walk(request, visit, outside) -> Callable[..., None]:
    """Look at these pages as somebody; beside an address may stand what they do there, which is refused."""

    def walk(email: str, pages: dict[str, object], *, passkey: bool = False) -> None:
        visitor = sit_down(visit, request.param)
        visitor.expected |= {422}
        visitor.carry(outside.session_of(email, passkey=passkey))
        for name, page in pages.items():
            address, send = page if isinstance(page, tuple) else (page, None)
            assert visitor.go(address) == 200, name
            if send:
                with visitor.page.expect_navigation():
                    send(visitor.page)
            seen(visitor, called=f"points/{name}", look_of=request.param)

    return walk


def filled(within: str, **fields: str) -> Callable[..., None]:
    """Type this into the form there, and send it."""

    def send(page) -> None:
        for name, value in fields.items():
            page.fill(f"{within} [name={name}]", value)
        page.click(f"{within} .button-main")

    return send


def sent_file(content: str, signature: str) -> Callable[..., None]:
    def send(page) -> None:
        page.set_input_files("[name=file]", FILE | {"buffer": content.encode()})
        filled("main form", signature=signature)(page)

    return send


def test_of_customers(walk, outside, full):
    walk(
        RICH,
        {
            "home": "/home/",
            "points": "/points",
            "gifts": "/points/gifts",
            "gift_no_more": "/points/gifts/new",
            "family": "/points/family",
            "family_refused": ("/points/family", filled("#draw", amount="99999999")),
            "family_invite": ("/points/family/invite", filled("form.form", email=FRIEND)),
            "shops": "/shops",
            "shop_earns": f"/shops/{full['shop_id']}?spend=12345678",
            "paid": f"/payments/{full['payment_id']}",
            "receipt_of_both": f"/payments/{full['payment_id']}/receipt",
            "approve": f"/pay/{full['waiting']}",
        },
    )
    walk(
        FRIEND,
        {
            "member_gifts": "/points/gifts",
            "member_family": "/points/family",
            "gift_refused": ("/points/gifts/new", filled("form.form", email=RICH, amount="99999", message="Tea")),
        },
    )
    nobody = outside.newcomer("Newcomer", cards=())
    walk(
        nobody.email,
        {
            f"empty_{name}": f"/points{path}"
            for name, path in {"points": "", "gifts": "/gifts", "family": "/family"}.items()
        }
        | {"empty_gift": "/points/gifts/new"},
    )


def test_of_a_shop(walk, full):
    here = f"/dashboard/{full['merchant_id']}/points"
    states = ("draft", "running", "paused", "exhausted", "ended", "scheduled")
    refused = {"name": "x", "rate": "5", "budget": "5", "most_purchases": "3", "skus": "a", "categories": "b"}
    walk(
        OWNER,
        {
            "campaigns": here,
            **{f"campaign_{state}": f"{here}/campaigns/{full[f'{state}_id']}" for state in states},
            "campaign_change": f"{here}/campaigns/{full['running_id']}/change",
            "campaign_start": f"{here}/campaigns/{full['draft_id']}/start",
            "campaign_end": f"{here}/campaigns/{full['running_id']}/end",
            "campaign_refused": (f"{here}/campaigns/new", filled("form#terms", **refused)),
            "clearings": f"{here}/clearing",
            "conversions": f"{here}/conversions",
            "file_good": (f"{here}/conversions/upload", sent_file(*full["good_file"])),
            "file_wrong": (f"{here}/conversions/upload", sent_file(*full["wrong_file"])),
            "file_unsigned": (f"{here}/conversions/upload", sent_file("a", "b")),
            "key_refused": (f"{here}/conversions/keys/new", filled("main form", label="Till", public_key="-----")),
            "key_revoke": f"{here}/conversions/keys/{full['signing_key_id']}/revoke",
        },
    )


def test_of_staff(walk, full):
    here = "/staff/points"
    one, change = f"{here}/pointsadjustment/{full['adjustment_id']}", f"{here}/programproposal/{full['proposal_id']}"
    lists = (
        "pointslot",
        "campaign",
        "pointsclearing",
        "pointsgift",
        "family",
        "pointsconversionbatch",
        "pointsprogram",
    )
    walk(
        STAFF,
        {
            "staff_reports": f"{here}/pointsclearing/reports/",
            "staff_adjustments": f"{here}/pointsadjustment/",
            "staff_adjustment": f"{one}/change/",
            "staff_countersign": f"{one}/countersign/",
            "staff_turn_down": f"{one}/turn_down/",
            "staff_propose": (
                f"{here}/pointsadjustment/propose/",
                filled("form.form", wallet="wal_nobody", points="5000", reason="Typed"),
            ),
            "staff_changes": f"{here}/programproposal/",
            "staff_change": f"{change}/change/",
            "staff_change_countersign": f"{change}/countersign/",
            "staff_change_propose": f"{here}/programproposal/propose/",
            **{f"staff_{name}": f"{here}/{name}/" for name in lists},
        },
        passkey=True,
    )


def test_nothing_is_out_of_balance_by_it(outside, full):
    outside.all_holds()
