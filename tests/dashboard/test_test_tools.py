"""Test tools as pages: only a sandbox has them, and whoever may make an API key may use them."""

from types import SimpleNamespace

import pytest

from common import clock
from tests.dashboard.conftest import Browser, text

pytestmark = pytest.mark.django_db
WELL = {"links": 2, "silence_seconds": 0, "refuse_links_seconds": 0, "heal": False}


@pytest.fixture
def host(monkeypatch, settings):
    """A network host that says how it stands, and whatever else the story lets it say."""
    settings.ENV = settings.ENV.model_copy(update={"network_url": "http://network.test"})
    asked, answers = [], {"faults": (200, WELL)}

    def post(url, *, json, timeout):
        path = url.removeprefix("http://network.test/")
        asked.append((path, json))
        status, body = answers[path]
        return SimpleNamespace(status_code=status, text=str(body), json=lambda: body)

    monkeypatch.setattr("vaultpay.played_network.requests.post", post)
    monkeypatch.setattr("vaultpay.played_network._SECONDS", 0)
    return SimpleNamespace(asked=asked, answers=answers)


@pytest.fixture
def tools(at):
    return lambda *parts: at("developers", "test-tools", *parts) + ("" if parts else "/")


class TestThePage:
    def test_stands_among_the_developers_pages(self, developer, at, tools, host):
        assert tools() in developer.get(at("developers")).content.decode()
        assert "Open lines: 2" in text(developer.get(tools()))

    def test_says_when_no_network_is_played(self, owner, tools):
        assert "No played network runs beside this instance" in text(owner.get(tools()))

    def test_is_for_those_who_may_make_keys(self, finance, support, stranger, client, tools):
        assert [one.get(tools()).status_code for one in (finance, support, stranger)] == [403, 403, 404]
        assert client.get(tools()).status_code == 302

    def test_is_begun_from_a_payment_and_a_dispute(self, owner, tools, host):
        page = owner.get(f"{tools()}?payment=pay_1&dispute=dsp_1").content.decode()
        assert 'value="pay_1"' in page
        assert 'value="dsp_1"' in page


class TestTheNetwork:
    def test_is_broken_as_asked(self, owner, tools, host):
        asked = {"silence_seconds": "30", "refuse_links_seconds": "", "drop_links": "on"}
        assert owner.post(tools("network", "break"), asked).status_code == 303
        assert host.asked == [("faults", {"silence_seconds": 30, "drop_links": True, "heal": False})]

    def test_says_what_it_does(self, owner, tools, host):
        host.answers["faults"] = (200, WELL | {"silence_seconds": 12})
        page = text(owner.get(tools()))
        assert "does not answer" in page
        assert "for 12 more seconds" in page

    def test_is_healed_altogether(self, owner, tools, host):
        assert owner.post(tools("network", "heal")).status_code == 303
        assert host.asked == [("faults", {"silence_seconds": 0, "refuse_links_seconds": 0, "heal": True})]

    def test_is_not_broken_for_longer_than_an_hour(self, owner, tools, host):
        assert owner.post(tools("network", "break"), {"silence_seconds": "3601"}).status_code == 422
        assert [body for _path, body in host.asked if body] == []

    def test_a_fault_ends_with_no_more_seconds_of_it(self, owner, tools, host):
        assert owner.post(tools("network", "break"), {"silence_seconds": "0"}).status_code == 303
        assert host.asked == [("faults", {"silence_seconds": 0, "drop_links": False, "heal": False})]

    def test_says_in_the_readers_language_why_it_did_not(self, komorebi, tools):
        page = Browser().sign_in(komorebi.owner, language="ja").post(tools("network", "heal"))
        assert "ネットワークのホストが設定されていません" in text(page)

    @pytest.mark.parametrize("act", ["break", "heal"])
    def test_says_when_it_did_not(self, owner, tools, act):
        page = owner.post(tools("network", act), {"silence_seconds": "1"})
        assert (page.status_code, "no network host is known here" in text(page)) == (422, True)


class TestTheClock:
    @pytest.fixture
    def moved(self, monkeypatch):
        moved = []
        monkeypatch.setattr(clock, "advance", moved.append)
        return moved

    def test_is_set_forward(self, developer, tools, moved):
        assert developer.post(tools("clock", "advance"), {"count": "2", "unit": "days"}).status_code == 303
        assert moved == [172_800]

    @pytest.mark.parametrize("wrong", [{"count": "-1", "unit": "days"}, {"count": "367", "unit": "days"}, {}])
    def test_neither_back_nor_too_far(self, owner, tools, moved, wrong):
        assert owner.post(tools("clock", "advance"), wrong).status_code == 422
        assert moved == []


class TestDisputes:
    def test_are_refused_about_payments_of_others(self, owner, tools, host, till, alice, fly_by_night):
        theirs = till.buys(alice, fly_by_night)
        asked = {"payment": theirs.id, "stage": "chargeback", "reason": "fraudulent"}
        page = owner.post(tools("disputes", "open"), asked)
        assert (page.status_code, "There is no such payment" in text(page)) == (422, True)
        assert [path for path, _body in host.asked] == ["faults"]

    def test_are_opened_as_the_issuer_would(self, owner, tools, host, till, alice, komorebi, monkeypatch):
        payment = till.buys(alice, komorebi)
        host.answers["cases"] = (200, {"reference": "CB1"})
        monkeypatch.setattr("vaultpay.test_tools.heard_of", lambda *_who, **_case: SimpleNamespace(id="dsp_1"))
        asked = {"payment": payment.id, "stage": "inquiry", "reason": "not_received", "amount": "700"}
        answer = owner.post(tools("disputes", "open"), asked)
        assert (answer.status_code, answer["Location"]) == (303, f"/dashboard/{komorebi.id}/disputes/dsp_1")
        case = {"reference": payment.latest_authorization.id, "stage": "inquiry", "reason": "13.1", "amount": 700}
        assert host.asked == [("cases", case)]

    def test_are_decided_only_where_they_are_ours(self, owner, tools, host):
        page = owner.post(tools("disputes", "decide"), {"dispute": "dsp_1", "outcome": "won"})
        assert (page.status_code, "There is no such dispute" in text(page)) == (422, True)
