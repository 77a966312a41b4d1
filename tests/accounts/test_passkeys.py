"""What a payment passkey must prove. Every member is bent once; each bend alone must be enough for a no."""

import copy
import json
from hashlib import sha256

import pytest
import webauthn
from fido2 import cbor

from accounts.errors import AssertionRefused, PasskeyNotRegistered
from accounts.passkeys import client_data_is_ours, verify_assertion, verify_registration
from accounts.types import PasskeyFacts, PaymentMembers
from tests.accounts.authenticator import AT, BE, BS, ORIGIN, RP_ID, UP, UV, Authenticator, b64u, client_data

CHALLENGE = sha256(b"the details").digest()
GLASSES = PaymentMembers(
    payee_name="Komorebi Glasses",
    payee_origin="https://komorebi.example",
    currency="JPY",
    value="12800",
    instrument_name="Visa •••• 4242",
    instrument_icon="http://localhost:8000/static/card.png",
)
SIGNED = {
    "rpId": RP_ID,
    "topOrigin": ORIGIN,
    "payeeName": "Komorebi Glasses",
    "payeeOrigin": "https://komorebi.example",
    "total": {"currency": "JPY", "value": "12800"},
    "instrument": {"displayName": "Visa •••• 4242", "icon": "http://localhost:8000/static/card.png"},
}


def facts(authenticator, *, sign_count=0, backup_eligible=False, **changed):
    known = {
        "credential_id": authenticator.credential_id,
        "public_key": authenticator.cose,
        "sign_count": sign_count,
        "backup_eligible": backup_eligible,
        "user_handle": b"cus_alice",
    }
    return PasskeyFacts(**{**known, **changed})


def verify(authenticator, assertion, *, payment=None, challenge=CHALLENGE, origin=ORIGIN, rp_id=RP_ID, **known):
    return verify_assertion(
        passkey=facts(authenticator, **known),
        challenge=challenge,
        assertion=assertion,
        origin=origin,
        rp_id=rp_id,
        payment=payment,
        kind="payment.get" if payment else "webauthn.get",
    )


def why(authenticator, assertion, **how) -> str:
    with pytest.raises(AssertionRefused) as no:
        verify(authenticator, assertion, **how)
    assert no.value.message == AssertionRefused.message  # one sentence outwards, whatever was wrong
    assert not no.value.facts
    return no.value.why


def bent(assertion, member, value):
    other = copy.deepcopy(assertion)
    other["response"][member] = value
    return other


@pytest.fixture(scope="module", params=[-7, -257], ids=["ES256", "RS256"])
def key(request):
    return Authenticator(algorithm=request.param, handle=b"cus_alice")


@pytest.fixture(scope="module")
def alices():
    return Authenticator(handle=b"cus_alice")


class TestAPlainAssertion:
    def test_is_accepted_when_all_is_as_it_must_be(self, key):
        verified = verify(key, key.get(CHALLENGE))
        assert (verified.kind, verified.sign_count) == ("webauthn.get", 0)

    def test_is_accepted_by_a_verifier_that_we_did_not_write_too(self, key):
        assertion = key.get(CHALLENGE, counter=8)
        second = webauthn.verify_authentication_response(
            credential=assertion,
            expected_challenge=CHALLENGE,
            expected_rp_id=RP_ID,
            expected_origin=ORIGIN,
            credential_public_key=key.cose,
            credential_current_sign_count=7,
            require_user_verification=True,
        )
        assert second.new_sign_count == verify(key, assertion, sign_count=7).sign_count == 8

    def test_may_carry_members_that_we_do_not_know(self, alices):
        extra = {"other_keys_can_be_added_here": "do not compare clientDataJSON against a template"}
        assert verify(alices, alices.get(CHALLENGE, members=extra))

    def test_may_leave_out_cross_origin_and_the_user_handle(self, alices):
        assertion = alices.get(CHALLENGE, members={"crossOrigin": ...})
        del assertion["response"]["userHandle"]
        assert verify(alices, assertion)

    @pytest.mark.parametrize(
        ("members", "reason"),
        [
            ({"type": "webauthn.create"}, "type"),
            ({"type": "payment.get"}, "type"),
            ({"type": "webauthn.get "}, "type"),
            ({"type": ...}, "type"),
            ({"challenge": b64u(sha256(b"other details").digest())}, "challenge"),
            ({"challenge": b64u(CHALLENGE[:31])}, "challenge"),
            ({"challenge": b64u(CHALLENGE) + "="}, "unreadable: ValueError"),
            ({"challenge": ""}, "challenge"),
            ({"challenge": None}, "unreadable: ValueError"),
            ({"challenge": ...}, "unreadable: ValueError"),
            ({"origin": "https://localhost:8000"}, "origin"),
            ({"origin": "http://localhost:8000/"}, "origin"),
            ({"origin": "http://localhost"}, "origin"),
            ({"origin": "http://evil.localhost:8000"}, "origin"),
            ({"origin": ...}, "origin"),
            ({"crossOrigin": True}, "cross origin"),
            ({"crossOrigin": "false"}, "cross origin"),
            ({"crossOrigin": 0}, "cross origin"),
            ({"crossOrigin": None}, "cross origin"),
            ({"topOrigin": ORIGIN}, "top origin"),
            ({"payment": SIGNED}, "payment members that were not asked for"),
            ({"padding": "x" * 9_000}, "unreadable: ValueError"),
            ({"a_float": 1.5}, "unreadable: UnreadableJson"),
        ],
    )
    def test_is_refused_when_the_browser_says_anything_else(self, alices, members, reason):
        said = client_data("webauthn.get", CHALLENGE, **members)
        got = why(alices, alices.get(CHALLENGE, said=said))
        assert got == (reason if len(said) < 8192 else "clientDataJSON too large")

    @pytest.mark.parametrize(
        "said",
        [
            b"",
            b"[]",
            b"null",
            b"\xff\xfe",
            b"{",
            client_data("webauthn.get", CHALLENGE)[:-1] + b',"origin":"http://localhost:8000"}',
            b"\xef\xbb\xbf" + client_data("webauthn.get", CHALLENGE),
            client_data("webauthn.get", CHALLENGE) + b" {}",
        ],
    )
    def test_is_refused_when_the_client_data_is_no_strict_json(self, alices, said):
        assert why(alices, alices.get(CHALLENGE, said=said or b" "))

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            ({"rp_id": "evil.example"}, "rp id hash"),
            ({"flags": UV}, "user not present"),
            ({"flags": UP}, "user not verified"),
            ({"flags": UP | UV | BE}, "backup eligibility"),
            ({"flags": UP | UV | BS}, "backed up without being eligible"),
            ({"flags": UP | UV | AT}, "unreadable: error"),
            ({"attested": b"x"}, "unreadable: ValueError"),
        ],
    )
    def test_is_refused_when_the_authenticator_says_anything_else(self, alices, data, reason):
        got = why(alices, alices.get(CHALLENGE, **data))
        assert got == reason or (reason.startswith("unreadable") and got.startswith("unreadable"))

    def test_is_refused_when_a_synced_key_turns_into_one_that_is_not(self, alices):
        assert why(alices, alices.get(CHALLENGE), backup_eligible=True) == "backup eligibility"
        assert verify(alices, alices.get(CHALLENGE, flags=UP | UV | BE | BS), backup_eligible=True)

    @pytest.mark.parametrize(("old", "new", "fine"), [(0, 0, 1), (0, 1, 1), (1, 2, 1), (1, 1, 0), (2, 1, 0), (1, 0, 0)])
    def test_counter_only_grows_once_it_is_used(self, alices, old, new, fine):
        assertion = alices.get(CHALLENGE, counter=new)
        if fine:
            assert verify(alices, assertion, sign_count=old).sign_count == new
        else:
            assert why(alices, assertion, sign_count=old) == "counter"

    def test_is_refused_from_another_credential(self, alices):
        mallorys = Authenticator(handle=b"cus_alice")
        assert why(alices, mallorys.get(CHALLENGE)) == "another credential"

    def test_is_refused_when_another_key_signed_under_this_credential_id(self, alices):
        mallorys = Authenticator(handle=b"cus_alice")
        mallorys.credential_id = alices.credential_id
        assert why(alices, mallorys.get(CHALLENGE)) == "signature"

    def test_is_refused_under_another_users_handle(self, alices):
        assertion = bent(alices.get(CHALLENGE), "userHandle", b64u(b"cus_mallory"))
        assert why(alices, assertion) == "user handle"

    def test_is_refused_when_the_signature_is_over_anything_else(self, alices):
        assertion, other = alices.get(CHALLENGE), alices.get(CHALLENGE, counter=5)
        assert why(alices, bent(assertion, "authenticatorData", other["response"]["authenticatorData"])) == "signature"
        assert why(alices, bent(assertion, "signature", other["response"]["signature"])) == "signature"
        assert why(alices, bent(assertion, "signature", "")) == "signature"
        assert why(alices, bent(assertion, "signature", b64u(b"x" * 17_000))) == "signature too large"

    @pytest.mark.parametrize("member", ["clientDataJSON", "authenticatorData", "signature"])
    @pytest.mark.parametrize("value", [None, 5, "not base64!", [], "QQ==", "QR"])
    def test_is_refused_when_a_part_is_unreadable(self, alices, member, value):
        assert why(alices, bent(alices.get(CHALLENGE), member, value))

    @pytest.mark.parametrize(
        "nonsense", [{}, {"id": "AA"}, {"id": None, "response": {}}, {"id": "AA", "response": []}, {"response": None}]
    )
    def test_is_refused_when_it_is_none(self, alices, nonsense):
        assert why(alices, nonsense)

    def test_is_refused_when_raw_id_and_id_differ(self, alices):
        assert why(alices, {**alices.get(CHALLENGE), "rawId": b64u(b"other")}) == "raw id"

    def test_is_refused_when_the_type_is_no_public_key(self, alices):
        assert why(alices, {**alices.get(CHALLENGE), "type": "password"}) == "credential type"

    @pytest.mark.parametrize("algorithm", [-8, -35, -37, -65535, 5])
    def test_is_refused_for_algorithms_that_we_do_not_offer(self, alices, algorithm):
        cose = {**cbor.decode(alices.cose), 3: algorithm}
        assert why(alices, alices.get(CHALLENGE), public_key=cbor.encode(cose)) == "algorithm"

    def test_is_refused_for_a_key_that_is_none(self, alices):
        assert why(alices, alices.get(CHALLENGE), public_key=b"\x01")

    def test_never_takes_payment_members_without_the_payment_kind(self, alices):
        with pytest.raises(ValueError, match=r"belong to payment\.get"):
            verify_assertion(
                passkey=facts(alices),
                challenge=CHALLENGE,
                assertion=alices.get(CHALLENGE),
                origin=ORIGIN,
                rp_id=RP_ID,
                payment=GLASSES,
                kind="webauthn.get",
            )


class TestAPaymentAssertion:
    def paid(self, alices, **changed):
        signed = {name: value for name, value in {**SIGNED, **changed}.items() if value is not ...}
        return alices.get(CHALLENGE, kind="payment.get", members={"payment": signed})

    def test_is_accepted_when_every_member_is_ours(self, alices):
        assert verify(alices, self.paid(alices), payment=GLASSES).kind == "payment.get"

    def test_may_name_the_rp_as_older_browsers_do(self, alices):
        assert verify(alices, self.paid(alices, rpId=..., rp=RP_ID), payment=GLASSES)

    def test_may_carry_further_members(self, alices):
        more = {
            "displayName": "Visa •••• 4242",
            "icon": GLASSES.instrument_icon,
            "details": "x",
            "iconMustBeShown": True,
        }
        assert verify(alices, self.paid(alices, instrument=more, browserBoundPublicKey="AA"), payment=GLASSES)

    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"rpId": "evil.example"}, "payment rp id"),
            ({"rpId": ...}, "payment rp id"),
            ({"rp": "evil.example"}, "payment rp id"),
            ({"topOrigin": "https://evil.example"}, "payment top origin"),
            ({"topOrigin": ...}, "payment top origin"),
            ({"payeeName": "Komorebi Glasses "}, "payeeName"),
            ({"payeeName": "Komorebi glasses"}, "payeeName"),
            ({"payeeName": ...}, "payeeName"),
            ({"payeeName": None}, "payeeName"),
            ({"payeeOrigin": "https://komorebi.example/"}, "payeeOrigin"),
            ({"payeeOrigin": "http://komorebi.example"}, "payeeOrigin"),
            ({"payeeOrigin": ...}, "payeeOrigin"),
            ({"total": {"currency": "JPY", "value": "12801"}}, "total"),
            ({"total": {"currency": "JPY", "value": "12800.00"}}, "total"),
            ({"total": {"currency": "JPY", "value": 12800}}, "total"),
            ({"total": {"currency": "USD", "value": "12800"}}, "total"),
            ({"total": {"currency": "JPY", "value": "12800", "extra": "1"}}, "total"),
            ({"total": ...}, "total"),
            ({"instrument": {"displayName": "Visa •••• 1111", "icon": GLASSES.instrument_icon}}, "instrument"),
            ({"instrument": {"displayName": "Visa •••• 4242", "icon": "http://localhost:8000/other"}}, "instrument"),
            ({"instrument": {"displayName": "Visa •••• 4242"}}, "instrument"),
            ({"instrument": "Visa •••• 4242"}, "instrument"),
            ({"instrument": ...}, "instrument"),
            ({"paymentEntitiesLogos": [{"url": "https://evil.example/l.png", "label": "x"}]}, "logos"),
        ],
    )
    def test_is_refused_when_any_member_differs(self, alices, changed, reason):
        assert why(alices, self.paid(alices, **changed), payment=GLASSES) == reason

    def test_is_refused_when_it_names_a_payee_that_we_did_not(self, alices):
        nameless = PaymentMembers(**{**{n: getattr(GLASSES, n) for n in GLASSES.__slots__}, "payee_origin": None})
        assert why(alices, self.paid(alices), payment=nameless) == "payeeOrigin"
        assert verify(alices, self.paid(alices, payeeOrigin=...), payment=nameless)

    def test_is_refused_without_payment_members(self, alices):
        assert why(alices, alices.get(CHALLENGE, kind="payment.get"), payment=GLASSES) == "no payment"

    def test_is_refused_where_a_plain_one_was_asked_for_and_the_other_way_round(self, alices):
        assert why(alices, self.paid(alices)) == "type"
        assert why(alices, alices.get(CHALLENGE), payment=GLASSES) == "type"

    def test_is_refused_from_inside_another_page(self, alices):
        framed = {"payment": SIGNED, "topOrigin": "https://evil.example"}
        assert why(alices, alices.get(CHALLENGE, kind="payment.get", members=framed), payment=GLASSES) == "top origin"


class TestARegistration:
    def verify(self, credential, *, challenge=CHALLENGE):
        return verify_registration(credential=credential, challenge=challenge, origin=ORIGIN, rp_id=RP_ID)

    def why(self, credential, **how) -> str:
        with pytest.raises(PasskeyNotRegistered) as no:
            self.verify(credential, **how)
        return no.value.why

    def test_keeps_what_the_authenticator_made(self, key):
        new = self.verify(key.create(CHALLENGE, flags=UP | UV | BE, counter=3))
        assert (new.credential_id, new.public_key) == (key.credential_id, key.cose)
        assert (new.sign_count, new.backup_eligible, new.aaguid) == (3, True, bytes(16))

    def test_agrees_with_a_verifier_that_we_did_not_write(self, key):
        credential = key.create(CHALLENGE)
        second = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=CHALLENGE,
            expected_rp_id=RP_ID,
            expected_origin=ORIGIN,
            require_user_verification=True,
        )
        assert second.credential_public_key == self.verify(credential).public_key

    @pytest.mark.parametrize(
        ("how", "reason"),
        [
            ({"kind": "webauthn.get"}, "type"),
            ({"origin": "https://evil.example"}, "origin"),
            ({"said": client_data("webauthn.create", b"other")}, "challenge"),
            ({"said": client_data("webauthn.create", CHALLENGE, crossOrigin=True)}, "cross origin"),
            ({"rp_id": "evil.example"}, "rp id hash"),
            ({"flags": UP}, "user not verified"),
            ({"flags": UV}, "user not present"),
            ({"fmt": "packed", "stmt": {"alg": -7, "sig": b"x"}}, "attestation"),
            ({"stmt": {"alg": -7}}, "attestation"),
        ],
    )
    def test_is_refused_when_anything_differs(self, alices, how, reason):
        assert self.why(alices.create(CHALLENGE, **how)) == reason

    def test_is_refused_under_another_id(self, alices):
        other = b64u(b"x" * 32)
        assert self.why({**alices.create(CHALLENGE), "id": other, "rawId": other}) == "credential id"

    def test_is_refused_for_a_point_that_is_not_on_the_curve(self, monkeypatch):
        broken = Authenticator()
        off_curve = cbor.encode({**cbor.decode(broken.cose), -2: b"\x01" * 32})
        monkeypatch.setattr(Authenticator, "cose", off_curve)
        assert self.why(broken.create(CHALLENGE)) == "public key"

    def test_is_refused_for_an_algorithm_that_we_do_not_offer(self, monkeypatch):
        other = Authenticator()
        monkeypatch.setattr(Authenticator, "cose", cbor.encode({**cbor.decode(other.cose), 3: -8}))
        assert self.why(other.create(CHALLENGE)) == "algorithm"


def test_sign_in_looks_at_kind_and_origin_as_strictly(alices):
    ours = {"kind": "webauthn.get", "origin": ORIGIN}
    assert client_data_is_ours(alices.get(CHALLENGE), **ours)
    assert not client_data_is_ours(alices.get(CHALLENGE, kind="payment.get"), **ours)
    assert not client_data_is_ours(alices.get(CHALLENGE, origin="http://localhost:8001"), **ours)
    assert not client_data_is_ours(alices.get(CHALLENGE, members={"payment": SIGNED}), **ours)
    assert not client_data_is_ours(json.loads("{}"), **ours)
