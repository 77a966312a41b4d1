"""Signed receipts of one payment."""

from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response

from api.authentication import MerchantRequest, needs_scope
from api.describing import described
from api.shapes import receipts_json
from api.views import MerchantView
from payments.errors import ReceiptNotFound
from payments.queries import receipt_of_merchant


class Receipts(MerchantView):
    """GET /v1/receipts/{payment}."""

    permission_classes = (needs_scope(read="payments:read"),)

    @described(
        _("Look at a payment’s receipts"),
        about=_(
            "One signed statement (JWS, ES256) for each capture, each refund and the end of each dispute, the first "
            "issued first. They are signed a moment after it happened, and are checked offline with the keys at "
            "/.well-known/jwks.json."
        ),
        answer="ReceiptList",
        refuses=(ReceiptNotFound,),
    )
    def get(self, request: MerchantRequest, payment_id: str) -> Response:
        return Response(receipts_json(receipt_of_merchant(request.merchant.id, payment_id)))
