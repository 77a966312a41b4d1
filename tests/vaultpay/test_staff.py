"""The staff's pages: for staff with a passkey, to read. Nothing is added, changed or deleted there, by anybody."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from common.money import yen
from common.staff import staff_site
from events.models import AuditRecord
from payments import services as payments
from payments.models import Payment
from tests.payments.disputes import Issuer
from tests.vaultpay.desk import browser_of, page, shows, sign_in_key
from vaultpay.staff_desk import waiting

pytestmark = pytest.mark.django_db

NOUNS = sorted((model._meta.app_label, model._meta.model_name) for model in staff_site._registry)


@pytest.fixture
def mamoru(db) -> User:
    return User.objects.create_user("mamoru@vaultpay.example", language="en", is_staff=True)


@pytest.fixture
def staff(mamoru) -> Client:
    sign_in_key(mamoru)
    browser = browser_of(mamoru)
    shows(browser, mamoru, "webauthn")
    return browser


class TestTheLock:
    def test_asks_who_came_with_a_code_only_to_make_a_passkey(self, mamoru):
        shut = browser_of(mamoru).get(page("index"), follow=True)
        assert shut.status_code == 403
        text = shut.content.decode()
        assert "A passkey opens the staff pages" in text
        assert f"{reverse('mfa_add_webauthn')}?next=/staff/" in text

    def test_opens_with_a_passkey(self, staff):
        assert "What waits for a person" in staff.get(page("index")).content.decode()

    @pytest.mark.parametrize(
        "shown", [[], ["recovery_codes"]], ids=["code before there was a passkey", "recovery code"]
    )
    def test_to_have_a_passkey_is_not_enough(self, mamoru, shown):
        browser = browser_of(mamoru)
        sign_in_key(mamoru)  # made elsewhere, perhaps by somebody else than who sits here
        shows(browser, mamoru, *shown)
        shut = browser.get(page("index"), follow=True)
        assert shut.status_code == 403
        assert f"{reverse('account_reauthenticate')}?next=/staff/" in shut.content.decode()
        shows(browser, mamoru, *shown, "webauthn")
        assert browser.get(page("index")).status_code == 200

    def test_a_customer_is_not_let_in(self, alice):
        sign_in_key(alice.user)
        assert browser_of(alice.user).get(page("index"), follow=True).status_code == 403

    def test_a_stranger_is_led_to_the_sign_in(self, client):
        led = client.get(page("payments_payment_changelist"), follow=True)
        assert led.redirect_chain[-1][0].startswith(reverse("account_login"))


@pytest.mark.parametrize(("room", "noun"), NOUNS)
class TestEachNoun:
    def test_is_listed_in_both_languages(self, room, noun, staff):
        for language in ("en", "ja"):
            staff.cookies["django_language"] = language
            listed = staff.get(page(f"{room}_{noun}_changelist"))
            assert listed.status_code == 200
            assert "/add/" not in listed.content.decode()

    def test_is_not_written_by_anybody(self, room, noun, staff, mamoru):
        mamoru.is_superuser = True
        mamoru.save()
        nothing = "00000000-0000-0000-0000-000000000000"
        for verb, args in (("add", ()), ("delete", (nothing,)), ("change", (nothing,))):
            for method in (staff.get, staff.post) if verb != "change" else (staff.post,):
                assert method(page(f"{room}_{noun}_{verb}", *args)).status_code in {302, 403}


class TestReading:
    def test_a_payment_shows_its_history_and_its_parts(self, till, staff, alice, komorebi):
        payment = till.buys(alice, komorebi)
        till.relay()
        till.refunds(payment)
        text = staff.get(page("payments_payment_change", payment.id)).content.decode()
        for said in ("Captured", "auth_", "cap_", "ref_"):
            assert said in text
        assert 'name="_save"' not in text
        assert not re.search(r"<input(?![^>]*type=.hidden)", text)

    def test_a_post_changes_nothing(self, till, staff, alice, komorebi):
        payment = till.buys(alice, komorebi)
        refused = staff.post(page("payments_payment_change", payment.id), {"status": "canceled"})
        assert refused.status_code == 403
        assert Payment.objects.get(pk=payment.id).status == "captured"

    def test_everything_that_was_made_can_be_read(self, till, staff, alice, komorebi):
        till.buys(alice, komorebi)
        till.relay()
        for model in staff_site._registry:
            for row in model.objects.order_by("pk")[:1]:
                name = f"{model._meta.app_label}_{model._meta.model_name}_change"
                shown = staff.get(page(name, row.pk))
                assert shown.status_code == 200, name
                assert "whsec_" not in shown.content.decode()

    def test_no_page_has_script_or_style_of_its_own(self, till, staff, alice, komorebi):
        payment = till.buys(alice, komorebi)
        for shown in (
            staff.get(page("index")),
            staff.get(page("payments_payment_changelist")),
            staff.get(page("payments_payment_change", payment.id)),
        ):
            text = shown.content.decode()
            assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text)
            assert "default-src 'none'" in shown["Content-Security-Policy"]

    def test_the_desk_counts_what_nobody_knows_yet(self, till, alice, komorebi):
        till.network.falls_silent()
        till.buys(alice, komorebi)
        assert [one.count for one in waiting()] == [1, 1] + [0] * 11


class TestWhatIsOpenAndWhy:
    def shown(self, staff):
        return staff.get(page("payments_authorization_open")).content.decode()

    def test_an_unknown_outcome_says_what_happens_next(self, till, staff, alice, komorebi):
        till.network.falls_silent()
        payment = till.buys(alice, komorebi)
        text = self.shown(staff)
        assert "0 of 5 times" in text
        assert f"/staff/payments/payment/{payment.id}/change/" in text
        assert "needs a person" not in text

    def test_a_reversal_that_nobody_acknowledges_needs_a_person(self, till, staff, alice, komorebi):
        till.network.falls_silent()
        till.buys(alice, komorebi)
        till.until_quiet(most_days=1)
        assert "needs a person" in self.shown(staff)

    def test_answers_that_contradict_each_other_call_one(self, till, staff, alice, komorebi):
        payment = till.buys(alice, komorebi)
        reference = payment.latest_authorization.id
        till.network.tells("contradiction", reference, stage="00", reason_code="05", outcome="00")
        payments.hear_notices(now=till.now)
        text = self.shown(staff)
        assert "00 is kept, 05 came after it; its book says 00" in text

    def test_nothing_open_is_said_too(self, till, staff, alice, komorebi):
        till.buys(alice, komorebi)
        till.until_quiet()
        assert "Nothing is open" in self.shown(staff)


def test_amounts_of_a_payment_stand_as_people_read_them(staff, till, alice, komorebi):
    paid = till.buys(alice, komorebi)
    till.refunds(paid, amount=yen(1_234))
    text = staff.get(page("payments_payment_change", paid.id)).content.decode()
    assert (text.count("¥12,800"), text.count("¥1,234")) == (3, 1)  # payment, authorization, capture; refund
    assert not re.search(r"<p>(12800|1234)</p>", text)


class TestAnsweringForAShop:
    @pytest.fixture
    def dispute(self, till, alice, komorebi):
        issuer = Issuer(till)
        return issuer.disputes(issuer.sale(alice, komorebi))

    def test_goes_out_as_the_shops_answer_and_the_reason_into_the_audit_chain(self, staff, mamoru, dispute):
        here = page("payments_dispute_answer", dispute.id)
        assert here in staff.get(page("payments_dispute_change", dispute.id)).content.decode()
        asked = {"reason": "They asked by phone.", "statement": "Signed for on 20 November."}
        assert staff.post(here, asked).status_code == 302
        answer = dispute.answers.get()
        assert (answer.facts, answer.by) == ({"statement": "Signed for on 20 November."}, str(mamoru.pk))
        record = AuditRecord.objects.get(action="dispute.evidence")
        assert (record.data["reason"], record.by) == ("They asked by phone.", str(mamoru.pk))
        again = staff.post(here, asked)
        assert (again.status_code, dispute.answers.count()) == (422, 1)

    def test_is_not_for_others(self, client, dispute):
        for here in (page("payments_dispute_answer", dispute.id), page("payments_disputeacceptance_propose")):
            assert client.post(here, {"reason": "x", "dispute": dispute.id}).status_code in {302, 403}
        assert not dispute.answers.exists()
