"""3-D Secure through the whole running product: safe, directory, issuer's page, network. The browser is played by hand,
so that what it carries can be looked at.
"""

import re

import pytest

from tests.outside import until

pytestmark = [pytest.mark.loopback, pytest.mark.xdist_group("house")]


def visa(scenario):
    from common.logs import passes_luhn

    body = f"400000990000{scenario:03}"
    return next(body + str(digit) for digit in range(10) if passes_luhn(body + str(digit)))


@pytest.fixture
def buys(outside):
    """A newcomer with this card approves a payment; the payment as the shop sees it then, and the customer."""

    def buy(number, amount=4_300):
        code = "1234" if number.startswith("37") else "123"
        who = outside.newcomer("Toru", cards=(number,), code=code)
        payment = outside.new_payment(amount)
        answer = outside.approve(payment["id"], who)
        assert answer.status_code == 200, answer.text
        return answer.json(), who

    return buy


def hidden(page, name):
    return re.search(f'name="{name}" value="([^"]*)"', page)[1]


def at_the_card_company(outside, payment, who, pressed):
    """What a browser does without a script: our page, the issuer's page, its answer, and back to us."""
    cookie = {"session": outside.session_of(who.email)}
    ours = outside.get(f"{outside.base_url}/pay/{payment['id']}/confirm", cookies=cookie)
    where = re.search(r'action="(http://localhost:[0-9]+/acs/challenge)"', ours.text)[1]
    issuer = outside.demo["issuer_url"]
    assert where == f"{issuer}/acs/challenge"
    assert f"form-action 'self' {issuer};" in f"{ours.headers['Content-Security-Policy']};"
    assert issuer.partition("://")[2] in ours.text
    theirs = outside._http.post(where, data={"creq": hidden(ours.text, "creq")}, timeout=10)
    answer = {"transaction": hidden(theirs.text, "transaction"), "answer": pressed}
    back = outside._http.post(f"{issuer}/acs/answer", data=answer, timeout=10)
    home = re.search(f'action="({outside.base_url}/3ds/return/[^"]+)"', back.text)[1]
    return home, {"cres": hidden(back.text, "cres")}


def comes_back(outside, home, carried):
    answer = outside._http.post(home, data=carried, allow_redirects=False, timeout=30)
    assert (answer.status_code, "/pay/" in answer.headers["Location"]) == (303, True)


def asked(outside, payment):
    """What the issuer was asked about this payment, newest first."""
    rows = outside.get(f"{outside.demo['issuer_url']}/transactions").json()["data"]
    return [row for row in rows if row["amount"] == payment["amount"]]


class TestFrictionless:
    def test_40_the_issuer_verifies_our_passkey_and_asks_nothing_more(self, outside, buys):
        payment, _who = buys(visa(40), amount=4_340)
        three_ds = payment["latest_authorization"]["three_ds"]
        assert (payment["status"], three_ds["status"], three_ds["eci"]) == ("captured", "Y", "05")
        assert (three_ds["liability_shift_claimed"], three_ds["liability_shift_conditions_met"]) == (True, True)
        [row] = asked(outside, payment)
        assert (row["proof"], row["status"]) == ("verified", "Y")
        [charge] = outside.charges(payment["latest_authorization"]["id"])
        assert (charge["three_ds"]["eci"], charge["three_ds"]["value"]) == ("05", "genuine")

    def test_54_without_a_value_nothing_is_claimed(self, outside, buys):
        payment, _who = buys(visa(54), amount=4_354)
        assert payment["status"] == "captured"
        assert payment["latest_authorization"]["three_ds"]["liability_shift_claimed"] is False

    def test_49_a_silent_directory_costs_a_moment(self, outside, buys):
        payment, _who = buys(visa(49), amount=4_349)
        assert (payment["status"], payment["latest_authorization"]["three_ds"]["status"]) == ("captured", None)

    @pytest.mark.parametrize("scenario", [42, 43])
    def test_42_43_a_no_ends_it_before_any_authorization(self, outside, buys, scenario):
        payment, _who = buys(visa(scenario))
        last = payment["latest_authorization"]
        assert (payment["status"], last["decline_code"]) == ("requires_approval", "authentication_failed")
        assert outside.charges(last["id"]) == []


class TestChallenge:
    def test_45_the_customer_passes_and_is_charged_once(self, outside, buys):
        payment, who = buys(visa(45), amount=4_345)
        assert (payment["status"], payment["latest_authorization"]["status"]) == ("processing", "authenticating")
        home, carried = at_the_card_company(outside, payment, who, "pass")
        comes_back(outside, home, carried)
        comes_back(outside, home, carried)
        paid = outside.status_becomes(payment["id"], "captured")
        assert paid["latest_authorization"]["three_ds"]["liability_shift_conditions_met"] is True
        assert len([row for row in outside.charges() if row["amount"] == 4_345]) == 1
        assert asked(outside, payment)[0]["acknowledged"] is True

    def test_a_browser_that_never_returns_is_not_needed(self, outside, buys):
        payment, who = buys("4000002760003184", amount=4_346)
        at_the_card_company(outside, payment, who, "pass")
        assert outside.status_becomes(payment["id"], "captured", seconds=40)

    def test_a_forged_return_proves_nothing(self, outside, buys):
        payment, who = buys(visa(45), amount=4_347)
        authentication = outside.inside(
            "from payments.models import Authentication\n"
            f"answer = Authentication.objects.get(payment_id={payment['id']!r}).id"
        )
        comes_back(outside, f"{outside.base_url}/3ds/return/{authentication}", {"cres": "e30"})
        assert outside.payment(payment["id"])["status"] == "processing"
        forged = outside._http.post(f"{outside.base_url}/3ds/results/guessed", json={"messageType": "RReq"}, timeout=10)
        assert (forged.status_code, forged.json()["messageType"]) == (404, "Erro")
        home, carried = at_the_card_company(outside, payment, who, "fail")
        comes_back(outside, home, carried)
        assert outside.payment(payment["id"])["latest_authorization"]["decline_code"] == "authentication_failed"

    @pytest.mark.parametrize(
        ("scenario", "decline_code"),
        [(46, "authentication_failed"), (47, "authentication_canceled"), (52, "card_declined"),
         (53, "insufficient_funds"), (55, "authentication_failed")],
    )  # fmt: skip
    def test_46_47_52_53_55_end_without_a_charge(self, outside, buys, scenario, decline_code):
        payment, who = buys(visa(scenario), amount=4_400 + scenario)
        comes_back(outside, *at_the_card_company(outside, payment, who, "pass"))
        after = outside.status_becomes(payment["id"], "requires_approval")
        assert after["latest_authorization"]["decline_code"] == decline_code
        held = [row for row in outside.charges() if row["amount"] == payment["amount"]]
        assert not [row for row in held if row["claim"]]

    def test_56_a_soft_decline_is_challenged_and_charged_once(self, outside, buys):
        payment, who = buys(visa(56), amount=4_356)
        assert payment["latest_authorization"]["status"] == "authenticating"
        comes_back(outside, *at_the_card_company(outside, payment, who, "pass"))
        outside.status_becomes(payment["id"], "captured")
        rows = [row for row in outside.charges() if row["amount"] == 4_356]
        assert sorted(row["response_code"] for row in rows) == ["00", "1A"]
        assert [row["challenge_indicator"] for row in asked(outside, payment)] == ["04", "01"]

    def test_50_a_decoupled_result_comes_after_thirty_seconds(self, outside, buys):
        payment, _who = buys(visa(50), amount=4_350)
        assert payment["status"] == "processing"
        outside.advance(31)
        assert outside.status_becomes(payment["id"], "captured", seconds=40)


def test_the_books_agree_afterwards(outside):
    outside.everything_told()
    assert outside.all_holds()


def test_no_number_is_kept_where_it_was_shown_on_the_way(outside):
    until(lambda: outside.get(f"{outside.demo['issuer_url']}/transactions").status_code == 200)
    text = outside.get(f"{outside.demo['issuer_url']}/transactions").text
    assert not re.search(r"4000009900000\d{3}", text)
    for log in outside.house.folders.logs.glob("*.log"):
        assert not re.search(rb"400000990000\d{4}", log.read_bytes()), log.name
