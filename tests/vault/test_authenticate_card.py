"""3-D Secure through the safe: what the directory is asked, what is believed, and what goes into the authorization."""

import json
import uuid
from datetime import timedelta

import pytest
from django.db import connection

from common.ids import new_id
from common.money import yen
from events.models import AuditRecord
from tests.vault.conftest import KOMOREBI, PRICE
from tests.vault.directory import CAVV, StubDirectory, answer_to, challenge_to
from tests.vault.stub import answer_to as yes_to
from vault import services as vault
from vault.models import AuthenticationRecord, WireMessage
from vault.safe.threeds.messages import MakesNoSense, read_answer
from vault.safe.wire.codec import private_data, read_private_data
from vault.types import (
    Authorized,
    BrowserFacts,
    NotSent,
    RequestorProof,
    ResultHeard,
    ResultUnknown,
    ThreeDSecure,
    Unknown,
)

pytestmark = [pytest.mark.loopback, pytest.mark.django_db(transaction=True)]

CHROME = BrowserFacts("text/html", "Mozilla/5.0", "ja-JP", "203.0.113.7", 24, 800, 360, -540)
RESULTS, BACK = "http://localhost:8000/3ds/results", "http://localhost:8000/3ds/return"


@pytest.fixture
def directory(place):
    stub = StubDirectory()
    place.THREEDS_DIRECTORY_URL = stub.url
    yield stub
    stub.stop()


@pytest.fixture
def ask(directory, safe, store, alices_wallet, now):
    """Ask about a fresh attempt of Alice's; the answer, and what it was asked with."""

    class Asked:
        def __init__(self, number="4242424242424242", **changes):
            self.token = store(number, owner=alices_wallet).card_token
            self.attempt, self.reference = new_id("auth"), new_id("ath")
            self.changes = changes
            self.answer = self.again()

        def again(self):
            known = {
                "card_token": self.token,
                "owner_ref": alices_wallet,
                "amount": PRICE,
                "merchant": KOMOREBI,
                "reference": self.reference,
                "attempt_ref": self.attempt,
                "browser": CHROME,
                "proof": RequestorProof(now - timedelta(seconds=2), '{"signature":"…"}'),
                "challenge_mandated": False,
                "results_url": RESULTS,
                "return_url": BACK,
                "by_ref": new_id("cus"),
                "now": now,
            }
            return vault.authenticate_card(**known | self.changes)

        def authorize(self, **changes):
            known = {
                "card_token": self.token,
                "owner_ref": alices_wallet,
                "amount": PRICE,
                "merchant": KOMOREBI,
                "reference": self.attempt,
                "three_ds_ref": self.reference,
                "by_ref": new_id("cus"),
                "now": now,
            }
            return vault.authorize_card(**known | changes)

        def result(self, **changes):
            """The RReq that the issuer would send about this one."""
            message = {
                "messageType": "RReq",
                "messageVersion": "2.2.0",
                "threeDSServerTransID": self.answer.server_trans_id,
                "dsTransID": self.answer.ds_trans_id,
                "acsTransID": self.answer.acs_trans_id,
                "transStatus": "Y",
                "eci": "05",
                "authenticationValue": CAVV,
            } | changes
            return json.dumps({name: value for name, value in message.items() if value is not None})

        def hears(self, *, key=None, message=None, **changes):
            known = directory.heard[-1]["threeDSServerURL"].rpartition("/")[2]
            return vault.hear_authentication(key=key or known, message=message or self.result(**changes), now=now)

        def stands(self):
            return vault.inquire_authentication(reference=self.reference, now=now)

    return Asked


class TestQuestion:
    def test_says_who_pays_whom_how_much_and_how_we_know_the_customer(self, ask, directory, now):
        asked = ask()
        [question] = directory.heard
        assert question["acctNumber"] == "4242424242424242"
        assert (question["purchaseAmount"], question["purchaseCurrency"], question["purchaseExponent"]) == (
            "1200",
            "392",
            "0",
        )
        assert (question["merchantName"], question["mcc"]) == ("Komorebi Coffee", "5814")
        assert question["threeDSRequestorAuthenticationInfo"] == {
            "threeDSReqAuthMethod": "06",
            "threeDSReqAuthTimestamp": (now - timedelta(seconds=2)).strftime("%Y%m%d%H%M"),
            "threeDSReqAuthData": '{"signature":"…"}',
        }
        assert (question["browserScreenWidth"], question["browserTZ"]) == ("360", "-540")
        assert question["notificationURL"] == f"{BACK}/{asked.reference}"
        assert question["threeDSServerURL"].startswith(f"{RESULTS}/")
        assert question["threeDSRequestorChallengeInd"] == "01"

    def test_asks_for_a_challenge_when_it_must_have_one(self, ask, directory):
        ask(challenge_mandated=True)
        assert directory.heard[0]["threeDSRequestorChallengeInd"] == "04"

    def test_claims_no_script_where_none_has_spoken(self, ask, directory):
        ask(browser=BrowserFacts(user_agent="Lynx"), proof=None)
        [question] = directory.heard
        assert question["browserJavascriptEnabled"] is False
        assert not {"browserScreenWidth", "threeDSRequestorAuthenticationInfo"} & set(question)

    def test_goes_out_once_for_one_reference(self, ask, directory):
        asked = ask()
        assert asked.again() == asked.answer
        assert len(directory.heard) == 1

    def test_is_noted_among_the_uses_of_the_card(self, ask):
        asked = ask()
        assert AuditRecord.objects.get(action="card.authenticated").data["reference"] == asked.reference

    def test_never_goes_out_for_somebody_elses_card(self, ask, directory):
        assert isinstance(ask(owner_ref=new_id("wal")).answer, NotSent)
        assert directory.heard == []

    def test_a_proof_that_is_too_long_is_never_sent(self, ask, directory, now):
        assert isinstance(ask(proof=RequestorProof(now, "x" * 2_049)).answer, Unknown)
        assert directory.heard == []


class TestAnswer:
    def test_tells_how_it_stands_and_keeps_the_value_to_itself(self, ask):
        asked = ask()
        assert isinstance(asked.answer, ThreeDSecure)
        assert (asked.answer.status, asked.answer.eci, asked.answer.has_value) == ("Y", "05", 1)
        assert asked.answer.version == "2.2.0"
        assert CAVV not in repr(asked.answer)
        assert not in_the_database(CAVV)

    def test_a_challenge_names_the_issuers_page(self, ask, directory):
        directory.script = challenge_to
        assert ask().answer.challenge_url == "http://localhost:9/acs/challenge"

    def test_a_prepaid_card_is_said_to_be_one(self, ask):
        assert ask("5105105105105100").answer.prepaid == 1
        assert ask().answer.prepaid == 0

    @pytest.mark.parametrize(
        "answer",
        [
            b"<html>", b"[]", (500, b"{}"), (302, b""), b"x" * 70_000,
            b'{"messageType": "ARes", "messageType": "ARes"}',
            b'{"messageType": "Erro", "errorCode": "203"}',
        ],
    )  # fmt: skip
    def test_what_makes_no_sense_is_no_answer(self, ask, directory, answer):
        directory.script = lambda _question: answer
        asked = ask()
        assert isinstance(asked.answer, Unknown)
        assert isinstance(asked.stands(), Unknown)

    def test_silence_ends_in_time(self, ask, directory):
        directory.keep_silent()
        assert ask().answer == Unknown(why="the directory did not answer in time")

    def test_a_directory_that_is_not_there(self, ask, directory, safe):
        safe.directory._url = "http://127.0.0.1:9/directory"
        assert isinstance(ask().answer, Unknown)

    @pytest.mark.parametrize(
        "changes",
        [
            {"messageVersion": "2.1.0"}, {"messageType": "RReq"}, {"transStatus": "X"}, {"transStatus": None},
            {"dsTransID": "1"}, {"acsTransID": None}, {"eci": "5"}, {"authenticationValue": "too short"},
            {"threeDSServerTransID": str(uuid.uuid4())}, {"transStatusReason": "no"}, {"eci": 5},
            {"transStatus": "C", "acsURL": None}, {"transStatus": "C", "acsURL": "http://acs.example/"},
            {"transStatus": "C", "acsURL": "https://a:b@acs.example/"}, {"transStatus": "C", "acsURL": "javascript:x"},
            {"transStatus": "C", "acsURL": "https://acs.example/;x"}, {"transStatus": "C", "acsURL": "https://:x/"},
            {"transStatus": "C", "acsURL": "https://*/"},
        ],
    )  # fmt: skip
    def test_each_member_that_decides_is_read_strictly(self, changes):
        question = {"threeDSServerTransID": str(uuid.uuid4())}
        body = json.dumps(answer_to(question, **changes)).encode()
        with pytest.raises(MakesNoSense):
            read_answer(body, server_trans_id=question["threeDSServerTransID"], sandbox=True)

    def test_only_a_sandbox_sends_its_customers_to_a_page_without_tls(self):
        question = {"threeDSServerTransID": str(uuid.uuid4())}
        body = json.dumps(challenge_to(question)).encode()
        with pytest.raises(MakesNoSense):
            read_answer(body, server_trans_id=question["threeDSServerTransID"], sandbox=False)


class TestResult:
    @pytest.fixture
    def asked(self, ask, directory):
        directory.script = challenge_to
        return ask()

    def test_decides_and_is_acknowledged(self, asked):
        heard = asked.hears()
        assert isinstance(heard, ResultHeard)
        assert (heard.reference, json.loads(heard.answer)["messageType"]) == (asked.reference, "RRes")
        stands = asked.stands()
        assert (stands.status, stands.eci, stands.has_value) == ("Y", "05", 1)
        assert stands.result_at is not None

    def test_a_cancel_of_the_customer_is_told(self, asked):
        asked.hears(transStatus="N", challengeCancel="01", authenticationValue=None, eci="07")
        stands = asked.stands()
        assert (stands.status, stands.challenge_cancel, stands.has_value) == ("N", "01", 0)

    def test_the_first_one_is_kept(self, asked):
        asked.hears(transStatus="N", eci="07")
        assert json.loads(asked.hears().answer)["messageType"] == "RRes"
        assert asked.stands().status == "N"

    @pytest.mark.parametrize("which", ["dsTransID", "acsTransID"])
    def test_one_that_names_another_transaction_is_believed_in_nothing(self, asked, which):
        heard = asked.hears(**{which: str(uuid.uuid4())})
        assert json.loads(heard.answer)["errorCode"] == "301"
        assert asked.stands().distrusted
        asked.hears()
        assert asked.stands().distrusted

    def test_without_the_secret_of_its_address_it_is_nobodys(self, asked):
        assert isinstance(asked.hears(key="guessed"), ResultUnknown)
        assert asked.stands().status == "C"

    @pytest.mark.parametrize("message", ["", "{}", "[]", '{"messageType":"RReq"}', "x" * 40_000])
    def test_what_makes_no_sense_decides_nothing(self, asked, message):
        answer = asked.hears(message=message or " ")
        assert json.loads(answer.answer)["messageType"] == "Erro"
        assert asked.stands().status == "C"

    def test_nobody_waits_for_one_about_a_question_that_was_answered(self, ask):
        asked = ask()
        asked.hears(transStatus="N", eci="07")
        assert asked.stands().status == "Y"


class TestAuthorization:
    def test_carries_what_the_issuer_gave(self, ask, stub):
        asked = ask()
        assert isinstance(asked.authorize(), Authorized)
        [sent] = [message for message in stub.of_type("0100") if message["25"] != "51"]
        words = read_private_data(sent["48"])
        assert (words["ECI"], words["CAVV"], words["DST"]) == ("05", CAVV, asked.answer.ds_trans_id)
        assert "CAVV=sent" in WireMessage.objects.get(reference=asked.attempt).request["48"]
        assert not in_the_database(CAVV)

    @pytest.mark.parametrize(("said", "told"), [("M", "matched"), ("N", "refused"), ("", "sent")])
    def test_tells_what_the_network_thought_of_it(self, ask, stub, said, told):
        stub.script = lambda question: yes_to(question, f48=private_data(CAV=said) if said else None)
        assert ask().authorize().three_ds == told

    def test_without_a_value_none_is_sent(self, ask, directory, stub):
        directory.script = lambda question: answer_to(question, transStatus="I", eci="07", authenticationValue=None)
        answer = ask().authorize()
        assert (answer.three_ds, "CAVV" in stub.of_type("0100")[-1]["48"]) == ("", False)

    @pytest.mark.parametrize(
        "changes",
        [
            {"amount": yen(1_201)},
            {"reference": new_id("auth")},
            {"three_ds_ref": new_id("ath")},
        ],
    )
    def test_with_anything_else_nothing_is_sent(self, ask, stub, changes):
        asked = ask()
        before = len(stub.of_type("0100"))
        assert isinstance(asked.authorize(**changes), NotSent)
        assert len(stub.of_type("0100")) == before
        assert AuthenticationRecord.objects.get(reference=asked.reference).used_at is None

    def test_with_another_card_nothing_is_sent(self, ask, store, alices_wallet, stub):
        asked, other = ask(), store("3530111333300000", owner=alices_wallet).card_token
        before = len(stub.of_type("0100"))
        assert isinstance(asked.authorize(card_token=other), NotSent)
        assert len(stub.of_type("0100")) == before

    @pytest.mark.parametrize("status", ["N", "R", "C"])
    def test_an_issuer_who_did_not_agree_lets_nothing_out(self, ask, directory, stub, status):
        made = challenge_to if status == "C" else answer_to
        directory.script = lambda question: made(question, transStatus=status, eci=None)
        assert isinstance(ask().authorize(), NotSent)

    def test_one_result_serves_one_authorization(self, ask, stub):
        asked = ask()
        asked.authorize()
        WireMessage.objects.filter(reference=asked.attempt).delete()  # as if the attempt could begin anew
        before = len(stub.of_type("0100"))
        assert isinstance(asked.authorize(), NotSent)
        assert len(stub.of_type("0100")) == before

    def test_asked_again_it_is_answered_from_the_register(self, ask, stub):
        asked = ask()
        assert asked.authorize() == asked.authorize()
        assert len([message for message in stub.of_type("0100") if message["25"] != "51"]) == 1


def in_the_database(text):
    """Whether any text or JSON column of the vault or of the audit records holds it."""
    with connection.cursor() as cursor:
        for table in ("vault_authenticationrecord", "vault_wiremessage", "events_auditrecord"):
            cursor.execute(f"SELECT count(*) FROM {table} AS row WHERE row::text LIKE %s", [f"%{text}%"])  # noqa: S608
            if cursor.fetchone()[0]:
                return True
    return False
