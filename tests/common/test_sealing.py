import pytest

from common.sealing import SealBroken, seal, unseal


def test_opens_for_the_same_purpose_only():
    sealed = seal("seed", purpose="recovery")
    assert unseal(sealed, purpose="recovery") == "seed"
    assert "seed" not in sealed
    with pytest.raises(SealBroken):
        unseal(sealed, purpose="webhooks")


def test_opens_under_an_earlier_key_while_a_rotation_lasts(settings):
    sealed = seal("seed", purpose="recovery")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "n" * 60
    assert unseal(sealed, purpose="recovery") == "seed"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(SealBroken):
        unseal(sealed, purpose="recovery")


@pytest.mark.parametrize("broken", ["", "AAAA", "not base64 ü", "A" * 60])
def test_does_not_open_what_was_changed(broken):
    with pytest.raises(SealBroken):
        unseal(broken, purpose="recovery")
