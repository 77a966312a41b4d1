"""Points clearings: the monthly statement of what points cost and brought a shop."""

from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response

from api.authentication import MerchantRequest, needs_scope
from api.describing import described
from api.pages import ListQuery, list_json
from api.shapes import clearing_json
from api.views import MerchantView
from points.clearing_queries import clearing_of_merchant, clearings_of_merchant
from points.errors import ClearingNotFound

READ = "points:read"
CLEARINGS = ListQuery(prefix="clr")


class Clearings(MerchantView):
    """GET /v1/points/clearing."""

    permission_classes = (needs_scope(read=READ),)

    @described(
        _("List points clearings"),
        about=_("One for each month, in Tokyo, in which points cost or brought you anything; never changed later."),
        answer="PointsClearingList",
        query=CLEARINGS,
    )
    def get(self, request: MerchantRequest) -> Response:
        asked = CLEARINGS.read(request)
        rows, has_more = clearings_of_merchant(
            request.merchant.id,
            starting_after=asked.starting_after,
            ending_before=asked.ending_before,
            limit=asked.limit,
        )
        return Response(list_json(request, asked, rows, clearing_json, has_more=has_more))


class OneClearing(MerchantView):
    """GET /v1/points/clearing/{id}."""

    permission_classes = (needs_scope(read=READ),)

    @described(_("Look at a points clearing"), answer="PointsClearing", refuses=(ClearingNotFound,))
    def get(self, request: MerchantRequest, clearing_id: str) -> Response:
        return Response(clearing_json(clearing_of_merchant(request.merchant.id, clearing_id)))
