"""The directory and the issuer of the sandbox, card by card."""

import asyncio
import json
from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient, TestServer

from common.base64url import from_base64url, to_base64url
from common.logs import passes_luhn
from sandbox.cavv import LENGTH, Authenticated
from sandbox.threeds.messages import Refused
from sandbox.threeds.pages import threeds_pages
from tests.sandbox.threeds import Commerce, proof, question
from tests.sandbox.wire import run

PREFIXES = {"visa": ("400000990000", 3), "mastercard": ("555555990000", 3), "jcb": ("353011990000", 3),
            "amex": ("378282990000", 2), "diners": ("30569399000", 2)}  # fmt: skip


def scenario(number, brand="visa"):
    prefix, width = PREFIXES[brand]
    body = f"{prefix}{number:0{width}}"
    return next(body + str(digit) for digit in range(10) if passes_luhn(body + str(digit)))


@pytest.fixture
def commerce():
    return Commerce()


class TestAnswers:
    @pytest.mark.parametrize(
        ("number", "status", "visa_eci", "mastercard_eci", "with_value"),
        [
            (40, "Y", "05", "02", True), (41, "A", "06", "01", True), (42, "N", "07", "00", False),
            (43, "R", "07", "00", False), (44, "U", "07", "00", False), (51, "I", "07", "04", False),
            (54, "Y", "07", "00", False), (1, "Y", "05", "02", True),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("brand", PREFIXES)
    def test_each_brand_has_its_own_eci(self, commerce, brand, number, status, visa_eci, mastercard_eci, with_value):
        answer, _row = run(commerce.asks(scenario(number, brand)))
        wanted = mastercard_eci if brand == "mastercard" else visa_eci
        assert (answer["transStatus"], answer["eci"]) == (status, wanted)
        assert ("authenticationValue" in answer) == with_value

    def test_the_value_is_known_again_for_this_card_and_amount_only(self, commerce):
        number = scenario(40)
        answer, row = run(commerce.asks(number))
        known, value = Authenticated(number, row.ds_id, "05", 12_800, "392"), answer["authenticationValue"]
        assert len(value) == LENGTH
        assert known.is_signed_by(value)
        for change in ({"amount": 12_801}, {"number": scenario(41)}, {"eci": "06"}, {"ds_id": "another"}):
            assert not replace(known, **change).is_signed_by(value)

    @pytest.mark.parametrize(
        "number",
        [scenario(45), "4000002760003184", "4000002500003155", "4000000000003220", "4000008400001629",
         "4000008260003178"],
    )  # fmt: skip
    def test_a_challenge_names_the_issuers_page_and_no_outcome(self, commerce, number):
        answer, _row = run(commerce.asks(number))
        assert (answer["transStatus"], answer["acsURL"]) == ("C", "http://localhost:9/acs/challenge")
        assert not {"eci", "authenticationValue"} & set(answer)

    def test_a_directory_may_keep_silent(self, commerce):
        assert run(commerce.asks(scenario(49)))[0] is None

    @pytest.mark.parametrize("number", [scenario(56), scenario(80), "4242424242424242"])
    def test_a_challenge_that_the_commerce_must_have_is_held(self, commerce, number):
        assert run(commerce.asks(number))[0]["transStatus"] in {"Y", "I"}
        assert run(commerce.asks(number, threeDSRequestorChallengeInd="04"))[0]["transStatus"] == "C"

    def test_who_was_set_up_with_a_challenge_once_is_not_asked_again(self, commerce):
        async def story():
            _answer, row = await commerce.asks("4000002500003155")
            await commerce.issuer.conclude(row, "pass")
            return (await commerce.asks("4000002500003155"))[0]["transStatus"]

        assert run(story()) == "Y"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"messageVersion": "1.0.2"}, "messageVersion"),
            ({"messageType": "CReq"}, "messageType"),
            ({"acctNumber": None}, "acctNumber"),
            ({"notificationURL": ""}, "notificationURL"),
            ({"purchaseAmount": "12,800"}, "purchaseAmount"),
        ],
    )
    def test_what_lacks_a_field_is_refused_by_its_name(self, commerce, changes, field):
        with pytest.raises(Refused) as no:
            run(commerce.asks("4242424242424242", **changes))
        assert no.value.detail == field


class TestProof:
    def test_a_genuine_signature_of_a_passkey_lets_the_issuer_ask_nothing_more(self, commerce):
        answer, row = run(commerce.asks("4242424242424242"))
        assert (answer["transStatus"], row.proof) == ("Y", "verified")

    @pytest.mark.parametrize(
        ("info", "seen"),
        [
            (None, "missing"),
            ({**proof(), "threeDSReqAuthMethod": "02"}, "missing"),
            ({**proof(), "threeDSReqAuthTimestamp": "today"}, "unreadable"),
            ({**proof(), "threeDSReqAuthData": "{}"}, "unreadable"),
            ({**proof(), "threeDSReqAuthData": "x" * 2_049}, "unreadable"),
            (proof(clientDataHash=to_base64url(b"h" * 32)), "wrong"),
        ],
    )
    def test_without_one_the_issuer_looks_for_itself(self, commerce, info, seen):
        answer, row = run(commerce.asks("4242424242424242", threeDSRequestorAuthenticationInfo=info))
        assert (answer["transStatus"], row.proof) == ("C", seen)


class TestResults:
    @pytest.mark.parametrize(
        ("number", "pressed", "result", "canceled"),
        [(45, "pass", "Y", False), (45, "fail", "N", False), (45, "cancel", "N", True), (46, "pass", "N", False),
         (47, "pass", "N", True), (52, "fail", "Y", False)],
    )  # fmt: skip
    def test_the_commerce_is_told_what_the_card_ends_with(self, commerce, number, pressed, result, canceled):
        async def story():
            _answer, row = await commerce.asks(scenario(number))
            await commerce.issuer.conclude(row, pressed)
            await commerce.issuer.conclude(row, "pass")  # pressed twice, told once
            return row

        row = run(story())
        [(url, told)] = commerce.heard
        assert url == "http://localhost:8000/3ds/results/key"
        assert (told["transStatus"], told.get("challengeCancel")) == (result, "01" if canceled else None)
        assert (told["dsTransID"], told["acsTransID"]) == (row.ds_id, row.acs_id)
        assert ("authenticationValue" in told, told["eci"]) == ((True, "05") if result == "Y" else (False, "07"))
        assert row.acknowledged

    def test_a_result_may_name_another_transaction(self, commerce):
        async def story():
            _answer, row = await commerce.asks(scenario(55))
            await commerce.issuer.conclude(row, "pass")
            return row

        run(story())
        [(_url, told)] = commerce.heard
        assert told["dsTransID"] not in {row.ds_id for row in commerce.issuer.transactions.values()}

    def test_a_result_may_never_come(self, commerce):
        async def story():
            _answer, row = await commerce.asks(scenario(48))
            await commerce.issuer.conclude(row, "pass")

        run(story())
        assert commerce.heard == []

    def test_a_decoupled_result_comes_after_thirty_seconds(self, commerce):
        async def story():
            answer, row = await commerce.asks(scenario(50))
            task = asyncio.create_task(commerce.issuer.tell_when_due(every_seconds=0.01))
            await asyncio.sleep(0.05)
            early = list(commerce.heard)
            commerce.later(seconds=30)
            for _ in range(200):
                if row.acknowledged:
                    break
                await asyncio.sleep(0.01)
            task.cancel()
            return answer, early

        answer, early = run(story())
        assert (answer["transStatus"], early) == ("D", [])
        assert commerce.heard[0][1]["transStatus"] == "Y"


@pytest.mark.loopback
class TestPages:
    @pytest.mark.parametrize(("language", "words"), [("en", "Is it you?"), ("ja", "ご本人ですか")])
    def test_the_customer_comes_with_a_form_and_leaves_with_one(self, commerce, language, words):
        async def story():
            async with TestClient(TestServer(threeds_pages(commerce.issuer))) as client:
                asked = await (await client.post("/directory", json=question(scenario(45)))).json()
                creq = {
                    "messageType": "CReq", "messageVersion": "2.2.0", "challengeWindowSize": "05",
                    "threeDSServerTransID": asked["threeDSServerTransID"], "acsTransID": asked["acsTransID"],
                }  # fmt: skip
                form = {"creq": to_base64url(json.dumps(creq).encode())}
                elsewhere = {"Sec-Fetch-Site": "cross-site", "Accept-Language": language}
                shown = await client.post("/acs/challenge", data=form, headers=elsewhere)
                assert words in await shown.text()
                answer = {"transaction": asked["acsTransID"], "answer": "pass"}
                assert (await client.post("/acs/answer", data=answer, headers=elsewhere)).status == 403
                back = await client.post("/acs/answer", data=answer)
                assert "form-action http://localhost:8000;" in back.headers["Content-Security-Policy"]
                text = await back.text()
                cres = json.loads(from_base64url(text.partition('name="cres" value="')[2].partition('"')[0]))
                assert (cres["messageType"], cres["transStatus"]) == ("CRes", "Y")
                assert 'action="http://localhost:8000/3ds/return/ath"' in text
                row = await (await client.get(f"/transactions/{asked['acsTransID']}")).json()
                assert (row["result"], row["proof"]) == ("Y", "verified")
                assert scenario(45) not in json.dumps(row) + await (await client.get("/")).text()

        run(story())

    def test_strangers_find_nothing(self, commerce):
        async def story():
            async with TestClient(TestServer(threeds_pages(commerce.issuer))) as client:
                assert (await client.post("/acs/challenge", data={"creq": "e30"})).status == 400
                unknown = to_base64url(b'{"messageType": "CReq", "acsTransID": "x"}')
                assert (await client.post("/acs/challenge", data={"creq": unknown})).status == 404
                assert (await client.post("/acs/answer", data={"answer": "pass"})).status == 404
                assert (await client.get("/transactions/x")).status == 404
                broken = await client.post("/directory", data=b'{"messageType": "AReq", "messageType": "AReq"}')
                assert (await broken.json())["messageType"] == "Erro"
                refused = await client.post("/directory", json=question(acctNumber=None))
                assert (await refused.json())["errorDetail"] == "acctNumber"

        run(story())
