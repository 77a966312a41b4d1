"""The safe signs receipts: with a key that never leaves it, and only what its own records bear out."""

from functools import partial

import pytest

from common.db import transaction
from common.ids import new_id
from common.json import canonical
from common.jws import verify
from tests.conftest import together
from vault import services as vault
from vault.errors import ReceiptNotBorneOut, ReceiptsUnavailable
from vault.gateways.safe import NothingSent, another_door
from vault.models import CardRecord, OwnerKey, PublishedKey, ReceiptKey, SignedStatement, WireMessage
from vault.queries import published_keys
from vault.safe.envelope import DoesNotOpen
from vault.safe.keys import FileKeyProvider, create_key_file
from vault.safe.receipts import sign_with
from vault.safe.statements import note_signed, read_statement, require_borne_out, signed_before
from vault.types import RECEIPT_TYPE

pytestmark = [pytest.mark.loopback, pytest.mark.patient, pytest.mark.django_db(transaction=True)]

AUTH, CAPTURE, REFUND, DISPUTE = (new_id(prefix) for prefix in ("auth", "cap", "ref", "dsp"))
PROMISE, RETURNED = "ABCDEF012345", "543210FEDCBA"


@pytest.fixture
def asked(now):
    """What the card network was asked here and granted: a promise of ¥12,000, and ¥5,000 given back."""

    def message(kind, reference, amount, network_reference, **facts):
        known = {
            "id": new_id("wir"),
            "reference": reference,
            "kind": kind,
            "card_token": "tok_1",
            "owner_ref": "wal_1",
            "amount_minor": amount,
            "currency": "JPY",
            "network_reference": network_reference,
            "request": {},
            "status": "answered",
            "answer": {},
            "answered_at": now,
            "response_code": "00",
            "sent_at": now,
        }
        return WireMessage.objects.create(**known | facts)

    message("authorization", AUTH, 12_000, PROMISE)
    message("refund", REFUND, 5_000, RETURNED)
    return message


def statement(kind="capture", **changes):
    about = {"capture": CAPTURE, "capture_refused": CAPTURE, "refund": REFUND, "dispute": DISPUTE}[kind]
    said = {
        "id": "rct_1",
        "kind": kind,
        kind.partition("_")[0]: about,
        "prev_commitment": "0" * 64,
        "livemode": False,
        "shop": {"name": "こもれび珈琲"},
        "card": {"brand": "visa", "last4": "4242"},
        "happened_at": {"utc": "2026-11-22T03:00:00.000Z"},
        "issued_at": {"utc": "2026-11-22T03:00:01.000Z"},
        "amount": 12_800,
        "points": 800,
        "card_amount": 12_000,
        "currency": "JPY",
        "authorization": {"id": AUTH, "network_reference": PROMISE},
    }
    if kind == "refund":
        said |= {"refund_network_reference": RETURNED, "amount": 5_000, "points": 0, "card_amount": 5_000}
    return said | changes


SAID = statement()


def signed(now, said=SAID):
    return vault.sign_receipt(payload=canonical(said), now=now)


def refused(now, said):
    with pytest.raises(ReceiptNotBorneOut):
        signed(now, said)
    return True


def paid(minor, **facts):
    return statement(amount=minor, points=0, card_amount=minor, **facts)


class TestTheKey:
    def test_signs_what_verifies_with_the_public_key_alone(self, safe, asked, now):
        receipt = signed(now)
        keys = vault.receipt_keys(now=now)
        assert verify(receipt.jws, keys, kind=RECEIPT_TYPE) == SAID
        assert [key["kid"] for key in keys["keys"]] == [receipt.kid]
        assert {"d", "k"}.isdisjoint(keys["keys"][0])

    def test_is_published_by_the_safe_itself_when_it_is_made(self, safe, asked, now):
        keys = vault.receipt_keys(now=now)
        assert published_keys() == keys
        vault.rotate_receipt_key(now=now)
        assert PublishedKey.objects.count() == ReceiptKey.objects.count() == 2

    def test_stays_until_the_safe_is_told_to_make_another(self, safe, asked, now):
        before = signed(now)
        assert signed(now, statement("refund")).kid == before.kid
        keys = vault.rotate_receipt_key(now=now)
        after = signed(now, statement("dispute"))
        assert [key["kid"] for key in keys["keys"]] == [after.kid, before.kid]
        assert verify(before.jws, keys, kind=RECEIPT_TYPE) == SAID

    def test_opens_only_under_its_own_key_file_and_in_its_own_row(self, safe, asked, place, run_dir, now):
        signed(now)
        row = ReceiptKey.objects.get()
        provider = FileKeyProvider(place.KEK_FILE)
        create_key_file(run_dir / "another" / "kek.json")
        with pytest.raises(DoesNotOpen):
            sign_with(FileKeyProvider(run_dir / "another" / "kek.json"), row, b"{}")
        row.kid = "A" * 43
        with pytest.raises(DoesNotOpen):
            sign_with(provider, row, b"{}")

    def test_of_a_safe_that_is_away_signs_nothing_and_somebody_is_told(self, now):
        class Away:
            def ask(self, _message):
                raise NothingSent("away")

        with another_door(Away()), pytest.raises(ReceiptsUnavailable):
            signed(now)


class TestWhatIsBorneOut:
    @pytest.mark.parametrize("kind", ["capture", "capture_refused", "refund", "dispute"])
    def test_is_signed(self, safe, asked, now, kind):
        assert signed(now, statement(kind)).jws

    @pytest.mark.parametrize(
        "said",
        [
            paid(12_001),
            statement(currency="USD"),
            statement(authorization={"id": AUTH, "network_reference": RETURNED}),
            statement(authorization={"id": new_id("auth"), "network_reference": PROMISE}),
            statement(authorization={"id": REFUND, "network_reference": RETURNED}),
            statement(authorization={"id": [AUTH], "network_reference": PROMISE}),
            statement(authorization=None),
            statement(authorization=AUTH),
            statement(card=None),
            statement(livemode=True),
            statement("refund", amount=5_001, card_amount=5_001),
            statement("refund", amount=4_999, card_amount=4_999),
            statement("refund", refund=new_id("ref")),
            statement("refund", refund_network_reference=PROMISE),
            statement("dispute", authorization=None),
        ],
    )
    def test_nothing_that_the_network_did_not_grant_is_signed(self, safe, asked, now, said):
        refused(now, said)
        assert not SignedStatement.objects.exists()

    @pytest.mark.parametrize(
        "said",
        [
            SAID | {"kind": "gift"},
            SAID | {"kind": ["capture"]},
            SAID | {"kind": None},
            statement(capture=""),
            statement(points=801),
            statement(amount=True, points=1, card_amount=0),
            statement(amount=0, points=12_000, card_amount=-12_000),
            [],
        ],
    )
    def test_nothing_of_a_kind_or_shape_that_it_does_not_know(self, safe, asked, now, said):
        refused(now, said)

    @pytest.mark.parametrize(
        "words",
        ["", "{", '{"kind": "capture"}', '{"kind":1.5}', '{"kind":"capture","kind":"refund"}', '{"a":"\\ud800"}'],
    )
    def test_nothing_but_canonical_json(self, safe, asked, now, words):
        with pytest.raises(ReceiptNotBorneOut):
            vault.sign_receipt(payload=words.encode(), now=now)

    @pytest.mark.parametrize(
        "answer",
        [
            {"response_code": "51"},
            {"distrusted": "another amount"},
            {"status": "sent", "answer": None, "answered_at": None, "response_code": ""},
            {"status": "not_sent", "answer": None, "answered_at": None, "response_code": ""},
        ],
    )
    def test_no_promise_that_the_issuer_did_not_give(self, safe, asked, now, answer):
        asked("authorization", "auth_2", 12_000, "222222222222", **answer)
        refused(now, statement(authorization={"id": "auth_2", "network_reference": "222222222222"}))

    def test_no_other_digits_than_those_of_the_card_that_was_asked(self, safe, asked, now):
        key = OwnerKey.objects.create(id=new_id("cky"), owner_ref="wal_1", kek_id="k", wrapped=b"", created_at=now)
        card = CardRecord.objects.create(
            id=new_id("tok"),
            owner_ref="wal_1",
            owner_key=key,
            sealed=b"",
            fingerprint=b"",
            brand="visa",
            bin6="424242",
            last4="4242",
            exp_month=12,
            exp_year=2030,
            created_at=now,
        )
        asked("authorization", "auth_2", 12_000, "222222222222", card_token=card.id)
        about = {"authorization": {"id": "auth_2", "network_reference": "222222222222"}}
        refused(now, statement(**about, card={"brand": "visa", "last4": "0002"}))
        assert signed(now, statement(**about))

    def test_points_alone_are_stated_without_a_card_and_without_a_promise(self, safe, now):
        alone = {"authorization": None, "card": None, "points": 12_800, "card_amount": 0}
        assert signed(now, statement(**alone))
        assert signed(now, statement("dispute", **alone))
        assert refused(now, statement(capture="cap_2", **alone | {"points": 12_799, "card_amount": 1}))
        assert refused(now, statement(capture="cap_3", **alone | {"card": {"brand": "visa", "last4": "4242"}}))

    def test_several_captures_state_no_more_than_was_promised(self, safe, asked, now):
        signed(now, paid(7_000, capture="cap_1"))
        refused(now, paid(5_001, capture="cap_2"))
        signed(now, paid(5_000, capture="cap_2"))

    def test_what_the_network_refused_afterwards_can_be_taken_again(self, safe, asked, now):
        signed(now, paid(12_000, capture="cap_1"))
        refused(now, paid(12_000, capture="cap_2"))
        signed(now, paid(12_000, capture="cap_1", kind="capture_refused"))
        signed(now, paid(12_000, capture="cap_2"))

    def test_two_at_once_cannot_share_one_promise(self, asked, now):
        def check(number):
            stated = read_statement(canonical(paid(12_000, capture=f"cap_{number}")), livemode=False)

            @transaction
            def both():
                require_borne_out(stated)
                signed_before(stated, b"")
                note_signed(stated, b"", jws="", kid="", now=now)

            try:
                both()
            except ReceiptNotBorneOut:
                return False
            return True

        assert sorted(together(*[partial(check, number) for number in range(4)])) == [False, False, False, True]


class TestSigningOnce:
    def test_the_same_words_get_the_same_signature(self, safe, asked, now):
        assert signed(now) == signed(now)
        assert SignedStatement.objects.count() == 1

    def test_another_place_in_the_chain_is_another_signature_of_the_same_facts(self, safe, asked, now):
        first = signed(now)
        again = signed(now, statement(id="rct_2", prev_commitment="1" * 64, issued_at={"utc": "later"}))
        assert again.jws != first.jws
        assert SignedStatement.objects.count() == 1

    @pytest.mark.parametrize(
        "changes",
        [{"amount": 12_799, "points": 799}, {"payment": "pay_2"}, {"card": {"brand": "jcb", "last4": "4242"}}],
    )
    def test_other_facts_about_the_same_capture_are_refused(self, safe, asked, now, changes):
        signed(now)
        refused(now, statement(**changes))

    def test_a_case_that_ends_twice_is_stated_twice(self, safe, asked, now):
        assert signed(now, statement("dispute", outcome="won"))
        assert signed(now, statement("dispute", outcome="lost", happened_at={"utc": "2026-12-22T03:00:00.000Z"}))
        refused(now, statement("dispute", outcome="lost"))
