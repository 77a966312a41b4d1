"""A card goes into the safe: sealed by a browser, vouched for by its issuer, and never seen again."""

import json
from datetime import timedelta

import pytest

from common.ids import new_id
from events.models import AuditRecord
from tests.vault.conftest import seal_for
from tests.vault.stub import answer_to, no_answer
from vault import services as vault
from vault.errors import (
    BrandNotAccepted,
    ExpiredCard,
    IncorrectNumber,
    IncorrectSecurityCode,
    IntakeNotOpen,
    IntakeUnreadable,
    InvalidExpiry,
    OnlyTestCards,
    SafeUnavailable,
)
from vault.models import CardRecord, Intake, IntakeKey, OwnerKey, WireMessage
from vault.safe.cards import sweep_intakes
from vault.types import CardDeclined, StoredCard, Unknown

pytestmark = [pytest.mark.loopback, pytest.mark.django_db(transaction=True)]

CARD = json.dumps(
    {"number": "4242424242424242", "exp_month": "12", "exp_year": "2030", "security_code": "123"}
).encode()


class TestStoreCard:
    def test_stores_what_the_issuer_vouches_for(self, safe, stub, store, alices_wallet):
        stored = store(owner=alices_wallet)
        assert isinstance(stored, StoredCard)
        assert (stored.brand, stored.last4, stored.bin6) == ("visa", "4242", "424242")
        assert (stored.exp_month, stored.exp_year, stored.fingerprint_seen) == (12, 2030, False)
        assert AuditRecord.objects.get(subject=stored.card_token).action == "card.verified"

    def test_asks_with_amount_zero_and_the_security_code(self, safe, stub, store, alices_wallet):
        store(owner=alices_wallet)
        (asked,) = stub.heard
        assert (asked["t"], asked["4"], asked["25"], asked["14"]) == ("0100", "000000000000", "51", "3012")
        assert "CVC=123" in asked["48"]

    def test_writes_neither_number_nor_code_down(self, safe, store, alices_wallet):
        store(owner=alices_wallet, security_code="987")
        row = WireMessage.objects.get()
        written = json.dumps([row.request, row.answer])
        assert "4242424242424242" not in written
        assert "987" not in row.request["48"]
        assert {"2", "14"}.isdisjoint(row.request)
        assert b"4242424242424242" not in bytes(CardRecord.objects.get().sealed)

    def test_writes_neither_down_when_the_network_says_them_back(self, safe, stub, store, alices_wallet):
        stub.script = lambda question: answer_to(
            question,
            f48=f"{question['48']}|CVR=M",
            f35="4242424242424242=30121010000012300000",
            f14=question["14"],
            f63="4242424242424242 987",
        )
        assert isinstance(store(owner=alices_wallet, security_code="987"), StoredCard)
        row = WireMessage.objects.get()
        assert {"2", "14", "35", "63"}.isdisjoint(row.answer)
        assert row.answer["48"] == f"REF={row.reference}|CVR=M"
        assert "4242424242424242" not in json.dumps(row.answer)

    def test_the_same_owner_gets_the_same_token_back(self, safe, store, alices_wallet):
        first = store(owner=alices_wallet)
        again = store(owner=alices_wallet, exp_year=2031)
        assert (again.card_token, again.fingerprint_seen, again.exp_year) == (first.card_token, True, 2031)
        assert CardRecord.objects.count() == 1

    def test_another_owner_gets_another_token_and_another_key(self, safe, store, alices_wallet):
        mine, theirs = store(owner=alices_wallet), store(owner=new_id("wal"))
        assert mine.card_token != theirs.card_token
        assert not theirs.fingerprint_seen
        assert OwnerKey.objects.count() == 2

    def test_tells_the_issuers_no(self, safe, stub, store, alices_wallet):
        stub.script = lambda question: answer_to(question, f39="14")
        assert store(owner=alices_wallet) == CardDeclined("14")
        assert not CardRecord.objects.exists()

    def test_a_security_code_that_does_not_match_is_a_no(self, safe, stub, store, alices_wallet):
        stub.script = lambda question: answer_to(question, f48="CVR=N")
        assert store(owner=alices_wallet) == CardDeclined("N7")

    def test_stores_nothing_when_the_issuer_is_silent(self, safe, stub, store, alices_wallet):
        stub.script = no_answer
        assert isinstance(store(owner=alices_wallet), Unknown)
        assert not CardRecord.objects.exists()

    def test_is_unavailable_when_the_network_is_down(self, safe, stub, store, alices_wallet):
        stub.stop()
        with pytest.raises(SafeUnavailable):
            store(owner=alices_wallet)

    @pytest.mark.parametrize(
        ("refusal", "members"),
        [
            (IncorrectNumber, {"number": "4242424242424241"}),
            (IncorrectNumber, {"number": "42424242"}),
            (IncorrectNumber, {"number": None}),
            (IncorrectNumber, {"number": "50000000000000000000"}),
            (BrandNotAccepted, {"number": "6011111111111117"}),
            (BrandNotAccepted, {"number": "9999999999999995"}),
            (OnlyTestCards, {"number": "4539578763621486"}),
            (InvalidExpiry, {"exp_month": 13}),
            (InvalidExpiry, {"exp_month": ""}),
            (InvalidExpiry, {"exp_year": 2099}),
            (ExpiredCard, {"exp_year": 2024}),
            (IncorrectSecurityCode, {"security_code": "1234"}),
            (IncorrectSecurityCode, {"security_code": "12a"}),
        ],
    )
    def test_refuses_what_is_no_card_of_ours_before_asking_anybody(
        self, safe, stub, store, alices_wallet, refusal, members
    ):
        with pytest.raises(refusal):
            store(owner=alices_wallet, **members)
        assert stub.heard == []

    def test_reads_what_people_type(self, safe, store, alices_wallet):
        stored = store(
            "４２４２ 4242-4242 4242", owner=alices_wallet, exp_month="7", exp_year="30", security_code="１２３"
        )
        assert (stored.last4, stored.exp_month, stored.exp_year) == ("4242", 7, 2030)


class TestIntake:
    def test_ends_after_fifteen_minutes(self, safe, alices_wallet, now):
        offer = vault.open_intake(customer_ref=alices_wallet, session_ref="s", now=now)
        assert offer.expires_at == now + timedelta(minutes=15)
        with pytest.raises(IntakeNotOpen):
            self._store(offer, owner=alices_wallet, now=offer.expires_at)
        assert isinstance(self._store(offer, owner=alices_wallet, now=now), StoredCard)

    def test_serves_once(self, safe, stub, alices_wallet, now):
        offer = vault.open_intake(customer_ref=alices_wallet, session_ref="s", now=now)
        sealed = seal_for(offer, CARD)
        self._store(offer, owner=alices_wallet, sealed=sealed, now=now)
        with pytest.raises(IntakeNotOpen):
            self._store(offer, owner=alices_wallet, sealed=sealed, now=now)
        assert len(stub.heard) == 1

    def test_serves_nobody_else_and_no_other_session(self, safe, alices_wallet, now):
        offer = vault.open_intake(customer_ref=alices_wallet, session_ref="s", now=now)
        for owner, session in ((new_id("wal"), "s"), (alices_wallet, "another")):
            with pytest.raises(IntakeNotOpen):
                self._store(offer, owner=owner, session=session, now=now)

    def test_opens_only_what_was_sealed_to_it(self, safe, alices_wallet, now):
        mine, other = (
            vault.open_intake(customer_ref=alices_wallet, session_ref=session, now=now) for session in ("s", "t")
        )
        with pytest.raises(IntakeUnreadable):
            self._store(mine, owner=alices_wallet, sealed=seal_for(other, CARD), now=now)

    @pytest.mark.parametrize("sealed", [b"", b"x" * 31, b"x" * 200, b"x" * 5_000])
    def test_refuses_garbage(self, safe, alices_wallet, now, sealed):
        offer = vault.open_intake(customer_ref=alices_wallet, session_ref="s", now=now)
        with pytest.raises(IntakeUnreadable):
            self._store(offer, owner=alices_wallet, sealed=sealed, now=now)

    @pytest.mark.parametrize("plain", [b"[]", b"{", b'{"number": 1.5}'])
    def test_refuses_what_is_no_card_form(self, safe, alices_wallet, now, plain):
        offer = vault.open_intake(customer_ref=alices_wallet, session_ref="s", now=now)
        with pytest.raises(IntakeUnreadable):
            self._store(offer, owner=alices_wallet, sealed=seal_for(offer, plain), now=now)

    def test_has_a_new_key_each_day_and_old_ones_are_destroyed(self, safe, alices_wallet, now):
        def open_at(moment):
            return vault.open_intake(customer_ref=alices_wallet, session_ref="s", now=moment).key_id

        assert open_at(now) == open_at(now + timedelta(hours=23))
        assert open_at(now + timedelta(hours=25)) != open_at(now)
        sweep_intakes(now=now + timedelta(days=4))
        assert (Intake.objects.count(), IntakeKey.objects.count()) == (0, 0)

    def _store(self, offer, *, owner, now, session="s", sealed=None):
        return vault.store_card(
            intake_id=offer.intake_id,
            customer_ref=owner,
            session_ref=session,
            sealed=seal_for(offer, CARD) if sealed is None else sealed,
            now=now,
        )
