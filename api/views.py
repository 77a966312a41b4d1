"""What every view of the API does before and after its own few lines."""

import time
from typing import Any, cast

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.authentication import ApiKeyAuthentication, MerchantRequest
from api.errors import UnknownVersion
from api.request_log import note
from api.throttling import count_request
from common import clock
from merchants import services as merchants
from merchants.versions import known_versions, led_down


class MerchantView(APIView):
    """A view for a merchant's server: API key, strict JSON in, JSON out, never cached."""

    authentication_classes = (ApiKeyAuthentication,)
    http_method_names = ("get", "head", "post", "patch", "delete")

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        asked = MerchantRequest(
            request,
            parsers=self.get_parsers(),
            authenticators=self.get_authenticators(),
            negotiator=self.get_content_negotiator(),
            parser_context=self.get_parser_context(request),
        )
        asked.begun = time.monotonic()
        return asked

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        cast("MerchantRequest", request).known = True

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        count_request(cast("MerchantRequest", request).merchant.id)
        holder = cast("MerchantRequest", request).holder
        merchants.note_key_use(key_id=holder.key_id, now=clock.now())
        asked = request.headers.get("VaultPay-Version", holder.api_version)
        if asked not in known_versions():
            raise UnknownVersion(asked=asked[:32])
        cast("MerchantRequest", request).spoken = asked

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        if isinstance(response, Response):
            response.data = led_down(response.data, spoken=cast("MerchantRequest", request).spoken)
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        final["VaultPay-Version"] = cast("MerchantRequest", request).spoken
        final["Cache-Control"] = "no-store"
        if cast("MerchantRequest", request).known:
            note(cast("MerchantRequest", request), final)
        return final
