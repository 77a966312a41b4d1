"""Sealed records open with the right key in the right place, and nowhere else."""

import copy
import json
import logging
import pickle
import traceback

import pytest

from common.secrets import Secret
from tests.vault.hpke import AES_128_GCM, hpke_seal
from vault.safe.envelope import COMMITMENT, MAGIC, NONCE, RECORD_LENGTH, SALT, DoesNotOpen, facts, seal, unseal
from vault.safe.intake import new_key_pair, open_sealed
from vault.safe.keys import FileKeyProvider, KeysUnusable, Wrapped, create_key_file
from vault.safe.pan import OpenCard, Pan, SecurityCode, TypedCard

KEY, OTHER = Secret(b"k" * 32), Secret(b"o" * 32)
HERE = facts("vaultpay/record/v1", "vault_cardrecord", "sealed", "wal_1", "tok_1", "cky_1", "1")


class TestRecord:
    def test_opens_again(self):
        assert unseal(seal(b"4242", key=KEY, about=HERE), key=KEY, about=HERE) == b"4242"

    def test_is_as_long_as_every_other(self):
        assert {len(seal(b"x" * size, key=KEY, about=HERE)) for size in (0, 1, 40, 63)} == {RECORD_LENGTH}
        with pytest.raises(ValueError, match="too long"):
            seal(b"x" * 64, key=KEY, about=HERE)

    @pytest.mark.parametrize("plain", [b"", b"\x00", b"\x80", b"ends with zeros\x00\x00", b"\x80\x00"])
    def test_padding_keeps_every_byte(self, plain):
        assert unseal(seal(plain, key=KEY, about=HERE), key=KEY, about=HERE) == plain

    def test_never_opens_with_another_key(self):
        with pytest.raises(DoesNotOpen):
            unseal(seal(b"4242", key=KEY, about=HERE), key=OTHER, about=HERE)

    @pytest.mark.parametrize("place", range(7))
    def test_never_opens_elsewhere(self, place):
        parts = ["vaultpay/record/v1", "vault_cardrecord", "sealed", "wal_1", "tok_1", "cky_1", "1"]
        parts[place] += "x"
        with pytest.raises(DoesNotOpen):
            unseal(seal(b"4242", key=KEY, about=HERE), key=KEY, about=facts(*parts))

    @pytest.mark.parametrize("at", range(0, RECORD_LENGTH, 3))
    def test_never_opens_after_a_change(self, at):
        record = bytearray(seal(b"4242", key=KEY, about=HERE))
        record[at] ^= 1
        with pytest.raises(DoesNotOpen):
            unseal(bytes(record), key=KEY, about=HERE)

    @pytest.mark.parametrize("cut", [b"", MAGIC, b"x" * RECORD_LENGTH])
    def test_never_opens_when_cut_or_foreign(self, cut):
        with pytest.raises(DoesNotOpen):
            unseal(cut, key=KEY, about=HERE)

    def test_a_commitment_moved_from_another_record_does_not_help(self):
        mine, theirs = seal(b"1", key=KEY, about=HERE), seal(b"2", key=OTHER, about=HERE)
        start, end = len(MAGIC), len(MAGIC) + SALT + COMMITMENT + NONCE
        with pytest.raises(DoesNotOpen):
            unseal(mine[:start] + theirs[start:end] + mine[end:], key=KEY, about=HERE)

    def test_facts_cannot_be_shifted_into_each_other(self):
        assert facts("ab", "c") != facts("a", "bc") != facts("abc")


class TestHpke:
    def test_our_sender_is_the_one_of_the_rfc(self):
        """RFC 9180, A.1.1.1: the ciphertext there is AES-128-GCM; X25519, HKDF and the key schedule are the same."""
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        recipient = X25519PrivateKey.from_private_bytes(
            bytes.fromhex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")
        )
        ephemeral = X25519PrivateKey.from_private_bytes(
            bytes.fromhex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736")
        )
        sealed = hpke_seal(
            b"Beauty is truth, truth beauty",
            public_key=recipient.public_key(),
            info=bytes.fromhex("4f6465206f6e2061204772656369616e2055726e"),
            aad=bytes.fromhex("436f756e742d30"),
            ephemeral=ephemeral,
            aead=AES_128_GCM,
        )
        assert sealed.hex() == (
            "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"
            "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a"
        )

    def test_the_safe_opens_what_that_sender_seals(self):
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

        private, public = new_key_pair()
        sealed = hpke_seal(b"card", public_key=X25519PublicKey.from_public_bytes(public), info=b"this intake")
        assert open_sealed(sealed, private_key=private, info=b"this intake") == b"card"
        for broken, info in ((sealed, b"another intake"), (sealed[:-1], b"this intake"), (b"", b"this intake")):
            with pytest.raises(DoesNotOpen):
                open_sealed(broken, private_key=private, info=info)


class TestKeyFile:
    def test_is_made_once_and_private(self, tmp_path):
        path = tmp_path / "keys" / "kek.json"
        assert create_key_file(path) is True
        before = path.read_bytes()
        assert create_key_file(path) is False
        assert path.read_bytes() == before
        assert path.stat().st_mode & 0o777 == 0o600
        assert FileKeyProvider(path).health() == "file"

    def test_wraps_and_unwraps_for_the_same_facts_only(self, tmp_path):
        provider = self._provider(tmp_path)
        wrapped = provider.wrap(KEY, about=HERE)
        assert provider.unwrap(wrapped, about=HERE) == KEY
        for other, about in (
            (wrapped, b"elsewhere"),
            (Wrapped("kek-unknown", wrapped.blob), HERE),
            (Wrapped(wrapped.kek_id, wrapped.blob[:-1] + b"x"), HERE),
            (Wrapped(wrapped.kek_id, b""), HERE),
        ):
            with pytest.raises(DoesNotOpen):
                provider.unwrap(other, about=about)

    def test_another_file_opens_nothing_of_it(self, tmp_path):
        wrapped = self._provider(tmp_path / "a").wrap(KEY, about=HERE)
        with pytest.raises(DoesNotOpen):
            self._provider(tmp_path / "b").unwrap(wrapped, about=HERE)

    def test_fingerprints_depend_on_the_file(self, tmp_path):
        first, second = self._provider(tmp_path / "a"), self._provider(tmp_path / "b")
        assert first.hmac(b"4242") == first.hmac(b"4242") != second.hmac(b"4242")

    def test_destroys_an_old_key_but_not_the_current_one(self, tmp_path):
        path = tmp_path / "kek.json"
        create_key_file(path)
        members = json.loads(path.read_text())
        members["keks"]["kek-old"] = members["fingerprint_key"]
        path.write_text(json.dumps(members))
        provider = FileKeyProvider(path)
        provider.destroy("kek-old")
        assert "kek-old" not in json.loads(path.read_text())["keks"]
        assert path.stat().st_mode & 0o777 == 0o600
        with pytest.raises(ValueError, match="current"):
            provider.destroy(provider.current())

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"not json", "damaged"),
            (b"[]", "damaged"),
            (b'{"format":"vaultpay-keys/1"}', "damaged"),
            (b'{"format":"x/9","current":"a","keks":{},"fingerprint_key":""}', "another format"),
            (b'{"format":"vaultpay-keys/1","current":"a","keks":{},"fingerprint_key":""}', "current key"),
            (b'{"format":"vaultpay-keys/1","current":"a","keks":{"a":"AAAA"},"fingerprint_key":""}', "32 bytes"),
        ],
    )
    def test_a_bad_file_is_refused_with_a_sentence(self, tmp_path, content, sentence):
        path = tmp_path / "kek.json"
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(KeysUnusable, match=sentence):
            FileKeyProvider(path)

    def test_a_missing_or_open_file_is_refused_with_a_sentence(self, tmp_path):
        path = tmp_path / "kek.json"
        with pytest.raises(KeysUnusable, match="no key file"):
            FileKeyProvider(path)
        create_key_file(path)
        path.chmod(0o640)
        with pytest.raises(KeysUnusable, match="chmod 600"):
            FileKeyProvider(path)
        link = tmp_path / "link.json"
        link.symlink_to(path)
        with pytest.raises(KeysUnusable, match="plain file"):
            FileKeyProvider(link)

    def _provider(self, folder):
        create_key_file(folder / "kek.json")
        return FileKeyProvider(folder / "kek.json")


NUMBER = "4242424242424242"


class TestNothingLeaks:
    @pytest.fixture(params=["pan", "code", "card", "typed"])
    def unspeakable(self, request):
        card = OpenCard(Pan(NUMBER), 12, 2030)
        return {
            "pan": card.pan,
            "code": SecurityCode("9876"),
            "card": card,
            "typed": TypedCard(card, "visa", SecurityCode("9876")),
        }[request.param]

    def test_in_no_text(self, unspeakable, caplog):
        logging.getLogger("test").warning("a %s and %r", unspeakable, unspeakable)
        texts = [repr(unspeakable), str(unspeakable), f"{unspeakable}", f"{unspeakable!r:>60}", caplog.text]
        for text in texts:
            assert NUMBER not in text
            assert "9876" not in text

    @pytest.mark.parametrize("copying", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps])
    def test_by_no_copy(self, copying):
        for value in (Pan(NUMBER), SecurityCode("9876")):
            with pytest.raises(TypeError):
                copying(value)

    def test_by_no_comparison_and_as_no_key(self):
        with pytest.raises(TypeError):
            assert Pan(NUMBER) == NUMBER
        with pytest.raises(TypeError):
            {Pan(NUMBER): 1}

    @pytest.mark.parametrize("digits", [NUMBER[:-1] + "1", NUMBER[:8], "４２４２" * 4, "4242 4242 4242 4242"])
    def test_in_no_traceback(self, digits):
        try:
            Pan(digits)
        except ValueError as error:
            text = "".join(traceback.TracebackException.from_exception(error, capture_locals=False).format())
            assert digits not in text
        else:
            pytest.fail("it was taken for a card number")

    @pytest.mark.parametrize("code", ["12", "12345", "12a", "１２３"])
    def test_in_no_complaint_about_a_code(self, code):
        with pytest.raises(ValueError, match=r"^not a security code$"):
            SecurityCode(code)
