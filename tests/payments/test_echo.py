"""What the customer reads on another channel after a payment: it leads somewhere, and it names the card rightly."""

from urllib.parse import urlsplit

import pytest
from django.urls import resolve

from accounts.types import BRAND_NAMES
from events import services as events
from events.models import OutgoingMail
from vault.safe.brands import BRANDS, NOT_ACCEPTED
from vault.types import Declined

pytestmark = pytest.mark.django_db


def told(till) -> list[OutgoingMail]:
    till.until_quiet()
    while events.tell_events(now=till.now, limit=500):
        pass
    return list(OutgoingMail.objects.order_by("id").filter(template__in=["payment_echo", "refund_echo"]))


class TestEcho:
    def test_links_to_the_page_of_the_payment(self, till, alice, komorebi, settings):
        payment = till.buys(alice, komorebi)
        till.refunds(payment)
        mails = told(till)
        assert len(mails) == 2
        for mail in mails:
            [link] = {word for word in mail.text.split() if word.startswith(settings.BASE_URL)}
            page = resolve(urlsplit(link).path)
            assert (page.view_name, page.kwargs) == ("portal:payment", {"payment_id": payment.id})
            assert f'href="{link}"' in mail.html

    @pytest.mark.parametrize(("language", "when"), [("en", "22 Nov 2026, 12:00"), ("ja", "2026年11月22日 12:00")])
    def test_says_when_as_its_reader_writes_it(self, till, alice, komorebi, language, when):
        alice.user.language = language
        alice.user.save()
        till.buys(alice, komorebi)
        [mail] = told(till)
        assert when in mail.text
        assert when in mail.html

    def test_names_the_cards_brand_as_its_owner_writes_it(self, till, alice, komorebi):
        till.buys(alice, komorebi, card=till.card(alice, "3530111333300000", brand="jcb"))
        [mail] = told(till)
        assert "JCB •••• 0000" in mail.text


def test_every_brand_that_is_taken_has_a_name():
    assert {brand.name for brand in BRANDS} - NOT_ACCEPTED <= BRAND_NAMES.keys()


class TestOfPermissions:
    def of(self, till, template):
        till.until_quiet()
        return list(OutgoingMail.objects.filter(template=template))

    def test_says_what_was_signed_and_where_to_end_it(self, till, alice, komorebi, settings):
        grant = till.allows(alice, komorebi)
        [mail] = self.of(till, "grant_echo")
        assert "up to ¥5,000 each time and ¥20,000 a month in all, until 31 Mar 2027." in mail.text
        [link] = {word for word in mail.text.split() if word.startswith(settings.BASE_URL)}
        page = resolve(urlsplit(link).path)
        assert (page.view_name, page.kwargs) == ("portal:grant", {"grant_id": grant.id})
        assert f'href="{link}"' in mail.html

    def test_a_charge_says_by_whose_permission(self, till, alice, komorebi, settings):
        grant = till.allows(alice, komorebi)
        till.charges_grant(grant, komorebi, 1_200)
        [mail] = told(till)
        assert "By your permission, Komorebi Coffee (Komorebi Coffee K.K.) charged ¥1,200" in mail.text
        assert f"{settings.BASE_URL}/grants/{grant.id}" in mail.text
        assert "You approved" not in mail.text

    def test_the_card_company_ended_it(self, till, alice, komorebi):
        grant = till.allows(alice, komorebi)
        till.network.will(Declined("R1", None, None))
        till.charges_grant(grant, komorebi)
        [mail] = self.of(till, "grant_stopped")
        assert "so your permission has ended" in mail.text
