"""Signing up and in: a passkey first, a code by e-mail second, no passwords, and always back to where one came from."""

import json
import re
from base64 import urlsafe_b64decode
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator as SignInKey
from django.http import HttpResponse
from django.urls import include, path

from accounts import services as accounts
from accounts import sessions
from accounts.errors import AssertionRefused, PasskeyNotRegistered
from accounts.models import Customer, PaymentPasskey, User
from accounts.passkeys import verify_assertion
from accounts.queries import passkey_by_credential, recovery_codes_left, sign_in_passkeys_of, sign_ins_of
from common import clock
from common.actors import Actor
from events.models import OutgoingMail
from merchants import services as merchants
from merchants.states import Role
from portal.guards import customer_required, recently_authenticated
from tests.accounts.authenticator import ORIGIN, RP_ID, UP, Authenticator, b64u

PAY = "/pay/pay_01"


@customer_required
def pay(request, payment_id):
    return HttpResponse(f"{request.customer.display_name} {request.actor.ref}")


@recently_authenticated
def cards(request):
    return HttpResponse("cards")


@recently_authenticated
def freeze(request):
    return HttpResponse("frozen")


urlpatterns = [
    path("pay/<payment_id>", pay),
    path("test-cards", cards),
    path("test-cards/freeze", freeze),
    path("", include("vaultpay.urls")),
]

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture(autouse=True)
def _mail_is_queued(settings):
    settings.EMAIL_BACKEND = "events.mail.QueueBackend"  # Django puts its own in front of every test


@pytest.fixture
def client(client):
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def later(monkeypatch):
    def go(**ahead):
        monkeypatch.setattr(clock, "offset", lambda: timedelta(**ahead))

    return go


def bytes_of(text):
    return urlsafe_b64decode(text + "==")


def last_mail():
    return OutgoingMail.objects.latest("queued_at", "id")


def last_code():
    return re.search(r"\b\d{4}-\d{4}\b", last_mail().text)[0]


def sign_up(client, email="carol@example.com", onward=PAY):
    client.post("/sign-up", {"email": email, "next": onward})
    return client.post("/sign-up/code", {"code": last_code(), "action": "verify", "next": onward})


def ask_for_code(client, email, onward=PAY):
    return client.post("/sign-in", {"email": email, "next": onward})


def enter(client, code, onward=PAY):
    return client.post("/sign-in/code", {"code": code, "action": "verify", "next": onward})


def sign_in(client, email):
    ask_for_code(client, email)
    return enter(client, last_code())


def options_of(page, form="data-options"):
    import html

    return json.loads(html.unescape(re.search(form + r'="([^"]+)"', page.content.decode())[1]))


@pytest.fixture
def passkey(client, alice):
    """Alice has signed in by code and added a sign-in passkey."""
    sign_in(client, alice.user.email)
    options = options_of(client.get("/security/sign-in-passkeys/add"))["publicKey"]
    key = Authenticator(handle=bytes_of(options["user"]["id"]))
    key.options = options
    answer = client.post(
        "/security/sign-in-passkeys/add",
        {"name": "Phone", "credential": json.dumps(key.create(bytes_of(options["challenge"])))},
    )
    assert answer.status_code == 302, answer.content
    key.answer = answer
    client.logout()
    return key


def by_passkey(client, key, onward=PAY, **how):
    options = client.get("/sign-in/passkey", headers={"accept": "application/json"}).json()["request_options"]
    challenge = bytes_of(options["publicKey"]["challenge"])
    return client.post("/sign-in/passkey", {"credential": json.dumps(key.get(challenge, **how)), "next": onward})


def is_signed_in(client):
    return "_auth_user_id" in client.session


class TestSigningUp:
    def test_takes_a_first_time_customer_back_to_the_checkout(self, client):
        first = client.get(PAY)
        assert first.status_code == 302
        assert first.url == "/sign-in?next=%2Fpay%2Fpay_01"
        page = client.get(first.url).content.decode()
        assert "/sign-up?next=%2Fpay%2Fpay_01" in page

        asked = client.post("/sign-up", {"email": "carol@example.com", "next": PAY})
        assert asked.url == "/sign-up/code"
        entered = client.post("/sign-up/code", {"code": last_code(), "action": "verify"})
        assert entered.url == PAY

        welcome = client.get(PAY)
        assert welcome.url == "/welcome?next=%2Fpay%2Fpay_01"
        named = client.post("/welcome", {"display_name": "Carol", "language": "en", "next": PAY})
        assert named.url == PAY
        carol = Customer.objects.get()
        assert client.get(PAY).content.decode() == f"Carol {carol.id}"
        assert carol.user.language == "en"

    def test_mails_a_code_in_the_readers_language_without_showing_it_in_the_subject(self, client):
        client.post("/sign-up", {"email": "carol@example.com"})
        mail = last_mail()
        assert last_code() in mail.html
        assert not re.search(r"\d{4}", mail.subject)
        assert mail.to == ["carol@example.com"]

    def test_takes_full_width_letters_and_digits(self, client):
        client.post("/sign-up", {"email": "ｃａｒｏｌ＠example.com"})
        wide = last_code().translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)}).replace("-", " ")
        assert client.post("/sign-up/code", {"code": wide, "action": "verify"}).url == "/home/"
        assert User.objects.get().email == "carol@example.com"

    def test_tells_a_stranger_nothing_about_who_has_a_wallet(self, client, alice):
        known = client.post("/sign-up", {"email": alice.user.email}, follow=True)
        assert "already" in last_mail().subject
        assert "/sign-in" in last_mail().text
        client.cookies.pop("session")
        unknown = client.post("/sign-up", {"email": "nobody@example.com"}, follow=True)
        plain = [re.sub(r'value="[^"]{64}"|\S+@\S+|req_\w+', "", page.content.decode()) for page in (known, unknown)]
        assert plain[0] == plain[1]

    def test_is_over_after_three_wrong_codes(self, client):
        client.post("/sign-up", {"email": "carol@example.com"})
        code = last_code()
        for _ in range(3):
            client.post("/sign-up/code", {"code": "0000-0000", "action": "verify"})
        client.post("/sign-up/code", {"code": code, "action": "verify"})
        assert not is_signed_in(client)

    def test_refuses_a_name_that_poses_as_another(self, client):
        sign_up(client)
        refused = client.post("/welcome", {"display_name": "Pаypal", "language": "en"})
        assert refused.status_code == 422
        assert "different alphabets" in refused.content.decode()

    def test_accepts_an_invitation_to_a_team_and_goes_to_its_dashboard(self, client, komorebi):
        merchants.invite_member(
            merchant_id=komorebi.id, email="carol@example.com", role=Role.FINANCE, by=komorebi.actor, now=clock.now()
        )
        assert sign_up(client, onward="").url == f"/dashboard/{komorebi.id}/"


class TestSigningInByCode:
    def test_leads_staff_to_their_pages_and_offers_them_no_wallet(self, client):
        mamoru = User.objects.create(email="mamoru@vaultpay.example", is_staff=True)
        ask_for_code(client, mamoru.email, onward="")
        assert enter(client, last_code(), onward="").url == "/staff/"

    def test_leads_back_and_is_written_down(self, client, alice):
        assert ask_for_code(client, alice.user.email).url == "/sign-in/code?next=%2Fpay%2Fpay_01"
        assert enter(client, last_code()).url == PAY
        (line,) = sign_ins_of(alice.user)
        assert (line.method, line.network) == ("email_code", "127.0.0.0/24")
        assert EmailAddress.objects.get(user=alice.user).verified

    def test_gives_the_session_a_new_key(self, client, alice):
        client.get("/sign-in")
        ask_for_code(client, alice.user.email)
        before = client.session.session_key
        enter(client, last_code())
        assert client.session.session_key != before

    def test_looks_the_same_to_a_stranger_and_mails_a_way_in(self, client):
        assert ask_for_code(client, "nobody@example.com").url == "/sign-in/code?next=%2Fpay%2Fpay_01"
        assert "no wallet" in last_mail().subject
        assert "/sign-up" in last_mail().text
        enter(client, "")
        assert not is_signed_in(client)

    def test_is_over_after_three_wrong_codes(self, client, alice):
        ask_for_code(client, alice.user.email)
        code = last_code()
        for _ in range(3):
            enter(client, "0000-0000")
        enter(client, code)
        assert not is_signed_in(client)

    def test_code_is_good_once_and_in_its_own_browser(self, client, alice):
        from django.test import Client

        ask_for_code(client, alice.user.email)
        code = last_code()
        other = Client()
        enter(other, code)
        assert not is_signed_in(other)
        enter(client, code)
        client.post("/sign-out")
        enter(client, code)
        assert not is_signed_in(client)

    def test_begins_anew_for_who_comes_back_with_another_address(self, client, alice):
        ask_for_code(client, "typo@example.com")
        assert client.get(f"/sign-in?next={PAY}").status_code == 200
        assert sign_in(client, alice.user.email).url == PAY

    def test_start_over_forgets_what_was_begun(self, client):
        ask_for_code(client, "typo@example.com")
        assert client.post("/sign-in/start-over", {"next": PAY}).url == "/sign-in?next=%2Fpay%2Fpay_01"
        assert client.get("/sign-in/code").status_code == 302

    def test_limits_how_many_codes_are_asked_for(self, client, alice):
        for _ in range(4):
            page = ask_for_code(client, alice.user.email)
        assert page.status_code == 200
        assert "Too many tries" in page.content.decode()

    @pytest.mark.parametrize(
        "onward",
        [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "http://testserver/pay",
            "javascript:alert(1)",
            "https:evil.example",
        ],
    )
    def test_never_leads_anywhere_else(self, client, alice, onward):
        ask_for_code(client, alice.user.email, onward)
        assert enter(client, last_code(), onward).url == "/home/"
        again = client.get("/sign-in", {"next": onward})
        assert again.url == "/home/"
        client.post("/sign-out", {"next": onward})

    def test_switched_off_sign_in_stays_shut(self, client, alice):
        User.objects.filter(pk=alice.user.pk).update(is_active=False)
        ask_for_code(client, alice.user.email)
        assert "no wallet" in last_mail().subject

    def test_there_is_no_password_page(self, client):
        for nothing in ("/accounts/login/", "/password/reset/", "/sign-in/password"):
            assert client.get(nothing).status_code == 404


class TestSigningInByPasskey:
    def test_asks_for_a_resident_key_that_verifies_its_owner(self, alice, passkey):
        wanted = passkey.options["authenticatorSelection"]
        assert (wanted["residentKey"], wanted["userVerification"]) == ("required", "required")
        assert passkey.options["rp"]["id"] == RP_ID
        assert passkey.options["user"]["id"] != b64u(alice.customer.id.encode())
        assert [key.name for key in sign_in_passkeys_of(alice.user)] == ["Phone"]

    def test_leads_back_to_the_checkout(self, client, alice, passkey):
        assert by_passkey(client, passkey).url == PAY
        assert client.get(PAY).status_code == 200
        assert sign_ins_of(alice.user)[0].method == "passkey"

    @pytest.mark.parametrize(
        "how",
        [
            {"kind": "payment.get"},
            {"kind": "webauthn.create"},
            {"origin": "http://localhost:8001"},
            {"origin": "https://localhost"},
            {"origin": "http://sub.localhost:8000"},
            {"members": {"crossOrigin": True}},
            {"members": {"topOrigin": "http://evil.example"}},
            {"members": {"payment": {}}},
            {"rp_id": "evil.example"},
            {"flags": UP},
            {"flags": 0x04},
        ],
    )
    def test_refuses_anything_but_a_sign_in_on_our_own_page(self, client, passkey, how):
        refused = by_passkey(client, passkey, **how)
        assert refused.url == "/sign-in?next=%2Fpay%2Fpay_01"
        assert not is_signed_in(client)

    def test_refuses_another_challenge_and_the_same_one_twice(self, client, passkey):
        assert "/sign-in" in client.post("/sign-in/passkey", {"credential": json.dumps(passkey.get(b"x" * 32))}).url
        options = client.get("/sign-in/passkey", headers={"accept": "application/json"}).json()["request_options"]
        answer = {"credential": json.dumps(passkey.get(bytes_of(options["publicKey"]["challenge"]))), "next": PAY}
        assert client.post("/sign-in/passkey", answer).url == PAY
        client.post("/sign-out")
        client.post("/sign-in/passkey", answer)
        assert not is_signed_in(client)

    def test_refuses_a_counter_that_goes_back(self, client, passkey):
        assert by_passkey(client, passkey, counter=5).url == PAY
        client.post("/sign-out")
        by_passkey(client, passkey, counter=5)
        assert not is_signed_in(client)
        assert by_passkey(client, passkey, counter=6).url == PAY

    @pytest.mark.parametrize("nonsense", ["", "{", "[]", "null", "5", '{"id":"AA","response":{}}', '{"response":[]}'])
    def test_survives_nonsense(self, client, passkey, nonsense):
        client.get("/sign-in/passkey", headers={"accept": "application/json"})
        assert client.post("/sign-in/passkey", {"credential": nonsense}).status_code == 302
        assert not is_signed_in(client)

    @pytest.mark.parametrize("missing", ["id", "clientDataJSON", "authenticatorData", "signature", "userHandle"])
    def test_survives_missing_parts(self, client, passkey, missing):
        options = client.get("/sign-in/passkey", headers={"accept": "application/json"}).json()["request_options"]
        credential = passkey.get(bytes_of(options["publicKey"]["challenge"]))
        credential.pop(missing, None)
        credential["response"].pop(missing, None)
        assert client.post("/sign-in/passkey", {"credential": json.dumps(credential)}).status_code == 302
        assert not is_signed_in(client)

    def test_no_longer_opens_by_a_code_alone(self, client, alice, passkey):
        second = sign_in(client, alice.user.email)
        assert second.url == "/sign-in/second-step"
        assert not is_signed_in(client)
        options = options_of(client.get("/sign-in/second-step"))
        challenge = bytes_of(options["publicKey"]["challenge"])
        opened = client.post("/sign-in/second-step", {"credential": json.dumps(passkey.get(challenge))})
        assert opened.url == PAY

    def test_a_recovery_code_stands_in_for_a_lost_passkey_once(self, client, alice, passkey):
        assert passkey.answer.url == "/security/recovery-codes"
        codes = SignInKey.objects.get(type="recovery_codes").wrap().get_unused_codes()
        assert all(len(code) == 20 for code in codes)
        for opens in (True, False):
            sign_in(client, alice.user.email)
            client.post("/sign-in/second-step", {"code": codes[0]})
            assert is_signed_in(client) is opens
            client.post("/sign-out")
        assert recovery_codes_left(alice.user) == 9

    def test_recovery_seed_is_sealed_in_the_database(self, passkey):
        seed = SignInKey.objects.get(type="recovery_codes").data["seed"]
        assert not re.fullmatch(r"[0-9a-f]+", seed)

    def test_refuses_a_new_passkey_that_was_made_elsewhere(self, client, alice):
        sign_in(client, alice.user.email)
        for how in ({"origin": "http://localhost:8001"}, {"flags": UP}, {"rp_id": "evil.example"}):
            options = options_of(client.get("/security/sign-in-passkeys/add"))["publicKey"]
            credential = Authenticator().create(bytes_of(options["challenge"]), **how)
            refused = client.post("/security/sign-in-passkeys/add", {"credential": json.dumps(credential)})
            assert refused.status_code == 200
        assert not SignInKey.objects.exists()


class TestTheTwoKindsOfPasskey:
    @pytest.fixture
    def payment_key(self, alice):
        offer = accounts.offer_passkey_registration(customer_id=alice.customer.id, now=clock.now())
        key = Authenticator(handle=alice.customer.id.encode())
        credential = key.create(bytes_of(offer["challenge"]))
        accounts.register_passkey(
            customer_id=alice.customer.id, credential=credential, label="", by=Actor(alice.customer.id), now=clock.now()
        )
        return key

    def test_a_payment_passkey_opens_no_door(self, client, alice, passkey, payment_key):
        assert not SignInKey.objects.filter(data__credential__id=b64u(payment_key.credential_id)).exists()
        for handle in (alice.customer.id, alice.user.id):
            payment_key.handle = handle.encode()
            by_passkey(client, payment_key)
            assert not is_signed_in(client)

    def test_a_sign_in_passkey_approves_nothing(self, client, alice, passkey, payment_key):
        with pytest.raises(AssertionRefused):
            passkey_by_credential(alice.customer.id, b64u(passkey.credential_id))
        challenge = b"c" * 32
        with pytest.raises(AssertionRefused):
            verify_assertion(
                passkey=PaymentPasskey.objects.get().facts(),
                challenge=challenge,
                assertion=passkey.get(challenge),
                origin=ORIGIN,
                rp_id=RP_ID,
                payment=None,
                kind="webauthn.get",
            )

    def test_their_registrations_are_not_taken_for_each_other(self, client, alice, passkey):
        sign_in_challenge = bytes_of(passkey.options["challenge"])
        with pytest.raises(PasskeyNotRegistered):
            accounts.register_passkey(
                customer_id=alice.customer.id,
                credential=Authenticator().create(sign_in_challenge),
                label="",
                by=Actor(alice.customer.id),
                now=clock.now(),
            )


class TestProvingAgain:
    def test_is_not_asked_right_after_the_sign_in(self, client, alice):
        sign_in(client, alice.user.email)
        assert client.get("/test-cards").content == b"cards"

    def test_is_asked_after_five_minutes_and_leads_back(self, client, alice, later):
        sign_in(client, alice.user.email)
        later(minutes=4, seconds=50)
        assert client.get("/test-cards").status_code == 200
        later(minutes=5, seconds=1)
        assert client.get("/test-cards?page=2").url == "/sign-in/again?next=%2Ftest-cards%3Fpage%3D2"
        assert client.post("/test-cards/freeze").url == "/sign-in/again?next=%2Ftest-cards"

    def test_leads_the_whole_page_there_when_only_a_part_asked(self, client, alice, later):
        sign_in(client, alice.user.email)
        later(minutes=6)
        part = client.post("/test-cards/freeze", headers={"HX-Request": "true", "HX-Current-URL": f"{ORIGIN}/x?y=1"})
        assert (part.status_code, part["HX-Redirect"]) == (200, "/sign-in/again?next=%2Fx%3Fy%3D1")

    def test_works_by_a_code_for_who_has_no_passkey(self, client, alice, later):
        sign_in(client, alice.user.email)
        later(minutes=6)
        client.post("/sign-in/again/send", {"next": "/test-cards"})
        wrong = client.post("/sign-in/again", {"code": "0000-0000", "next": "/test-cards"})
        assert wrong.status_code == 422
        assert client.get("/test-cards").status_code == 302
        right = client.post("/sign-in/again", {"code": last_code(), "next": "/test-cards"})
        assert right.url == "/test-cards"
        assert client.get("/test-cards").status_code == 200

    def test_code_is_over_after_three_tries_and_after_five_minutes(self, client, alice, later):
        sign_in(client, alice.user.email)
        later(minutes=6)
        client.post("/sign-in/again/send")
        code = last_code()
        for _ in range(3):
            client.post("/sign-in/again", {"code": "0000-0000"})
        client.post("/sign-in/again", {"code": code})
        assert client.get("/test-cards").status_code == 302
        client.post("/sign-in/again/send")
        later(minutes=11, seconds=1)
        client.post("/sign-in/again", {"code": last_code()})
        assert client.get("/test-cards").status_code == 302

    def test_works_by_passkey_only_for_who_has_one(self, client, alice, passkey, later):
        by_passkey(client, passkey)
        later(minutes=6)
        mails = OutgoingMail.objects.count()
        client.post("/sign-in/again/send")
        assert OutgoingMail.objects.count() == mails
        options = options_of(client.get("/sign-in/again?next=/test-cards"))["publicKey"]
        assert [key["id"] for key in options["allowCredentials"]] == [b64u(passkey.credential_id)]
        bad = passkey.get(bytes_of(options["challenge"]), kind="payment.get")
        assert client.post("/sign-in/again", {"credential": json.dumps(bad)}).status_code == 422
        good = passkey.get(bytes_of(options_of(client.get("/sign-in/again"))["publicKey"]["challenge"]))
        proved = client.post("/sign-in/again", {"credential": json.dumps(good), "next": "/test-cards"})
        assert proved.url == "/test-cards"
        assert client.get("/test-cards").status_code == 200

    def test_guards_every_change_of_passkeys(self, client, alice, passkey, later):
        by_passkey(client, passkey)
        pk = SignInKey.objects.get(type="webauthn").pk
        later(minutes=6)
        for page in ("add", f"{pk}/remove", f"{pk}/rename"):
            for ask in (client.get, client.post):
                assert "/sign-in/again" in ask(f"/security/sign-in-passkeys/{page}").url
        for page in ("", "/renew"):
            assert "/sign-in/again" in client.post(f"/security/recovery-codes{page}").url

    def test_a_session_without_a_proof_is_asked(self, client, alice):
        client.force_login(alice.user)
        assert "/sign-in/again" in client.get("/test-cards").url
        session = client.session
        sessions.begin(session, now=clock.now())
        session.save()
        assert client.get("/test-cards").status_code == 200


class TestASession:
    def test_ends_half_an_hour_after_it_was_last_used(self, client, alice, later):
        sign_in(client, alice.user.email)
        for minutes in (20, 40, 60):
            later(minutes=minutes)
            assert client.get(PAY).status_code == 200
        later(minutes=91)
        assert "/sign-in" in client.get(PAY).url
        assert not is_signed_in(client)

    def test_ends_after_twelve_hours_however_busy_it_was(self, client, alice, later):
        sign_in(client, alice.user.email)
        for quarter in range(1, 48):
            later(minutes=15 * quarter)
            assert client.get(PAY).status_code == 200
        later(hours=12)
        assert client.get(PAY).status_code == 302

    def test_ends_everywhere_when_its_owner_says_so(self, client, alice):
        sign_in(client, alice.user.email)
        accounts.end_sessions(user_id=alice.user.id, by=alice.actor, now=clock.now())
        assert client.get(PAY).status_code == 302

    def test_ends_with_signing_out(self, client, alice):
        sign_in(client, alice.user.email)
        assert client.get("/sign-out").status_code == 200
        assert is_signed_in(client)
        assert client.post("/sign-out").url == "/signed-out"
        assert not is_signed_in(client)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_is_there_in_both_languages(client, alice, passkey, later, language):
    client.cookies["django_language"] = language
    for page in ("/sign-in", f"/sign-in?next={PAY}", "/sign-up", "/signed-out", "/sign-in/inactive"):
        assert client.get(page).status_code == 200, page
    sign_in(client, alice.user.email)
    assert client.get("/sign-in/second-step").status_code == 200
    by_passkey(client, passkey)
    pk = SignInKey.objects.get(type="webauthn").pk
    for page in (
        "/sign-out",
        "/sign-in/again",
        "/security/sign-in-passkeys/add",
        f"/security/sign-in-passkeys/{pk}/remove",
        f"/security/sign-in-passkeys/{pk}/rename",
        "/security/recovery-codes",
        "/security/recovery-codes/renew",
    ):
        assert client.get(page).status_code == 200, page
