"""Signed receipts: one per capture and refund, chained per wallet, and not sound once anything was tampered with."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import partial
from importlib import import_module
from io import StringIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

import vaultpay_client
from common.actors import SYSTEM
from common.base64url import from_base64url, to_base64url
from common.db import transaction
from common.json import canonical
from common.jws import _ORDER, NotSound, hash_of, public_jwk, sign
from common.money import yen
from payments import services as payments
from payments.errors import ReceiptNotFound
from payments.models import Capture, Receipt, ReceiptDue
from payments.queries import published_keys, receipt_of_merchant, receipts_of_payment, receipts_of_wallet
from payments.receipt_findings import check_receipts
from payments.receipts import commitment, copy_of_customer, verify_chain, verify_receipt
from payments.states import ReceiptKind
from tests.conftest import together
from tests.payments.disputes import Issuer
from vault.errors import ReceiptNotBorneOut
from vault.models import WireMessage
from vault.safe.statements import read_statement, require_borne_out
from vault.types import RECEIPT_TYPE
from vaultpay_client.receipts import verify_chain as client_chain

KEY, ANOTHER = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
JWK = public_jwk(KEY.public_key())
KEYS = {"keys": [JWK]}
SAID = {"id": "rct_1", "amount": 12_800, "prev_commitment": "0" * 64, "shop": {"name": "こもれび珈琲"}}


def signed(said=SAID, *, key=KEY, kid=JWK["kid"], kind=RECEIPT_TYPE) -> str:
    return sign(canonical(said), key=key, kid=kid, kind=kind)


def chain(length: int) -> list[str]:
    """As its customer keeps it: each statement with what opens its commitment to the one before it."""
    copies, before = [], ""
    for number in range(length):
        opening = f"opening-{number}"
        jws = signed({"id": f"rct_{number}", "prev_commitment": commitment(opening=opening, prev_hash=before)})
        copies.append(copy_of_customer(jws, opening=opening))
        before = hash_of(jws)
    return copies


def chain_of_before(length: int) -> list[str]:
    """Version 1 named the one before it openly."""
    jws, before = [], ""
    for number in range(length):
        jws.append(signed({"id": f"rct_{number}", "prev_hash": before or None}))
        before = hash_of(jws[-1])
    return jws


def copies(receipts) -> list[str]:
    return [copy_of_customer(receipt.jws, opening=receipt.opening) for receipt in receipts]


def tamper(statement: str) -> None:
    """As somebody who owns the tables could."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE payments_receipt DISABLE TRIGGER USER")
        cursor.execute(statement)
        cursor.execute("ALTER TABLE payments_receipt ENABLE TRIGGER USER")


def receipts_of(person) -> list[Receipt]:
    return receipts_of_wallet(person.wallet.id)


class TestIssuing:
    def test_each_capture_and_each_refund_gets_one_with_all_that_it_should_say(self, till, alice, komorebi):
        till.gives_points(alice, komorebi, 800)
        paid = till.buys(alice, komorebi, 12_800, points=800)
        till.relay()
        till.refunds(paid)
        till.until_quiet()
        captured, refunded = receipts_of_payment(paid)
        said = verify_receipt(captured.jws, published_keys())
        assert (said["kind"], said["amount"], said["points"], said["card_amount"]) == ("capture", 12_800, 800, 12_000)
        assert said["card"] == {"brand": "visa", "last4": "4242"}
        assert said["shop"]["legal_name"] == "Komorebi Coffee K.K."
        assert (said["shop"]["id"], said["shop"]["domain"]) == (komorebi.shop.id, "komorebi.example")
        assert said["commerce"]["name"]
        assert said["authorization"]["network_reference"]
        assert {"check": "approval", "outcome": "passed", "kind": "webauthn.get"} in said["card_check"]
        assert said["happened_at"] == {"utc": "2026-11-22T03:00:00.000Z", "tokyo": "2026-11-22T12:00:00.000+09:00"}
        assert verify_receipt(refunded.jws, published_keys())["kind"] == "refund"
        assert refunded.prev_hash == captured.hash
        verify_chain(copies([captured, refunded]), published_keys())

    def test_never_says_more_of_a_card_than_four_digits_nor_whose_it_is(self, till, alice, komorebi):
        paid = till.buys(alice, komorebi)
        till.relay()
        (receipt,) = receipts_of_payment(paid)
        text = json.dumps(verify_receipt(receipt.jws, published_keys()), ensure_ascii=False)
        for secret in ("4242424242424242", alice.wallet.id, alice.customer.id, alice.user.email, "Alice", "sequence"):
            assert secret not in text

    def test_hearing_of_it_twice_gives_no_second_receipt(self, till, alice, komorebi):
        paid = till.buys(alice, komorebi)
        till.relay()
        capture = Capture.objects.get(payment=paid)
        owe = transaction(payments.note_receipt_due)
        owe(
            kind=ReceiptKind.CAPTURE,
            about_ref=capture.id,
            payment_id=paid.id,
            wallet_id=alice.wallet.id,
            happened_at=till.now,
            now=till.now,
        )
        till.relay()
        assert (len(receipts_of(alice)), ReceiptDue.objects.count()) == (1, 0)

    def test_a_crash_between_signing_and_keeping_repeats_without_a_second_receipt(
        self, till, alice, komorebi, monkeypatch
    ):
        till.buys(alice, komorebi)
        monkeypatch.setattr(import_module("payments.services.issue_receipts"), "_keep", lambda *_, **__: 1 / 0)
        till.relay()
        assert receipts_of(alice) == []
        monkeypatch.undo()
        till.later(minutes=2).relay()
        assert len(receipts_of(alice)) == 1
        verify_chain(copies(receipts_of(alice)), published_keys(), whole=True)

    def test_waits_for_a_safe_that_is_away(self, till, alice, komorebi):
        till.buys(alice, komorebi)
        till.network.is_down()
        till.relay()
        assert (receipts_of(alice), ReceiptDue.objects.count()) == ([], 1)
        till.network.approves()
        till.later(seconds=10).relay()
        assert len(receipts_of(alice)) == 1

    def test_what_the_network_refused_is_stated_too(self, till, alice, komorebi):
        paid = till.buys(alice, komorebi)
        till.network.book[paid.latest_authorization.id]["state"] = "expired"
        till.until_quiet()
        kinds = [receipt.kind for receipt in receipts_of_payment(paid)]
        assert kinds in (["capture"], ["capture", "capture_refused"])

    @pytest.mark.parametrize("outcome", ["won", "lost"])
    def test_the_end_of_a_dispute_is_stated_too(self, till, alice, komorebi, outcome):
        issuer = Issuer(till)
        dispute = issuer.closes(issuer.disputes(issuer.sale(alice, komorebi)), outcome)
        said = verify_receipt(Receipt.objects.get(kind="dispute").jws, published_keys())
        assert (said["dispute"], said["outcome"], said["amount"]) == (dispute.id, outcome, 12_800)

    @pytest.mark.django_db(transaction=True)
    def test_many_relays_at_once_leave_no_gap_and_no_fork(self, till, alice, bob, komorebi):
        for person in (alice, bob):
            for _ in range(6):
                till.buys(person, komorebi)
        from events.services import tell_events

        while tell_events(now=till.now, limit=500):
            pass
        together(*[partial(payments.issue_receipts, till.now, limit=4) for _ in range(4)])
        for person in (alice, bob):
            rows = receipts_of(person)
            assert [row.sequence for row in rows] == [1, 2, 3, 4, 5, 6]
            verify_chain(copies(rows), published_keys(), whole=True)

    def test_a_new_key_signs_and_the_old_receipts_stay_sound(self, till, alice, komorebi):
        till.buys(alice, komorebi)
        till.relay()
        newest = payments.rotate_receipt_key(by=SYSTEM, now=till.now)
        till.later(seconds=1)
        till.buys(alice, komorebi)
        till.relay()
        old, new = receipts_of(alice)
        assert new.kid == newest != old.kid
        assert {key["kid"] for key in published_keys()["keys"]} == {old.kid, new.kid}
        verify_chain(copies([old, new]), published_keys(), whole=True)

    def test_a_shop_reads_those_of_its_own_payments_only(self, till, alice, komorebi, fly_by_night):
        paid = till.buys(alice, komorebi)
        with pytest.raises(ReceiptNotFound):
            receipt_of_merchant(komorebi.id, paid.id)  # not signed yet
        till.relay()
        assert len(receipt_of_merchant(komorebi.id, paid.id)) == 1
        with pytest.raises(ReceiptNotFound):
            receipt_of_merchant(fly_by_night.id, paid.id)


class TestOneReceipt:
    def test_is_sound(self):
        assert verify_receipt(signed(), KEYS) == SAID

    @given(st.data())
    def test_no_other_byte_anywhere_passes(self, data):
        """Each letter of header, payload and signature, one at a time, replaced, left out or doubled."""
        jws = signed()
        at = data.draw(st.integers(0, len(jws) - 1))
        change = data.draw(st.sampled_from(["replace", "drop", "double"]))
        if change == "replace":
            letter = data.draw(st.characters(min_codepoint=33, max_codepoint=126).filter(lambda one: one != jws[at]))
            forged = jws[:at] + letter + jws[at + 1 :]
        else:
            forged = jws[:at] + jws[at + 1 :] if change == "drop" else jws[:at] + jws[at] + jws[at:]
        with pytest.raises(NotSound):
            verify_receipt(forged, KEYS)

    @pytest.mark.parametrize(
        ("member", "value"),
        [
            ("amount", 12_801),
            ("id", "rct_2"),
            ("prev_commitment", "1" * 64),
            ("shop", {"name": "Mallory"}),
            ("more", 1),
        ],
    )
    def test_no_other_fact_passes(self, member, value):
        head, _payload, signature = signed().split(".")
        forged = f"{head}.{to_base64url(canonical({**SAID, member: value}))}.{signature}"
        with pytest.raises(NotSound, match="signature does not hold"):
            verify_receipt(forged, KEYS)

    def test_signed_with_a_foreign_key_is_refused_whatever_name_it_takes(self):
        foreign = public_jwk(ANOTHER.public_key())
        for forged in (signed(key=ANOTHER, kid=foreign["kid"]), signed(key=ANOTHER)):
            with pytest.raises(NotSound):
                verify_receipt(forged, KEYS)

    @pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "ES384", "es256", "", None])
    def test_the_header_does_not_choose_the_algorithm(self, algorithm):
        import hmac

        head = to_base64url(canonical({"alg": algorithm, "kid": JWK["kid"], "typ": RECEIPT_TYPE}))
        words = f"{head}.{to_base64url(canonical(SAID))}"
        public = from_base64url(JWK["x"]) + from_base64url(JWK["y"])
        for signature in (b"", hmac.digest(public, words.encode(), "sha256"), from_base64url(signed().split(".")[2])):
            with pytest.raises(NotSound):
                verify_receipt(f"{words}.{to_base64url(signature)}", KEYS)

    def test_a_shared_secret_among_the_keys_is_never_tried(self):
        keys = {"keys": [{"kty": "oct", "kid": JWK["kid"], "k": "AAAA", "alg": "HS256"}]}
        with pytest.raises(NotSound, match="none for this algorithm"):
            verify_receipt(signed(), keys)

    @pytest.mark.parametrize("extra", [{"crit": ["b64"]}, {"jwk": JWK}, {"jku": "https://mallory.example"}])
    def test_a_header_that_says_more_is_refused(self, extra):
        head = to_base64url(canonical({"alg": "ES256", "kid": JWK["kid"], "typ": RECEIPT_TYPE, **extra}))
        _head, payload, signature = signed().split(".")
        with pytest.raises(NotSound):
            verify_receipt(f"{head}.{payload}.{signature}", KEYS)

    def test_what_was_signed_as_something_else_is_no_receipt(self):
        with pytest.raises(NotSound):
            verify_receipt(signed(kind="JWT"), KEYS)

    def test_the_other_signature_that_ecdsa_knows_is_refused(self):
        head, payload, signature = signed().split(".")
        raw = from_base64url(signature)
        other = raw[:32] + (_ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
        with pytest.raises(NotSound, match="not the one that is written down"):
            verify_receipt(f"{head}.{payload}.{to_base64url(other)}", KEYS)

    @pytest.mark.parametrize("pair", [(0, 0), (0, 1), (1, 0), (_ORDER, 1), (1, _ORDER)])
    def test_signatures_of_nothing_are_refused(self, pair):
        head, payload, _signature = signed().split(".")
        raw = b"".join(number.to_bytes(32, "big") for number in pair)
        with pytest.raises(NotSound):
            verify_receipt(f"{head}.{payload}.{to_base64url(raw)}", KEYS)

    def test_the_same_facts_written_in_another_way_are_refused(self):
        head = signed().split(".")[0]
        loose = urlsafe_b64encode(json.dumps(SAID).encode()).rstrip(b"=").decode()
        with pytest.raises(NotSound):
            verify_receipt(f"{head}.{loose}.{signed().split('.')[2]}", KEYS)

    @pytest.mark.parametrize("nonsense", ["", ".", "..", "a.b.c", "a.b.c.d", "é.é.é", "x" * 40_000])
    def test_nonsense_is_refused_and_never_breaks_it(self, nonsense):
        with pytest.raises(NotSound):
            verify_receipt(nonsense, KEYS)


class TestTheChain:
    def test_is_whole(self):
        assert [said["id"] for said in verify_chain(chain(4), KEYS, whole=True)] == [f"rct_{n}" for n in range(4)]

    def test_a_part_of_it_will_do_unless_the_whole_is_asked_for(self):
        part = chain(4)[1:]
        assert len(verify_chain(part, KEYS)) == 3
        with pytest.raises(NotSound):
            verify_chain(part, KEYS, whole=True)

    @pytest.mark.parametrize("missing", [1, 2])
    def test_a_missing_link_shows(self, missing):
        jws = chain(4)
        del jws[missing]
        with pytest.raises(NotSound, match="does not follow"):
            verify_chain(jws, KEYS)

    def test_another_order_shows(self):
        one, two, three, four = chain(4)
        for order in ([one, three, two, four], [two, one, three, four], [four, three, two, one], [one, one, two]):
            with pytest.raises(NotSound):
                verify_chain(order, KEYS)

    def test_a_receipt_of_another_chain_shows(self):
        (stranger,) = chain(1)
        one, two, *_rest = chain(3)
        with pytest.raises(NotSound):
            verify_chain([one, stranger, two], KEYS)

    def test_a_second_signature_of_the_same_facts_breaks_what_follows(self):
        one, two, *_rest = chain(3)
        (again,) = chain(1)
        assert again != one
        with pytest.raises(NotSound):
            verify_chain([again, two], KEYS)

    def test_is_sound_where_the_first_ones_named_each_other_openly(self):
        copies = chain_of_before(3)
        assert len(verify_chain(copies, KEYS, whole=True)) == 3
        with pytest.raises(NotSound, match="does not follow"):
            verify_chain([copies[0], copies[2]], KEYS)

    def test_cannot_be_shown_with_the_copies_of_shops(self):
        of_shops = [copy.partition("~")[0] for copy in chain(3)]
        assert all(verify_receipt(jws, KEYS) for jws in of_shops)
        with pytest.raises(NotSound, match="a shop’s copy shows no chain"):
            verify_chain(of_shops, KEYS)

    def test_does_not_hold_with_the_opening_of_another(self):
        one, two, *_rest = chain(3)
        with pytest.raises(NotSound):
            verify_chain([one, two.partition("~")[0] + "~" + one.partition("~")[2]], KEYS)

    def test_tells_two_shops_nothing_of_a_customer_whom_they_share(self, till, alice, komorebi, fly_by_night):
        till.buys(alice, komorebi)
        till.buys(alice, fly_by_night)
        till.relay()
        first, second = receipts_of(alice)
        said = verify_receipt(second.jws, published_keys())
        assert first.hash not in json.dumps(said)
        assert second.opening not in json.dumps(said)
        verify_chain(copies([first, second]), published_keys(), whole=True)


class TestTheSafe:
    def test_finds_in_its_records_what_each_kind_of_receipt_states(self, till, alice, komorebi):
        """The words of this room and what the safe looks for in them are made for each other."""
        till.gives_points(alice, komorebi, 800)
        issuer = Issuer(till)
        paid = issuer.sale(alice, komorebi, points=800)
        till.refunds(paid, amount=yen(3_000))
        till.relay()
        issuer.closes(issuer.disputes(paid, amount=yen(5_000)), "lost")
        keep_what_was_asked(till, paid)
        for receipt in receipts_of_payment(paid):
            stated = read_statement(canonical(verify_receipt(receipt.jws, published_keys())), livemode=False)
            transaction(require_borne_out)(stated)
        assert [receipt.kind for receipt in receipts_of_payment(paid)] == ["capture", "refund", "dispute"]

    def test_is_asked_again_later_when_it_refuses(self, till, alice, komorebi, monkeypatch):
        till.buys(alice, komorebi)
        monkeypatch.setattr(till.network, "_sign_receipt", refuse)
        till.relay()
        assert (receipts_of(alice), ReceiptDue.objects.count()) == ([], 1)
        monkeypatch.undo()
        till.later(minutes=2).relay()
        assert len(receipts_of(alice)) == 1


def refuse(*, payload, now):
    raise ReceiptNotBorneOut


def keep_what_was_asked(till, payment) -> None:
    """The rows that a real safe would have written when the network was asked."""
    attempt = payment.latest_authorization
    asked = [("authorization", attempt.id, attempt.amount_minor, attempt.network_reference)]
    refunds = payment.refunds.all()
    asked += [("refund", row.id, row.card_part.minor, row.network_reference) for row in refunds]
    for kind, reference, minor, network_reference in asked:
        WireMessage.objects.create(
            reference=reference,
            kind=kind,
            card_token="tok_1",
            owner_ref=payment.wallet_id,
            amount_minor=minor,
            currency="JPY",
            network_reference=network_reference,
            request={},
            status="answered",
            answer={},
            answered_at=till.now,
            response_code="00",
            sent_at=till.now,
        )


class TestTheInvariant:
    def found(self, till) -> list[str]:
        return [finding.text for finding in check_receipts(till.now)]

    def test_holds_after_an_ordinary_day(self, till, alice, komorebi):
        till.buys(alice, komorebi)
        till.until_quiet()
        till.later(hours=2)
        assert self.found(till) == []

    def test_finds_a_payment_without_its_receipt(self, till, alice, komorebi):
        paid = till.buys(alice, komorebi)
        till.later(hours=2)
        capture = Capture.objects.get(payment=paid)
        assert self.found(till) == [f"there is no receipt about {capture.id}, and none is due"]

    def test_finds_a_case_that_ended_without_its_receipt(self, till, alice, komorebi):
        issuer = Issuer(till)
        issuer.closes(issuer.disputes(issuer.sale(alice, komorebi)), "won")
        tamper("DELETE FROM payments_receipt WHERE kind = 'dispute'")
        till.later(hours=2)
        assert "there is no receipt about" in self.found(till)[0]

    def test_finds_one_that_waits_too_long(self, till, alice, komorebi):
        till.buys(alice, komorebi)
        till.network.is_down()
        till.relay()
        till.later(hours=2)
        assert "waits for its signature" in self.found(till)[0]

    @pytest.mark.parametrize(
        ("change", "text"),
        [
            ("sequence = sequence + 1", "number 3 follows 1"),
            (f"prev_hash = '{'0' * 64}'", "it does not name the receipt before it"),
            (f"hash = '{'0' * 64}'", "its hash is not the one that is written down"),
            ("jws = overlay(jws placing 'AAAA' from 150)", "its signature does not hold"),
            ("kind = 'refund'", "it states something else than its row"),
        ],
    )
    def test_finds_what_was_changed_in_the_table(self, till, alice, komorebi, change, text):
        till.buys(alice, komorebi)
        till.buys(alice, komorebi)
        till.until_quiet()
        tamper(f"UPDATE payments_receipt SET {change} WHERE sequence = 2")  # noqa: S608 (of this test)
        assert any(text in one for one in self.found(till)), self.found(till)

    def test_finds_a_receipt_that_was_taken_out(self, till, alice, komorebi):
        for _ in range(3):
            till.buys(alice, komorebi)
        till.until_quiet()
        tamper("DELETE FROM payments_receipt WHERE sequence = 2")
        assert "number 3 follows 1" in self.found(till)


class TestTheCommand:
    """`manage.py verify_receipt`, without a database: the suite fails whoever touches one here."""

    def run(self, tmp_path, lines, *words, keys=KEYS) -> str:
        file, jwks, out = tmp_path / "receipts.jws", tmp_path / "jwks.json", StringIO()
        file.write_text("\n".join(lines))
        jwks.write_text(json.dumps(keys))
        call_command("verify_receipt", str(file), "--jwks", str(jwks), *words, stdout=out)
        return out.getvalue()

    def test_says_what_a_sound_one_states(self, tmp_path):
        text = self.run(tmp_path, [signed()])
        assert '"amount": 12800' in text
        assert "1 sound." in text

    def test_checks_a_chain(self, tmp_path):
        assert "4 sound and in one chain." in self.run(tmp_path, chain(4), "--chain")
        one, _two, three, _four = chain(4)
        assert "2 sound." in self.run(tmp_path, [one, three])
        with pytest.raises(CommandError, match="does not follow"):
            self.run(tmp_path, [one, three], "--chain")

    def test_refuses_what_is_not_sound(self, tmp_path):
        with pytest.raises(CommandError, match="Not sound"):
            self.run(tmp_path, [signed(key=ANOTHER)])
        with pytest.raises(CommandError, match="no receipt"):
            self.run(tmp_path, [])
        with pytest.raises(CommandError, match="not a set of public keys"):
            self.run(tmp_path, [signed()], keys=["no", "set"])

    def test_agrees_with_the_client_package(self):
        assert vaultpay_client.verify_receipt(signed(), KEYS) == SAID
        assert len(client_chain(chain(3), KEYS)) == len(client_chain(chain_of_before(3), KEYS)) == 3
        for broken in (chain(3)[::2], [copy.partition("~")[0] for copy in chain(3)]):
            with pytest.raises(vaultpay_client.NotAReceipt):
                client_chain(broken, KEYS)

    def test_a_library_that_we_did_not_write_finds_it_sound_too(self):
        """PyCA's primitives by hand, as RFC 7515 appendix A.3 says: nothing of ours in the way."""
        head, payload, signature = signed().split(".")
        raw = urlsafe_b64decode(signature + "==")
        numbers = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        KEY.public_key().verify(numbers, f"{head}.{payload}".encode(), ECDSA(SHA256()))
