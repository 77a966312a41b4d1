"""Who asks, as this commerce knows them."""

from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response

from api.authentication import MerchantRequest, needs_scope
from api.describing import described
from api.shapes import shop_json
from api.views import MerchantView
from merchants.queries import merchant_by_id, return_urls_of, shops_of


class OwnShop(MerchantView):
    """GET /v1/shop."""

    permission_classes = (needs_scope(read="payments:read"),)

    @described(
        _("Look at your own profile"),
        about=_(
            "Your business as customers and this commerce know it, its shops, and where customers may come back to."
        ),
        answer="Profile",
    )
    def get(self, request: MerchantRequest) -> Response:
        merchant = merchant_by_id(request.merchant.id)
        return Response(shop_json(merchant, shops_of(merchant.id), return_urls_of(merchant.id)))
