"""What `manage.py check` says about the vault's settings."""

from pathlib import Path

from vault.checks import check_key_file, check_wire


def ids(messages):
    return [message.id for message in messages]


def test_a_sound_instance_hears_nothing(settings, tmp_path):
    settings.KEK_FILE = tmp_path / "kek.json"
    assert check_key_file() == check_wire() == []


def test_a_key_file_that_others_can_read(settings, tmp_path):
    settings.KEK_FILE = tmp_path / "kek.json"
    settings.KEK_FILE.touch(mode=0o640)
    assert ids(check_key_file()) == ["vault.E001"]


def test_live_keys_lie_outside_the_source_tree(settings):
    settings.KEK_FILE = Path(settings.BASE_DIR) / ".vaultpay" / "keys" / "kek.json"
    assert ids(check_key_file()) == []
    settings.LIVE = True
    assert ids(check_key_file()) == ["vault.E002"]


def test_what_the_wire_needs(settings):
    settings.NETWORK_ADDRESS = "nowhere"
    settings.ACQUIRER_ID = "123456789012"
    settings.TERMINAL_ID = "TOO LONG ID"
    settings.SAFE_SOCKET = Path("/x" * 80)
    assert ids(check_wire()) == ["vault.E003", "vault.E004", "vault.E005", "vault.E006"]
