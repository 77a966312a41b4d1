"""The software passkey, looked at by two verifiers that we did not write."""

import hashlib
import json
from pathlib import Path

import pytest
import webauthn
from aiohttp import web
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.webauthn import AuthenticatorData, PublicKeyCredentialRpEntity
from webauthn.helpers.exceptions import InvalidAuthenticationResponse

from common.base64url import from_base64url, to_base64url
from sandbox.passkey import PRESENT, SOFTWARE, CannotAnswer, SoftwarePasskey, Twists
from tests.sandbox.wire import run

RP, ORIGIN = "localhost", "http://localhost:8000"
CHALLENGE = bytes(range(32))
ALICE = SoftwarePasskey(b"a seed of 32 bytes, or of others", "cus_alice")
SCRIPT = Path(__file__).parents[2] / "static" / "sandbox" / "software-passkey.js"


def creation(**more):
    return {
        "rp": {"id": RP, "name": "VaultPay"},
        "user": {"id": to_base64url(b"alice"), "name": "alice@example.com", "displayName": "Alice"},
        "challenge": to_base64url(CHALLENGE),
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -257}],
        **more,
    }


def request(**more):
    return {
        "challenge": to_base64url(CHALLENGE),
        "rpId": RP,
        "allowCredentials": [],
        "userVerification": "required",
        **more,
    }


def registered(answer):
    return webauthn.verify_registration_response(
        credential=answer, expected_challenge=CHALLENGE, expected_rp_id=RP, expected_origin=ORIGIN,
        require_user_verification=True,
    )  # fmt: skip


def verified(answer, public_key):
    return webauthn.verify_authentication_response(
        credential=answer, expected_challenge=CHALLENGE, expected_rp_id=RP, expected_origin=ORIGIN,
        credential_public_key=public_key, credential_current_sign_count=0, require_user_verification=True,
    )  # fmt: skip


class TestSoftwarePasskey:
    def test_registers_and_signs_in_the_eyes_of_webauthn(self):
        passkey = registered(ALICE.create(creation(), origin=ORIGIN))
        assert passkey.credential_id == ALICE.credential_id
        assert passkey.credential_public_key == ALICE.public_key
        assert bytes.fromhex(passkey.aaguid.replace("-", "")) == SOFTWARE
        assert verified(ALICE.get(request(), origin=ORIGIN), passkey.credential_public_key).user_verified

    def test_registers_and_signs_in_the_eyes_of_fido2(self):
        server = Fido2Server(PublicKeyCredentialRpEntity(id=RP, name="VaultPay"), verify_origin=lambda o: o == ORIGIN)
        state = {"challenge": to_base64url(CHALLENGE), "user_verification": "required"}
        known = server.register_complete(state, ALICE.create(creation(), origin=ORIGIN)).credential_data
        assert server.authenticate_complete(state, [known], ALICE.get(request(), origin=ORIGIN)) == known

    def test_grows_the_same_from_the_same_seed_and_name(self):
        again = SoftwarePasskey(ALICE.seed, ALICE.name)
        assert (again.credential_id, again.public_key) == (ALICE.credential_id, ALICE.public_key)
        assert SoftwarePasskey(ALICE.seed, "cus_bob").credential_id != ALICE.credential_id
        assert "seed" not in repr(ALICE)

    def test_signs_what_secure_payment_confirmation_would(self):
        payment = {"rpId": RP, "topOrigin": ORIGIN, "total": {"currency": "JPY", "value": "12800"}}
        response = ALICE.get(request(), origin=ORIGIN, payment=payment)["response"]
        client_data = from_base64url(response["clientDataJSON"])
        assert json.loads(client_data) | {"type": "payment.get", "payment": payment} == json.loads(client_data)
        signed = AuthenticatorData(from_base64url(response["authenticatorData"]))
        CoseKey.parse(cbor.decode(ALICE.public_key)).verify(
            bytes(signed) + hashlib.sha256(client_data).digest(), from_base64url(response["signature"])
        )

    def test_carries_the_user_handle_it_is_given(self):
        assert ALICE.get(request(), origin=ORIGIN, user_handle=b"alice")["response"]["userHandle"] == to_base64url(
            b"alice"
        )

    @pytest.mark.parametrize(
        "twists",
        [
            Twists(flags=PRESENT),
            Twists(rp_id="evil.example"),
            Twists(client_data=lambda said: said | {"origin": "https://evil.example"}),
            Twists(client_data=lambda said: said | {"challenge": to_base64url(b"another")}),
            Twists(client_data=lambda said: said | {"type": "payment.get"}),
            Twists(signature=lambda raw: raw[:-1] + bytes([raw[-1] ^ 1])),
        ],
    )
    def test_a_bent_answer_is_refused(self, twists):
        with pytest.raises(InvalidAuthenticationResponse):
            verified(ALICE.get(request(), origin=ORIGIN, twists=twists), ALICE.public_key)

    @pytest.mark.parametrize(
        "options",
        [
            creation(pubKeyCredParams=[{"type": "public-key", "alg": -257}]),
            creation(excludeCredentials=[{"type": "public-key", "id": to_base64url(ALICE.credential_id)}]),
        ],
    )
    def test_cannot_register_what_it_is_not(self, options):
        with pytest.raises(CannotAnswer):
            ALICE.create(options, origin=ORIGIN)

    def test_cannot_answer_for_another(self):
        others = request(allowCredentials=[{"type": "public-key", "id": to_base64url(b"another")}])
        with pytest.raises(CannotAnswer):
            ALICE.get(others, origin=ORIGIN)


@pytest.mark.browser
@pytest.mark.loopback
class TestInTheBrowser:
    """The same as a script: what it makes in a real Chromium is verified here."""

    @pytest.fixture
    def played(self):
        """Run `expression` on a page that has the script as `passkey`, under the product's strict policy."""
        from playwright.async_api import async_playwright

        async def play(expression, *arguments):
            policy = "default-src 'none'; script-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
            main = "import * as passkey from '/software-passkey.js'; globalThis.passkey = passkey;"

            async def blank(_request):
                text = '<!doctype html><title>x</title><script type="module" src="/main.js"></script>'
                return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": policy})

            async def main_script(_request):
                return web.Response(text=main, content_type="text/javascript")

            async def script(_request):
                return web.Response(text=SCRIPT.read_text(), content_type="text/javascript")

            pages = web.Application()
            pages.add_routes(
                [web.get("/", blank), web.get("/main.js", main_script), web.get("/software-passkey.js", script)]
            )
            runner = web.AppRunner(pages)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            origin = f"http://localhost:{runner.addresses[0][1]}"
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
                tab = await browser.new_page()
                complaints = []
                tab.on("console", lambda message: complaints.append(message.text))
                await tab.goto(origin)
                await tab.wait_for_function("globalThis.passkey")
                answer = await tab.evaluate(expression, list(arguments))
                await browser.close()
            await runner.cleanup()
            return origin, answer, complaints

        return play

    def test_registers_and_then_signs(self, played):
        story = """async ([creation, login, payment]) => {
            const made = await passkey.create(creation);
            const paying = await passkey.create({...creation, extensions: {payment: {isPayment: true}}});
            const refused = [];
            for (const attempt of [
                () => passkey.create({...creation, excludeCredentials: [{id: made.id, type: "public-key"}]}),
                () => passkey.get({...login, rpId: "evil.example"}),
                () => passkey.get({...login, allowCredentials: [{id: "AAAA", type: "public-key"}]}),
            ]) { try { await attempt(); } catch (error) { refused.push(error.name); } }
            const signed = [];
            for (let round = 0; round < 20; round += 1) { signed.push(await passkey.get(login)); }
            const paid = await passkey.get({...payment, allowCredentials: [{id: paying.id, type: "public-key"}]});
            return {made, paying, refused, signed, paid, usable: passkey.isUsable(),
                here: [await passkey.isHere(["AAAA", made.id]), await passkey.isHere(["AAAA"])]};
        }"""
        origin, answer, complaints = run(played(story, creation(), request(), request()))
        keys = {}
        for credential in (answer["made"], answer["paying"]):
            passkey = webauthn.verify_registration_response(
                credential=credential, expected_challenge=CHALLENGE, expected_rp_id=RP, expected_origin=origin,
                require_user_verification=True,
            )  # fmt: skip
            keys[credential["id"]] = passkey.credential_public_key
            assert bytes.fromhex(passkey.aaguid.replace("-", "")) == SOFTWARE
        for assertion in (*answer["signed"], answer["paid"]):
            webauthn.verify_authentication_response(
                credential=assertion, expected_challenge=CHALLENGE, expected_rp_id=RP, expected_origin=origin,
                credential_public_key=keys[assertion["id"]], credential_current_sign_count=0,
                require_user_verification=True,
            )  # fmt: skip
        assert {assertion["id"] for assertion in answer["signed"]} == {answer["made"]["id"]}
        assert answer["paid"]["id"] == answer["paying"]["id"]
        assert answer["refused"] == ["InvalidStateError", "SecurityError", "NotAllowedError"]
        assert (answer["usable"], answer["here"], complaints) == (True, [True, False], [])
