"""Refunds: give captured money back."""

from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.response import Response

from api.authentication import MerchantRequest, needs_scope
from api.describing import described
from api.fields import Amount, Choice, Input, Instant, Text
from api.idempotency import idempotent
from api.pages import ListQuery, cursor_of, list_json
from api.shapes import refund_json
from api.views import MerchantView
from common import clock
from common.money import Money
from common.states import TransitionRefused
from payments import services as payments
from payments.errors import (
    CaptureNotFound,
    NothingToRefund,
    PaymentNotFound,
    RefundExceedsCaptured,
    RefundNotFound,
    RepeatDiffers,
)
from payments.queries import payment_of_merchant, refund_of_merchant, refunds_of_merchant
from payments.states import RefundReason, RefundStatus

READ, WRITE = "payments:read", "refunds:write"


class RefundInput(Input):
    payment = Text(most=64, help_text=_("The id of the payment."))
    amount = Amount(required=False, default=None, help_text=_("Left out: all that can be given back."))
    capture = Text(most=64, required=False, default=None, help_text=_("Left out: the oldest captures first."))
    reason = Choice([str(reason) for reason in RefundReason], required=False, default=str(RefundReason.OTHER))


REFUNDS = ListQuery(
    prefix="ref",
    payment=Text(most=64, help_text=_("Refunds of this payment.")),
    status=Choice([str(one) for one in RefundStatus], help_text=_("Refunds in this state.")),
    created_from=Instant(help_text=_("Made at this instant or later.")),
    created_before=Instant(help_text=_("Made before this instant.")),
)


class Refunds(MerchantView):
    """GET and POST /v1/refunds."""

    permission_classes = (needs_scope(read=READ, write=WRITE),)

    @described(_("List refunds"), answer="RefundList", query=REFUNDS)
    def get(self, request: MerchantRequest) -> Response:
        asked = REFUNDS.read(request)
        page = refunds_of_merchant(
            request.merchant.id,
            payment_id=asked.filters.get("payment", ""),
            statuses=[asked.filters["status"]] if "status" in asked.filters else (),
            created_from=asked.filters.get("created_from"),
            created_before=asked.filters.get("created_before"),
            cursor=cursor_of(asked),
        )
        return Response(list_json(request, asked, page.rows, refund_json, has_more=page.has_more))

    @described(
        _("Refund a payment"),
        about=_(
            "Gives captured money back, all or a part, as often as something is left. A pending refund resolves by "
            "itself; you hear of it by webhook."
        ),
        body=RefundInput,
        answer="Refund",
        status=status.HTTP_201_CREATED,
        refuses=(
            PaymentNotFound,
            CaptureNotFound,
            RefundExceedsCaptured,
            RepeatDiffers,
            NothingToRefund,
            TransitionRefused,
        ),
        example={"payment": "pay_01kb1tqg00e7xk4v2m9q8z5n3c", "reason": "requested_by_customer"},
    )
    @idempotent
    def post(self, request: MerchantRequest) -> Response:
        asked = RefundInput.read(request)
        payment = payment_of_merchant(request.merchant.id, asked["payment"])
        refund = payments.refund_payment(
            payment_id=payment.id,
            refund_id=request.effect_id("ref"),
            amount=None if asked["amount"] is None else Money(asked["amount"], payment.currency),
            capture_id=asked["capture"],
            reason=asked["reason"],
            by=request.actor,
            now=clock.now(),
        )
        return Response(refund_json(refund), status=status.HTTP_201_CREATED)


class OneRefund(MerchantView):
    """GET /v1/refunds/{id}."""

    permission_classes = (needs_scope(read=READ),)

    @described(_("Look at a refund"), answer="Refund", refuses=(RefundNotFound,))
    def get(self, request: MerchantRequest, refund_id: str) -> Response:
        return Response(refund_json(refund_of_merchant(request.merchant.id, refund_id)))
