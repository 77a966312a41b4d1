"""Payments: ask for one, look at one, list them, take what was promised, or let go."""

from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED

from api.authentication import MerchantRequest, needs_scope
from api.fields import Amount, Choice, Input, Integer, Metadata, NoInput, Text, Url
from api.idempotency import idempotent
from api.pages import cursor_of, list_json, read_choice, read_instant, read_page
from api.shapes import payment_json
from api.views import MerchantView
from common import clock
from common.money import Money
from payments import services as payments
from payments.queries import payment_of_merchant, payments_of_merchant
from payments.states import CaptureMethod, PaymentStatus
from payments.types import PaymentFilter

READ, WRITE = "payments:read", "payments:write"


class ItemInput(Input):
    name = Text(most=120)
    quantity = Integer(least=1, most=9_999)
    unit_amount = Integer(least=0, most=10**12)


class PaymentInput(Input):
    amount = Amount()
    currency = Choice(["JPY"])
    merchant_reference = Text(most=64)
    description = Text(most=255, least=0, required=False, default="")
    items = serializers.ListField(child=ItemInput(), max_length=100, required=False, default=list)
    return_url = Url()
    cancel_url = Url(required=False, default="")
    capture_method = Choice(
        [str(method) for method in CaptureMethod], required=False, default=str(CaptureMethod.AUTOMATIC)
    )
    metadata = Metadata(required=False, default=dict)
    expires_in = Integer(least=60, most=24 * 60 * 60, required=False, default=30 * 60)


class CaptureInput(Input):
    amount = Amount(required=False, default=None)


class Payments(MerchantView):
    """GET and POST /v1/payments."""

    permission_classes = (needs_scope(read=READ, write=WRITE),)

    def get(self, request: MerchantRequest) -> Response:
        filters = ("status", "created_from", "created_before", "merchant_reference")
        asked = read_page(request, prefix="pay", filters=filters)
        status = read_choice(request, "status", [str(word) for word in PaymentStatus])
        wanted = PaymentFilter(
            statuses=(status,) if status else (),
            created_from=read_instant(request, "created_from"),
            created_before=read_instant(request, "created_before"),
            reference=request.query_params.get("merchant_reference", ""),
        )
        page = payments_of_merchant(request.merchant.id, wanted=wanted, cursor=cursor_of(asked))
        return Response(list_json(request, asked, page.rows, payment_json, has_more=page.has_more))

    @idempotent
    def post(self, request: MerchantRequest) -> Response:
        asked = PaymentInput.read(request)
        payment = payments.create_payment(
            payment_id=request.effect_id("pay"),
            merchant_id=request.merchant.id,
            amount=Money(asked["amount"], asked["currency"]),
            merchant_reference=asked["merchant_reference"],
            return_url=asked["return_url"],
            cancel_url=asked["cancel_url"],
            capture_method=CaptureMethod(asked["capture_method"]),
            description=asked["description"],
            items=asked["items"],
            metadata=asked["metadata"],
            expires_in_seconds=asked["expires_in"],
            by=request.actor,
            now=clock.now(),
        )
        return Response(payment_json(payment), status=HTTP_201_CREATED)


class OnePayment(MerchantView):
    """GET /v1/payments/{id}."""

    permission_classes = (needs_scope(read=READ),)

    def get(self, request: MerchantRequest, payment_id: str) -> Response:
        return Response(payment_json(payment_of_merchant(request.merchant.id, payment_id)))


class CapturePayment(MerchantView):
    """POST /v1/payments/{id}/capture: take what the issuer promised."""

    permission_classes = (needs_scope(write=WRITE),)

    @idempotent
    def post(self, request: MerchantRequest, payment_id: str) -> Response:
        asked = CaptureInput.read(request)
        payment = payment_of_merchant(request.merchant.id, payment_id)
        payments.capture_payment(
            payment_id=payment.id,
            capture_id=request.effect_id("cap"),
            amount=None if asked["amount"] is None else Money(asked["amount"], payment.currency),
            by=request.actor,
            now=clock.now(),
        )
        return Response(payment_json(payment_of_merchant(request.merchant.id, payment_id)))


class CancelPayment(MerchantView):
    """POST /v1/payments/{id}/cancel: end it before any money was taken."""

    permission_classes = (needs_scope(write=WRITE),)

    @idempotent
    def post(self, request: MerchantRequest, payment_id: str) -> Response:
        NoInput.read(request)
        payment = payment_of_merchant(request.merchant.id, payment_id)
        payments.cancel_payment(
            payment_id=payment.id,
            by=request.actor,
            now=clock.now(),
            first_asked_at=request.claim.claimed_at if request.claim.turn > 1 else None,
        )
        return Response(payment_json(payment_of_merchant(request.merchant.id, payment_id)))
