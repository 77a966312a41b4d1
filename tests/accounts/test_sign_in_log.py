import pytest

from accounts import services as accounts
from accounts.queries import sign_ins_of
from accounts.services.record_sign_in import in_words, shortened
from accounts.states import SignInMethod
from common.actors import Actor
from tests.accounts.conftest import NOON

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


def test_tells_home_from_abroad_and_no_more(alice):
    accounts.record_sign_in(
        user_id=alice.user_id, method=SignInMethod.PASSKEY, address="203.0.113.77", user_agent=FIREFOX, now=NOON
    )
    (line,) = sign_ins_of(alice.user)
    assert (line.method, line.network, line.device) == ("passkey", "203.0.113.0/24", "Firefox, Windows")


@pytest.mark.parametrize(("address", "network"), [("2001:db8:1:2::3", "2001:db8:1::/48"), ("testserver", ""), ("", "")])
def test_shortens_addresses(address, network):
    assert shortened(address) == network


@pytest.mark.parametrize(("agent", "words"), [(SAFARI, "Safari, iPhone"), ("curl/8", ""), ("", "")])
def test_names_devices(agent, words):
    assert in_words(agent) == words


def test_ending_sessions_changes_what_a_session_must_carry(alice):
    before = alice.user.get_session_auth_hash()
    after = accounts.end_sessions(user_id=alice.user_id, by=Actor(alice.id), now=NOON).get_session_auth_hash()
    assert before != after


@pytest.mark.parametrize(("wanted", "kept"), [("ja", "ja"), ("xx", "en"), ("", "en")])
def test_remembers_a_language_that_we_speak(alice, wanted, kept):
    accounts.choose_language(user_id=alice.user_id, language=wanted)
    alice.user.refresh_from_db()
    assert alice.user.language == kept
