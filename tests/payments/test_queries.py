"""What others may ask: whose payment it is belongs to every question."""

from datetime import timedelta

import pytest

from events import services as events
from payments.errors import PaymentNotFound, RefundNotFound
from payments.models import Capture, Payment
from payments.queries import (
    decline_sentence_of,
    payment_for_approval,
    payment_of_customer,
    payment_of_merchant,
    payment_snapshot,
    payments_of_customer,
    payments_of_merchant,
    refund_of_merchant,
    refund_snapshot,
    refunds_of_merchant,
    refunds_of_payment,
    timeline_of,
)
from payments.types import Cursor, PaymentFilter


class TestWhose:
    def test_a_shop_sees_its_own_payments_only(self, till, komorebi, fly_by_night):
        payment = till.asks(komorebi)
        assert payment_of_merchant(komorebi.id, payment.id).id == payment.id
        for name in (payment.id, "pay_x", ""):
            with pytest.raises(PaymentNotFound):
                payment_of_merchant(fly_by_night.id, name)

    def test_a_customer_sees_what_they_approved_only(self, till, alice, mallory, komorebi):
        payment = till.buys(alice, komorebi)
        assert payment_of_customer(alice.customer.id, payment.id).id == payment.id
        for customer_id in (mallory.customer.id, ""):
            with pytest.raises(PaymentNotFound):
                payment_of_customer(customer_id, payment.id)
        assert payments_of_customer("").rows == []

    def test_the_approval_page_closes_for_others_with_the_first_approval(self, till, alice, mallory, komorebi):
        payment = till.asks(komorebi)
        assert payment_for_approval(payment.id).id == payment.id
        assert payment_for_approval(payment.id, customer_id=mallory.customer.id).id == payment.id
        till.network.declines("05")
        till.approve(payment, alice)
        assert payment_for_approval(payment.id, customer_id=alice.customer.id).id == payment.id
        for customer_id in (mallory.customer.id, ""):
            with pytest.raises(PaymentNotFound):
                payment_for_approval(payment.id, customer_id=customer_id)

    def test_a_refund_belongs_to_its_merchant(self, till, alice, komorebi, fly_by_night):
        refund = till.refunds(till.buys(alice, komorebi))
        assert refund_of_merchant(komorebi.id, refund.id).id == refund.id
        with pytest.raises(RefundNotFound):
            refund_of_merchant(fly_by_night.id, refund.id)
        assert refunds_of_merchant(fly_by_night.id).rows == []
        assert [row.id for row in refunds_of_payment(refund.payment)] == [refund.id]


class TestLists:
    def test_come_newest_first_page_by_page(self, till, komorebi):
        made = [till.later(seconds=1).asks(komorebi).id for _ in range(5)][::-1]
        first = payments_of_merchant(komorebi.id, cursor=Cursor(limit=2))
        assert ([row.id for row in first.rows], first.has_more) == (made[:2], True)
        second = payments_of_merchant(komorebi.id, cursor=Cursor(starting_after=made[1], limit=2))
        assert [row.id for row in second.rows] == made[2:4]
        last = payments_of_merchant(komorebi.id, cursor=Cursor(starting_after=made[3], limit=2))
        assert ([row.id for row in last.rows], last.has_more) == (made[4:], False)
        back = payments_of_merchant(komorebi.id, cursor=Cursor(ending_before=made[3], limit=2))
        assert ([row.id for row in back.rows], back.has_more) == (made[1:3], True)

    def test_a_cursor_that_is_no_id_gives_nothing(self, till, komorebi):
        till.asks(komorebi)
        assert payments_of_merchant(komorebi.id, cursor=Cursor(starting_after="pay_x")).rows == []

    def test_can_be_narrowed(self, till, alice, komorebi):
        waiting = till.asks(komorebi, merchant_reference="order-1")
        start = till.now
        bought = till.later(hours=1).buys(alice, komorebi)

        def ids(**wanted):
            return [row.id for row in payments_of_merchant(komorebi.id, PaymentFilter(**wanted)).rows]

        assert ids(statuses=("captured",)) == [bought.id]
        assert ids(reference="order-1") == [waiting.id]
        assert ids(created_from=start + timedelta(seconds=1)) == [bought.id]
        assert ids(created_before=start) == []
        assert ids(created_before=start + timedelta(seconds=1)) == [waiting.id]

    def test_refunds_too(self, till, alice, komorebi):
        refunds = [till.later(seconds=1).refunds(till.buys(alice, komorebi)) for _ in range(3)]
        page = refunds_of_merchant(komorebi.id, cursor=Cursor(limit=2))
        assert ([row.id for row in page.rows], page.has_more) == ([refunds[2].id, refunds[1].id], True)
        one = refunds_of_merchant(komorebi.id, payment_id=refunds[0].payment_id, statuses=["succeeded"])
        assert [row.id for row in one.rows] == [refunds[0].id]

    def test_snapshots_of_a_page_cost_no_query_each(self, till, alice, komorebi, django_assert_num_queries):
        for _ in range(3):
            till.buys(alice, komorebi)
        with django_assert_num_queries(3):
            snapshots = [payment_snapshot(row) for row in payments_of_merchant(komorebi.id).rows]
        assert len(snapshots) == 3


class TestSnapshots:
    def test_a_payment_as_the_api_shows_it(self, till, alice, komorebi):
        till.gives_points(alice, komorebi, 100)
        payment = payment_of_merchant(komorebi.id, till.buys(alice, komorebi, 1_000, points=100).id)
        seen = payment_snapshot(payment)
        attempt = seen.pop("latest_authorization")
        checks = {line["check"]: line["outcome"] for line in attempt.pop("card_check")}
        [capture] = seen.pop("captures")
        assert (capture["id"], capture["amount"]) == (payment.captures.get().id, 1_000)
        assert checks["approval"] == checks["issuer"] == "passed"
        assert attempt == {
            "id": payment.latest_authorization.id,
            "status": "authorized",
            "decline_code": None,
            "decline_advice": None,
            "retry_after": None,
            "initiator": "customer",
            "network_reference": payment.latest_authorization.network_reference,
            "three_ds": None,
        }
        assert seen == {
            "id": payment.id,
            "object": "payment",
            "livemode": False,
            "status": "captured",
            "amount": 1_000,
            "currency": "JPY",
            "amount_capturable": 0,
            "amount_captured": 1_000,
            "amount_released": 0,
            "amount_refunded": 0,
            "amount_disputed": 0,
            "points_redeemed": 100,
            "capture_method": "automatic",
            "capture_before": "2026-11-29T03:00:00.000Z",
            "merchant_reference": payment.merchant_reference,
            "description": "Glasses",
            "items": [{"name": "Round frame", "quantity": 1, "unit_amount": 12_800}],
            "return_url": "https://komorebi.example/thanks",
            "cancel_url": None,
            "expires_at": "2026-11-22T03:30:00.000Z",
            "grant": None,
            "card": {"brand": "visa", "last4": "4242"},
            "metadata": {},
            "version": 4,
            "created_at": "2026-11-22T03:00:00.000Z",
        }

    def test_versions_only_grow(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi)
        till.refunds(payment)
        from events.models import Event

        versions = [event.data["version"] for event in Event.objects.filter(subject=payment.id).order_by("id")]
        assert versions == sorted(set(versions))

    def test_a_refund_as_the_api_shows_it(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi, 1_000)
        refund = till.refunds(payment, reason="fraudulent")
        assert refund_snapshot(refund) == {
            "id": refund.id,
            "object": "refund",
            "livemode": False,
            "payment": refund.payment_id,
            "amount": 1_000,
            "currency": "JPY",
            "points_returned": 0,
            "captures": [{"capture": Capture.objects.get(payment=payment).id, "amount": 1_000}],
            "reason": "fraudulent",
            "status": "succeeded",
            "failure_code": None,
            "created_at": "2026-11-22T03:00:00.000Z",
        }

    def test_the_customer_reads_why_in_plain_words(self, till, alice, komorebi):
        till.network.declines("41")
        payment = till.buys(alice, komorebi)
        assert "cannot be used" in decline_sentence_of(payment) or "ご利用いただけません" in decline_sentence_of(
            payment
        )
        till.network.approves()
        another = till.card(alice, "4012888888881881")
        assert decline_sentence_of(till.approve(payment, alice, card=another)) == ""


class TestTimeline:
    def told(self, payment):
        return [item.happening.value for item in timeline_of(Payment.objects.get(pk=payment.id))]

    def test_of_a_purchase_and_its_refund(self, till, alice, komorebi):
        payment = till.buys(alice, komorebi)
        till.later(days=1).refunds(payment)
        wanted = ["created", "approved", "asked_issuer", "authorized", "captured", "refund_begun", "refund_succeeded"]
        assert self.told(payment) == wanted

    def test_of_a_decline_and_another_card(self, till, alice, komorebi):
        till.network.declines("05")
        payment = till.buys(alice, komorebi)
        till.network.approves()
        till.later(minutes=1).approve(payment, alice)
        wanted = [
            "created",
            "approved",
            "asked_issuer",
            "declined",
            "approved",
            "asked_issuer",
            "authorized",
            "captured",
        ]
        assert self.told(payment) == wanted

    def test_of_an_unknown_outcome(self, till, alice, komorebi):
        till.network.falls_silent(booked=False)
        payment = till.buys(alice, komorebi)
        till.network.approves()
        till.later(seconds=5).janitor()
        assert self.told(payment) == ["created", "approved", "asked_issuer", "outcome_unknown", "declined"]

    def test_of_a_cancel(self, till, alice, komorebi):
        from payments import services as payments

        payment = till.buys(alice, komorebi, capture_method="manual")
        till.later(minutes=1)
        payments.cancel_payment(payment_id=payment.id, by=alice.actor, now=till.now)
        assert self.told(payment)[-1] == "canceled"
        assert timeline_of(payment)[-1].by == alice.customer.id


class TestEcho:
    @pytest.mark.parametrize("language", ["en", "ja"])
    def test_goes_out_once_after_a_payment_and_once_after_its_refund(self, till, alice, komorebi, language):
        from events.models import OutgoingMail

        alice.user.language = language
        alice.user.save()
        till.gives_points(alice, komorebi, 100)
        payment = till.buys(alice, komorebi, points=100)
        till.until_quiet()
        while events.tell_events(now=till.now, limit=500):
            pass
        mail = OutgoingMail.objects.get(template="payment_echo")
        assert mail.to == [alice.user.email]
        assert "¥12,800" in mail.subject
        for body in (mail.text, mail.html):
            assert all(fact in body for fact in ("¥12,700", "4242", payment.id, "Komorebi Coffee"))
        till.refunds(payment)
        till.until_quiet()
        assert OutgoingMail.objects.filter(template="refund_echo").count() == 1
        assert OutgoingMail.objects.filter(template="payment_echo").count() == 1
