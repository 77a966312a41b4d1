"""Being admitted, suspended and reinstated."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection
from django.db import transaction as django_transaction

from common.actors import Actor
from common.states import TransitionRefused
from common.text import NamePosesAsAnother, TextHidesSomething
from events.models import Event
from merchants import services as merchants
from merchants.errors import MerchantNotFound, OriginTaken, ShopNotFound, UnacceptableTerms, UnacceptableUrl
from merchants.models import Merchant, MerchantStatusChange
from merchants.queries import merchant_by_api_key, merchant_by_id, shop_by_id, shop_of_merchant, shops_of
from merchants.states import TRANSITIONS, MerchantStatus
from tests.cast import NOON

pytestmark = pytest.mark.django_db
STAFF = Actor("stf_01k00000000000000000000000")
TERMS = {
    "display_name": "Suzume Books",
    "legal_name": "Suzume Books K.K.",
    "category_code": "5942",
    "fee_basis_points": 325,
    "city": "Nara",
    "shop_name": "Suzume Books",
    "shop_origin": "https://suzume.example",
}
admit = partial(merchants.admit_merchant, by=STAFF, now=NOON)


class TestAdmitMerchant:
    def test_opens_a_merchant_with_a_shop(self):
        merchant = admit(**TERMS)
        assert (merchant.status, merchant.admitted_at, merchant.is_open) == ("admitted", NOON, True)
        assert [shop.origin for shop in shops_of(merchant.id)] == ["https://suzume.example"]
        event = Event.objects.get(type="merchant.admitted")
        assert (event.subject, event.owner_ref, event.by) == (merchant.id, merchant.id, STAFF.ref)
        change = merchant.changes.get()
        assert (change.old, change.new, change.by) == ("applied", "admitted", STAFF.ref)

    @pytest.mark.parametrize(
        ("changed", "refusal"),
        [
            ({"display_name": "Suzume\u202eskooB"}, TextHidesSomething),
            ({"display_name": "Suzum\u0435 Books"}, NamePosesAsAnother),
            ({"legal_name": "a\r\nBcc: everybody"}, TextHidesSomething),
            ({"category_code": "59420"}, UnacceptableTerms),
            ({"category_code": "５９４２"}, UnacceptableTerms),
            ({"fee_basis_points": -1}, UnacceptableTerms),
            ({"fee_basis_points": 10_001}, UnacceptableTerms),
            ({"shop_origin": "http://suzume.example"}, UnacceptableUrl),
        ],
    )
    def test_refuses_what_cannot_stand_on_a_page(self, changed, refusal):
        with pytest.raises(refusal):
            admit(**{**TERMS, **changed})
        assert not Merchant.objects.exists()

    def test_lets_nobody_pose_as_another_shop(self, komorebi):
        with pytest.raises(OriginTaken):
            admit(**{**TERMS, "shop_origin": "https://KOMOREBI.example:443"})
        assert Merchant.objects.count() == 1


class TestSuspendMerchant:
    def test_closes_and_reinstating_opens_again(self, komorebi):
        assert merchant_by_api_key(komorebi.key, now=NOON).merchant.is_open
        merchants.suspend_merchant(merchant_id=komorebi.id, reason="Card fields on its page", by=STAFF, now=NOON)
        assert not merchant_by_api_key(komorebi.key, now=NOON).merchant.is_open
        merchants.reinstate_merchant(merchant_id=komorebi.id, reason="Cleaned up", by=STAFF, now=NOON)
        assert merchant_by_api_key(komorebi.key, now=NOON).merchant.is_open
        assert [change.reason for change in komorebi.merchant.changes.all()][1:] == [
            "Card fields on its page",
            "Cleaned up",
        ]

    def test_twice_is_once(self, komorebi):
        for _ in range(2):
            merchants.suspend_merchant(merchant_id=komorebi.id, reason="Why", by=STAFF, now=NOON)
        assert Event.objects.filter(type="merchant.suspended").count() == 1
        for _ in range(2):
            merchants.reinstate_merchant(merchant_id=komorebi.id, reason="Why", by=STAFF, now=NOON)
        assert Event.objects.filter(type="merchant.reinstated").count() == 1

    def test_keeps_the_day_of_admission(self, komorebi):
        before = komorebi.merchant.admitted_at
        merchants.suspend_merchant(merchant_id=komorebi.id, reason="Why", by=STAFF, now=NOON)
        merchants.reinstate_merchant(merchant_id=komorebi.id, reason="Why", by=STAFF, now=NOON + timedelta(days=1))
        assert merchant_by_id(komorebi.id).admitted_at == before

    def test_refuses_who_left_and_who_never_was(self, komorebi):
        Merchant.objects.filter(pk=komorebi.id).update(status=MerchantStatus.LEFT)
        with pytest.raises(TransitionRefused):
            merchants.suspend_merchant(merchant_id=komorebi.id, reason="Why", by=STAFF, now=NOON)
        with pytest.raises(MerchantNotFound):
            merchants.suspend_merchant(merchant_id="mer_none", reason="Why", by=STAFF, now=NOON)


class TestLetMerchantLeave:
    def test_ends_the_contract_for_good(self, komorebi):
        for _ in range(2):
            merchants.let_merchant_leave(merchant_id=komorebi.id, reason="Closed its doors", by=STAFF, now=NOON)
        assert not merchant_by_api_key(komorebi.key, now=NOON).merchant.is_open
        event = Event.objects.get(type="merchant.left")
        assert (event.subject, event.owner_ref, event.by) == (komorebi.id, komorebi.id, STAFF.ref)
        with pytest.raises(TransitionRefused):
            merchants.reinstate_merchant(merchant_id=komorebi.id, reason="Back again", by=STAFF, now=NOON)

    def test_lets_a_suspended_merchant_go_too(self, komorebi):
        merchants.suspend_merchant(merchant_id=komorebi.id, reason="Why", by=STAFF, now=NOON)
        merchants.let_merchant_leave(merchant_id=komorebi.id, reason="Enough", by=STAFF, now=NOON)
        assert [change.verb for change in komorebi.merchant.changes.all()] == ["admit", "suspend", "leave"]


class TestHistory:
    def test_is_only_added_to(self, komorebi):
        with pytest.raises(IntegrityError, match="only added to"), django_transaction.atomic():  # noqa: TID251 (a savepoint around the database's no)
            MerchantStatusChange.objects.update(reason="nothing happened")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM merchants_merchantstatuschange")
            assert cursor.fetchone() == (1,)


class TestQueries:
    def test_a_shop_belongs_to_one_merchant(self, komorebi, fly_by_night):
        assert shop_by_id(komorebi.shop.id).merchant == komorebi.merchant
        assert shop_of_merchant(komorebi.id, komorebi.shop.id) == komorebi.shop
        for merchant_id, shop_id in ((fly_by_night.id, komorebi.shop.id), (komorebi.id, "shp_none")):
            with pytest.raises(ShopNotFound):
                shop_of_merchant(merchant_id, shop_id)


class TestStates:
    def test_every_state_is_reached(self):
        reached = {MerchantStatus.APPLIED, *TRANSITIONS.values()}
        assert reached == set(MerchantStatus)
