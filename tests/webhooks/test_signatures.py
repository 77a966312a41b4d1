"""Standard Webhooks signatures, against the published vectors and a verifier that we did not write."""

from base64 import b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis.strategies import binary
from standardwebhooks import Webhook, WebhookVerificationError

from webhooks.signatures import Signer, new_private_key, new_secret, public_key_of

SEED = "whsk_" + b64encode(bytes(range(32))).decode()


def test_the_published_vectors():
    signer = Signer.of(symmetric=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], private_key=SEED)
    message = {"message_id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "timestamp": 1614265330, "body": b'{"test": 2432232314}'}
    signed = signer.signatures(**message)
    assert signed == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= "
        "v1a,yoUrgEkc12aGqm0n4Sydmdz55xJfTz4AsAgieHFjmkR7LJtqVCZOQYzvvHjI5kAey+r4iaBGxTFRrl2iBQxtDQ=="
    )
    assert public_key_of(SEED) == "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="


@given(body=binary(min_size=1, max_size=200))
def test_the_reference_verifier_accepts_ours_and_nothing_changed(body):
    body = b'{"x":"' + body.hex().encode() + b'"}'
    secret, now = new_secret(), int(datetime.now(UTC).timestamp())
    signer = Signer.of(symmetric=[secret], private_key=new_private_key())
    signed = signer.signatures(message_id="evt_1", timestamp=now, body=body)
    headers = {"webhook-id": "evt_1", "webhook-timestamp": str(now), "webhook-signature": signed}
    Webhook(secret).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(body, headers)
