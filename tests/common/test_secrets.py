import json
import pickle

import pytest

from common.secrets import Secret


def test_a_secret_cannot_be_seen_by_accident():
    secret = Secret(b"whsec_canary")
    assert "canary" not in f"{secret} {secret!r} {[secret]}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps({"secret": secret})
    assert secret.reveal() == b"whsec_canary"
    assert secret == Secret(b"whsec_canary")
