"""The balance: what is owed to the merchant at this moment, or by it."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response

from api.authentication import MerchantRequest, needs_scope
from api.describing import described
from api.views import MerchantView
from payments.queries import balance_of


class Balance(MerchantView):
    """GET /v1/balance."""

    permission_classes = (needs_scope(read="payments:read"),)

    @described(_("Look at the balance"), answer="Balance")
    def get(self, request: MerchantRequest) -> Response:
        balance = balance_of(request.merchant.id)
        return Response(
            {
                "object": "balance",
                "livemode": settings.LIVE,
                "currency": balance.available.currency,
                "available": balance.available.minor,
                "pending": balance.pending.minor,
                "owed": balance.owed.minor,
            }
        )
