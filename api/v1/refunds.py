"""Refunds: give captured money back."""

from rest_framework import status
from rest_framework.response import Response

from api.authentication import MerchantRequest, needs_scope
from api.fields import Amount, Choice, Input, Text
from api.idempotency import idempotent
from api.pages import cursor_of, list_json, read_page
from api.shapes import refund_json
from api.views import MerchantView
from common import clock
from common.money import Money
from payments import services as payments
from payments.queries import payment_of_merchant, refund_of_merchant, refunds_of_merchant
from payments.states import RefundReason

READ, WRITE = "payments:read", "refunds:write"


class RefundInput(Input):
    payment = Text(most=64)
    amount = Amount(required=False, default=None)
    reason = Choice([str(reason) for reason in RefundReason], required=False, default=str(RefundReason.OTHER))


class Refunds(MerchantView):
    """GET and POST /v1/refunds."""

    permission_classes = (needs_scope(read=READ, write=WRITE),)

    def get(self, request: MerchantRequest) -> Response:
        asked = read_page(request, prefix="ref", filters=("payment",))
        payment_id = request.query_params.get("payment", "")
        page = refunds_of_merchant(request.merchant.id, payment_id=payment_id, cursor=cursor_of(asked))
        return Response(list_json(request, asked, page.rows, refund_json, has_more=page.has_more))

    @idempotent
    def post(self, request: MerchantRequest) -> Response:
        asked = RefundInput.read(request)
        payment = payment_of_merchant(request.merchant.id, asked["payment"])
        refund = payments.refund_payment(
            payment_id=payment.id,
            refund_id=request.effect_id("ref"),
            amount=None if asked["amount"] is None else Money(asked["amount"], payment.currency),
            reason=asked["reason"],
            by=request.actor,
            now=clock.now(),
        )
        return Response(refund_json(refund), status=status.HTTP_201_CREATED)


class OneRefund(MerchantView):
    """GET /v1/refunds/{id}."""

    permission_classes = (needs_scope(read=READ),)

    def get(self, request: MerchantRequest, refund_id: str) -> Response:
        return Response(refund_json(refund_of_merchant(request.merchant.id, refund_id)))
