"""The description of the API itself."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.describing import described
from api.openapi import document


class Description(APIView):
    """GET /v1/openapi.json."""

    authentication_classes = ()
    permission_classes = ()

    @described("This description", answer="", public=True)
    def get(self, request: Request) -> Response:
        return Response(document())
