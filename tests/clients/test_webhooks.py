"""Webhooks, as a merchant's server checks them with the package: what is signed holds, and nothing else."""

import pytest

from vaultpay_client import NotFromTheCommerce, verify_webhook
from webhooks.signatures import Signer, new_private_key, new_secret, public_key_of

BODY = b'{"type":"payment.captured","timestamp":"2026-11-22T03:00:00Z","data":{"id":"pay_1","version":4}}'
AT = 1_795_316_400
SECRET, OTHER, PRIVATE = new_secret(), new_secret(), new_private_key()


def signed(body=BODY, *, at=AT, symmetric=(SECRET,)):
    signer = Signer.of(symmetric=symmetric, private_key=PRIVATE)
    value = signer.signatures(message_id="evt_1", timestamp=at, body=body)
    return {"Webhook-Id": "evt_1", "Webhook-Timestamp": str(at), "Webhook-Signature": value}


class TestAVerifiedWebhook:
    @pytest.mark.parametrize("secret", [SECRET, public_key_of(PRIVATE)], ids=["shared secret", "public key"])
    def test_holds_with_the_secret_and_with_the_public_key(self, secret):
        event = verify_webhook(secret, headers=signed(), body=BODY, now=AT + 299)
        assert (event.id, event.type, event.data["id"]) == ("evt_1", "payment.captured", "pay_1")

    def test_holds_with_either_secret_after_a_roll(self):
        for secret in (SECRET, OTHER):
            verify_webhook(secret, headers=signed(symmetric=(OTHER, SECRET)), body=BODY, now=AT)


class TestAnythingElse:
    @pytest.mark.parametrize(
        "change",
        [
            {"Webhook-Signature": "v1,AAAA"},
            {"Webhook-Signature": "nonsense"},
            {"Webhook-Signature": "v1,***"},
            {"Webhook-Signature": "v1a," + "A" * 88},
            {"Webhook-Signature": ""},
            {"Webhook-Timestamp": str(AT - 1)},
            {"Webhook-Timestamp": f"{AT}.5"},
            {"Webhook-Timestamp": "١٦"},
            {"Webhook-Timestamp": "9" * 5_000},
            {"Webhook-Id": "evt_2"},
            {"Webhook-Id": ""},
        ],
    )
    @pytest.mark.parametrize("secret", [SECRET, public_key_of(PRIVATE)], ids=["shared secret", "public key"])
    def test_is_refused(self, secret, change):
        with pytest.raises(NotFromTheCommerce):
            verify_webhook(secret, headers=signed() | change, body=BODY, now=AT)

    def test_another_key_does_not_hold(self):
        for secret in (OTHER, public_key_of(new_private_key()), "whsec_", "whpk_AAAA", "", "whsec_*"):
            with pytest.raises(NotFromTheCommerce):
                verify_webhook(secret, headers=signed(), body=BODY, now=AT)

    def test_a_single_changed_byte_is_noticed(self):
        for at in range(len(BODY)):
            forged = BODY[:at] + bytes([BODY[at] ^ 1]) + BODY[at + 1 :]
            with pytest.raises(NotFromTheCommerce):
                verify_webhook(SECRET, headers=signed(), body=forged, now=AT)

    @pytest.mark.parametrize("minutes", [-6, 6])
    def test_an_old_one_and_one_from_the_future_are_refused(self, minutes):
        with pytest.raises(NotFromTheCommerce):
            verify_webhook(SECRET, headers=signed(), body=BODY, now=AT + minutes * 60)

    @pytest.mark.parametrize("body", [b"\xff", b"[]", b"{}", b'{"type":1,"data":{}}', b'{"type":"a.b","data":[]}', b""])
    def test_another_shape_is_refused_even_when_it_is_signed(self, body):
        with pytest.raises(NotFromTheCommerce):
            verify_webhook(SECRET, headers=signed(body), body=body, now=AT)
