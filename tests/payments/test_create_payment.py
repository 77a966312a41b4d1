"""A shop asks for a payment."""

import pytest

from common.ids import new_id
from common.money import MOST_MINOR, Money, yen
from common.text import UnacceptableText
from events.models import Event
from merchants import services as merchants
from payments.errors import (
    AmountTooLarge,
    AmountTooSmall,
    CancelUrlNotRegistered,
    CurrencyNotAccepted,
    FactsTooLarge,
    LifeNotPossible,
    MerchantNotOpen,
    ReferenceUsed,
    RepeatDiffers,
    ReturnUrlNotRegistered,
)
from payments.models import Payment
from tests.cast import NOON


class TestCreatePayment:
    def test_waits_for_an_approval_by_nobody_yet(self, till, komorebi):
        payment = till.asks(komorebi, 12_800)
        assert (payment.status, payment.customer_id, payment.version) == ("requires_approval", "", 1)
        assert payment.shop_id == komorebi.shop.id
        assert payment.changes.get().by == komorebi.actor.ref

    def test_tells_the_shop(self, till, komorebi):
        payment = till.asks(komorebi)
        told = Event.objects.get(type="payment.created")
        assert (told.owner_ref, told.data["id"], told.data["status"]) == (komorebi.id, payment.id, "requires_approval")

    def test_asked_again_with_the_same_id_is_the_first_payment(self, till, komorebi):
        facts = {"payment_id": new_id("pay"), "merchant_reference": "order-1"}
        assert till.asks(komorebi, **facts).id == till.later(days=400).asks(komorebi, **facts).id
        assert Event.objects.filter(type="payment.created").count() == 1

    @pytest.mark.parametrize(
        "other",
        [
            {"amount": yen(99)},
            {"description": "Other"},
            {"metadata": {"a": "b"}},
            {"capture_method": "manual"},
            {"expires_in_seconds": 600},
            {"merchant_reference": "order-2"},
            {"items": []},
        ],
    )
    def test_the_same_id_with_another_question_is_refused(self, till, komorebi, other):
        facts = {"payment_id": new_id("pay"), "merchant_reference": "order-1"}
        till.asks(komorebi, **facts)
        with pytest.raises(RepeatDiffers):
            till.asks(komorebi, **facts | other)

    def test_a_reference_names_its_first_payment_for_ever(self, till, komorebi):
        first = till.asks(komorebi, merchant_reference="order-1")
        with pytest.raises(ReferenceUsed) as no:
            till.later(days=3_650).asks(komorebi, merchant_reference="order-1")
        assert no.value.facts["payment_id"] == first.id

    def test_another_merchant_may_use_the_same_reference(self, till, komorebi, fly_by_night):
        till.asks(komorebi, merchant_reference="order-1")
        assert till.asks(fly_by_night, merchant_reference="order-1").merchant_id == fly_by_night.id

    def test_anothers_payment_id_is_refused(self, till, komorebi, fly_by_night):
        first = till.asks(komorebi)
        with pytest.raises(RepeatDiffers):
            till.asks(fly_by_night, payment_id=first.id)

    @pytest.mark.parametrize(
        ("facts", "refusal"),
        [
            ({"return_url": "https://komorebi.example/other"}, ReturnUrlNotRegistered),
            ({"return_url": "https://evil.example/thanks"}, ReturnUrlNotRegistered),
            ({"cancel_url": "https://evil.example/cart"}, CancelUrlNotRegistered),
            ({"amount": yen(49)}, AmountTooSmall),
            ({"amount": yen(MOST_MINOR + 1)}, AmountTooLarge),
            ({"amount": Money(1_000, "USD")}, CurrencyNotAccepted),
            ({"expires_in_seconds": 59}, LifeNotPossible),
            ({"expires_in_seconds": 86_401}, LifeNotPossible),
            ({"metadata": {"note": "あ" * 5_000}}, FactsTooLarge),
            ({"description": "pay\u202eelor"}, UnacceptableText),
            ({"items": [{"name": "zero\u200bwidth", "quantity": 1, "unit_amount": 1}]}, UnacceptableText),
        ],
    )
    def test_refuses(self, till, komorebi, facts, refusal):
        with pytest.raises(refusal):
            till.asks(komorebi, **facts)
        assert not Payment.objects.exists()

    def test_takes_a_cancel_url_on_the_shops_own_origin(self, till, komorebi):
        assert till.asks(komorebi, cancel_url="https://komorebi.example/cart?id=1").cancel_url

    def test_a_return_url_may_carry_a_query(self, till, komorebi):
        assert till.asks(komorebi, return_url=f"{komorebi.return_url}?order=1").return_url.endswith("?order=1")

    def test_a_suspended_merchant_takes_no_new_payments(self, till, komorebi):
        merchants.suspend_merchant(merchant_id=komorebi.id, reason="complaints", by=komorebi.actor, now=NOON)
        with pytest.raises(MerchantNotOpen):
            till.asks(komorebi)
