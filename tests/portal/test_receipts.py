"""The receipt as its customer reads, prints and keeps it."""

import json

import pytest
from django.urls import reverse

from common.money import yen
from payments.queries import published_keys
from payments.receipts import split_copy, verify_chain, verify_receipt
from tests.payments.disputes import Issuer
from tests.portal.test_pages import assert_is_sound


@pytest.fixture
def paid(till, alice, komorebi):
    till.gives_points(alice, komorebi, 800)
    payment = till.buys(alice, komorebi, 12_800, points=800)
    till.relay()
    return payment


def url(name, payment):
    return reverse(f"portal:{name}", args=[payment.id])


class TestReceiptPage:
    @pytest.mark.parametrize("language", ["en", "ja"])
    def test_shows_what_the_signature_covers(self, visit, alice, paid, language):
        page = visit(alice, language).get(url("receipt", paid))
        assert_is_sound(page, language)
        text = page.content.decode()
        for said in ("12,800", "12,000", "4242", "Komorebi Coffee K.K.", "SHA-256", paid.id):
            assert said in text

    def test_says_what_was_checked_as_it_was_signed(self, visit, alice, paid):
        text = visit(alice).get(url("receipt", paid)).content.decode()
        assert "What was checked" in text
        assert "You approved exactly these details with your payment passkey." in text

    def test_says_how_a_dispute_ended(self, visit, till, alice, paid):
        issuer = Issuer(till)
        issuer.closes(issuer.disputes(paid, amount=yen(12_000)), "lost")
        text = visit(alice).get(url("receipt", paid)).content.decode()
        assert "Outcome for the shop" in text
        assert "Lost" in text
        assert visit(alice).get(url("receipt_pdf", paid)).content.startswith(b"%PDF")

    def test_waits_for_the_first_statement(self, visit, till, alice, komorebi):
        held = till.buys(alice, komorebi, capture_method="manual")
        text = visit(alice).get(url("receipt", held)).content.decode()
        assert "Not signed yet" in text
        assert visit(alice).get(url("receipt_pdf", held)).status_code == 404

    def test_is_found_from_the_payment(self, visit, alice, paid):
        assert url("receipt", paid) in visit(alice).get(url("payment", paid)).content.decode()

    def test_is_nobody_elses(self, visit, mallory, paid):
        for name in ("receipt", "receipt_pdf", "receipt_signed"):
            assert visit(mallory).get(url(name, paid)).status_code == 404
        assert visit(mallory).get(reverse("portal:chain")).status_code == 404

    def test_shows_nothing_that_its_signature_does_not_cover(self, visit, alice, paid, monkeypatch):
        monkeypatch.setattr("portal.views.receipts.published_keys", lambda: {"keys": []})
        text = visit(alice).get(url("receipt", paid)).content.decode()
        assert "This receipt does not verify" in text
        assert "12,000" not in text


class TestFiles:
    @pytest.mark.parametrize("language", ["en", "ja"])
    def test_the_pdf_is_one(self, visit, alice, paid, language):
        answer = visit(alice, language).get(url("receipt_pdf", paid))
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert answer.content.startswith(b"%PDF-")
        assert answer.content.rstrip().endswith(b"%%EOF")
        # Japanese readers' fonts may lack Latin letters: both stand in it.
        assert all(font in answer.content for font in (b"HeiseiKakuGo-W5", b"Helvetica")) or language == "en"
        assert f'filename="receipt-{paid.id}.pdf"' in answer["Content-Disposition"]

    def test_what_a_shop_wrote_is_text_in_the_pdf(self, visit, till, alice, komorebi):
        items = [{"name": '<img src="file:///etc/passwd"/><b>こもれび & Co', "quantity": 2, "unit_amount": 500}]
        payment = till.buys(alice, komorebi, 1_000, items=items)
        till.relay()
        assert visit(alice).get(url("receipt_pdf", payment)).status_code == 200

    def test_the_signed_files_verify_with_the_published_keys(self, visit, client, till, alice, komorebi, paid):
        till.buys(alice, komorebi, 500)
        till.relay()
        answer = client.get("/.well-known/jwks.json")
        keys = json.loads(answer.content)
        assert "public" in answer["Cache-Control"]
        assert keys == published_keys()
        assert not any("d" in key for key in keys["keys"])
        one = visit(alice).get(url("receipt_signed", paid)).content.decode().splitlines()
        assert verify_receipt(split_copy(one[0])[0], keys)["payment"] == paid.id
        whole = visit(alice).get(reverse("portal:chain")).content.decode().splitlines()
        assert len(verify_chain(whole, keys, whole=True)) == 2
