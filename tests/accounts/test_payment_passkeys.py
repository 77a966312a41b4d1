"""Making, using and retiring payment passkeys."""

from base64 import urlsafe_b64decode
from datetime import timedelta
from functools import partial

import pytest

from accounts import services as accounts
from accounts.errors import AssertionRefused, PasskeyNotFound, PasskeyNotRegistered
from accounts.models import PaymentPasskey
from accounts.passkeys import SOFTWARE_AAGUID
from accounts.queries import passkey_by_credential, passkeys_of
from common.actors import Actor
from common.db import transaction
from tests.accounts.authenticator import UP, Authenticator
from tests.accounts.conftest import NOON
from tests.conftest import together


def bytes_of(text):
    return urlsafe_b64decode(text + "==")


@pytest.fixture
def offered(alice):
    return accounts.offer_passkey_registration(customer_id=alice.id, now=NOON)


def register(customer, credential, *, now=NOON, label="My phone", **more):
    return accounts.register_passkey(
        customer_id=customer.id, credential=credential, label=label, by=Actor(customer.id), now=now, **more
    )


@pytest.fixture
def passkey(alice, offered):
    authenticator = Authenticator(handle=alice.id.encode())
    return register(alice, authenticator.create(bytes_of(offered["challenge"]))), authenticator


class TestRegisterPasskey:
    def test_asks_for_a_resident_verified_key_and_names_the_customer(self, alice, offered):
        assert offered["rp"]["id"] == "localhost"
        assert offered["authenticatorSelection"]["residentKey"] == "required"
        assert offered["authenticatorSelection"]["userVerification"] == "required"
        assert [key["alg"] for key in offered["pubKeyCredParams"]] == [-7, -257]
        assert bytes_of(offered["user"]["id"]) == alice.id.encode()

    def test_keeps_the_key(self, alice, passkey):
        kept, authenticator = passkey
        assert list(passkeys_of(alice)) == [kept]
        assert kept.facts().public_key == authenticator.cose
        assert (kept.label, kept.software, kept.spc) == ("My phone", False, False)

    def test_tells_what_browser_and_sandbox_said_of_it(self, alice, offered):
        software = Authenticator(aaguid=SOFTWARE_AAGUID)
        kept = register(alice, software.create(bytes_of(offered["challenge"])), spc=True)
        assert (kept.software, kept.spc) == (True, True)

    def test_refuses_the_sandboxs_key_in_live_mode(self, alice, offered, settings):
        settings.SANDBOX = False
        software = Authenticator(aaguid=SOFTWARE_AAGUID)
        with pytest.raises(PasskeyNotRegistered):
            register(alice, software.create(bytes_of(offered["challenge"])))

    def test_does_not_offer_a_known_authenticator_again(self, alice, passkey):
        again = accounts.offer_passkey_registration(customer_id=alice.id, now=NOON)
        assert [known["id"] for known in again["excludeCredentials"]] == [passkey[0].credential_id_b64u]

    def test_refuses_a_challenge_twice_even_after_a_failure(self, alice, offered):
        challenge = bytes_of(offered["challenge"])
        with pytest.raises(PasskeyNotRegistered) as no:
            register(alice, Authenticator().create(challenge, flags=UP))
        assert no.value.why == "user not verified"
        with pytest.raises(PasskeyNotRegistered) as no:
            register(alice, Authenticator().create(challenge))
        assert no.value.why == "challenge"

    def test_refuses_a_challenge_after_five_minutes(self, alice, offered):
        late = NOON + timedelta(minutes=5)
        with pytest.raises(PasskeyNotRegistered):
            register(alice, Authenticator().create(bytes_of(offered["challenge"])), now=late)

    def test_refuses_another_customers_challenge_and_made_up_ones(self, alice, mallory, offered):
        for credential in (Authenticator().create(bytes_of(offered["challenge"])), Authenticator().create(b""), {}):
            with pytest.raises(PasskeyNotRegistered):
                register(mallory, credential)

    def test_refuses_a_credential_that_somebody_has_registered(self, alice, mallory, passkey):
        offer = accounts.offer_passkey_registration(customer_id=mallory.id, now=NOON)
        with pytest.raises(PasskeyNotRegistered) as no:
            register(mallory, passkey[1].create(bytes_of(offer["challenge"])))
        assert no.value.why == "known already"

    @pytest.mark.django_db(transaction=True)
    def test_two_hands_at_once_register_one(self, alice, offered):
        challenge = bytes_of(offered["challenge"])
        hands = [partial(register, alice, Authenticator().create(challenge)) for _ in range(3)]
        assert sum(isinstance(answer, PaymentPasskey) for answer in together(*hands)) == 1


class TestAPasskey:
    def test_is_found_by_its_owner_only(self, alice, mallory, passkey):
        kept, _ = passkey
        assert passkey_by_credential(alice.id, kept.credential_id_b64u) == kept
        for customer_id, credential_id in [(mallory.id, kept.credential_id_b64u), (alice.id, "AAAA"), (alice.id, None)]:
            with pytest.raises(AssertionRefused):
                passkey_by_credential(customer_id, credential_id)

    def test_is_of_no_use_once_it_is_removed(self, alice, passkey):
        kept, _ = passkey
        accounts.remove_passkey(customer_id=alice.id, passkey_id=kept.id, by=Actor(alice.id), now=NOON)
        with pytest.raises(AssertionRefused):
            passkey_by_credential(alice.id, kept.credential_id_b64u)
        with pytest.raises(PasskeyNotFound):
            accounts.remove_passkey(customer_id=alice.id, passkey_id=kept.id, by=Actor(alice.id), now=NOON)
        assert PaymentPasskey.objects.filter(pk=kept.pk).exists()  # what it approved stays verifiable

    def test_is_not_removed_or_renamed_by_somebody_else(self, mallory, passkey):
        kept, _ = passkey
        for verb in (accounts.remove_passkey, partial(accounts.rename_passkey, label="mine")):
            with pytest.raises(PasskeyNotFound):
                verb(customer_id=mallory.id, passkey_id=kept.id, by=Actor(mallory.id), now=NOON)

    def test_takes_another_label(self, alice, passkey):
        accounts.rename_passkey(
            customer_id=alice.id, passkey_id=passkey[0].id, label=" Blue  key ", by=Actor(alice.id), now=NOON
        )
        assert passkeys_of(alice).get().label == "Blue key"

    def test_counter_moves_by_compare_and_set(self, alice, passkey):
        note = transaction(partial(accounts.note_passkey_use, passkey_id=passkey[0].id, now=NOON))
        note(sign_count=0)
        note(sign_count=0)  # an authenticator that never counts
        note(sign_count=4)
        for not_more in (4, 3, 0):
            with pytest.raises(AssertionRefused):
                note(sign_count=not_more)
        assert passkeys_of(alice).get().last_used_at == NOON
