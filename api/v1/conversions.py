"""A shop's old points: taken over one by one, or by a file that the shop signed."""

from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.response import Response

from api.authentication import MerchantRequest, needs_scope
from api.describing import described
from api.errors import UnacceptableInput
from api.fields import Day, Input, Integer, Text
from api.idempotency import idempotent
from api.pages import ListQuery, cut, list_json
from api.parsers import file_parsers
from api.shapes import conversion_batch_json, conversion_json
from api.views import MerchantView
from common import clock
from common.money import MOST_MINOR, pts
from points import services as points
from points.conversion_csv import MOST_BYTES
from points.conversion_queries import MOST_SIGNATURE, batch_of_merchant, conversion_of_merchant, conversions_of_merchant
from points.errors import (
    AddressNotReadable,
    ConversionBatchNotFound,
    ConversionDiffers,
    ConversionExpiryNotPossible,
    ConversionFileTooLarge,
    ConversionFileWrong,
    ConversionLimitReached,
    ConversionNotFound,
    ConversionsNotAllowed,
    ConversionTooLarge,
    SignatureNotSound,
    SourceIdNotPossible,
)

READ, WRITE = "points:read", "points:write"


class ConversionInput(Input):
    source_id = Text(most=64, help_text=_("Your own id of this old balance. Once used, it stands for these facts."))
    email = Text(most=254, help_text=_("The address of whose points they are."))
    points = Integer(least=1, most=MOST_MINOR, help_text=_("One point costs you one yen, from now on."))
    expires_on = Day(
        required=False,
        allow_null=True,
        help_text=_("The last day, in Tokyo; as long as new points live if left out, which is also the most."),
    )


CONVERSIONS = ListQuery(prefix="cnv", source_id=Text(most=64, help_text=_("Only this one.")))


class Conversions(MerchantView):
    """GET and POST /v1/points/conversions."""

    permission_classes = (needs_scope(read=READ, write=WRITE),)

    @described(_("List conversions"), answer="PointsConversionList", query=CONVERSIONS)
    def get(self, request: MerchantRequest) -> Response:
        asked = CONVERSIONS.read(request)
        found = conversions_of_merchant(
            request.merchant.id,
            source_id=asked.filters.get("source_id", ""),
            starting_after=asked.starting_after,
            ending_before=asked.ending_before,
            limit=asked.limit + 1,
        )
        rows, has_more = cut(found, asked)
        return Response(list_json(request, asked, rows, conversion_json, has_more=has_more))

    @described(
        _("Have old points taken over"),
        about=_(
            "You pay for them now; they wait 90 days for whoever signs in with the address, then fall back to you. The "
            "same source_id with the same facts is the same conversion. The answer does not say who is a customer."
        ),
        body=ConversionInput,
        answer="PointsConversion",
        status=status.HTTP_201_CREATED,
        refuses=(
            ConversionsNotAllowed,
            SourceIdNotPossible,
            AddressNotReadable,
            ConversionDiffers,
            ConversionTooLarge,
            ConversionExpiryNotPossible,
            ConversionLimitReached,
        ),
        example={"source_id": "card-000123", "email": "alice@example.jp", "points": 1_200, "expires_on": "2027-03-31"},
    )
    @idempotent
    def post(self, request: MerchantRequest) -> Response:
        asked = ConversionInput.read(request)
        conversion = points.convert_points(
            merchant_id=request.merchant.id,
            source_id=asked["source_id"],
            email=asked["email"],
            amount=pts(asked["points"]),
            expires_on=asked.get("expires_on"),
            by=request.actor,
            now=clock.now(),
        )
        return Response(conversion_json(conversion), status=status.HTTP_201_CREATED)


class OneConversion(MerchantView):
    """GET /v1/points/conversions/{id}."""

    permission_classes = (needs_scope(read=READ),)

    @described(_("Look at a conversion"), answer="PointsConversion", refuses=(ConversionNotFound,))
    def get(self, request: MerchantRequest, conversion_id: str) -> Response:
        return Response(conversion_json(conversion_of_merchant(request.merchant.id, conversion_id)))


class ConversionFile(MerchantView):
    """POST /v1/points/conversions/file: the file is the body itself, byte by byte as it was signed."""

    permission_classes = (needs_scope(write=WRITE),)
    parser_classes = file_parsers(["text/csv"], most_bytes=MOST_BYTES)

    @described(
        _("Have a signed file of old points taken over"),
        about=_(
            "CSV with the header source_id,email,points,expires_on, signed by a key that you registered in the "
            "dashboard. All of it in one step, or nothing: then every line that does not fit is named. Sending it "
            "again changes nothing."
        ),
        upload=["text/csv"],
        upload_says="signature",
        answer="PointsConversionBatch",
        status=status.HTTP_201_CREATED,
        refuses=(
            ConversionsNotAllowed,
            SignatureNotSound,
            ConversionFileTooLarge,
            ConversionFileWrong,
            ConversionLimitReached,
        ),
    )
    def post(self, request: MerchantRequest) -> Response:
        signature = request.query_params.get("signature", "")
        if not 1 <= len(signature) <= MOST_SIGNATURE:
            detail = _("Must have {least} to {most} characters.").format(least=1, most=MOST_SIGNATURE)
            raise UnacceptableInput([{"field": "signature", "code": "length", "message": detail}])
        sent: object = request.data
        now = clock.now()
        batch = points.convert_file(
            merchant_id=request.merchant.id,
            content=sent if isinstance(sent, bytes) else b"",
            signature=signature,
            by=request.actor,
            now=now,
        )
        return Response(conversion_batch_json(batch, now=now), status=status.HTTP_201_CREATED)


class OneConversionBatch(MerchantView):
    """GET /v1/points/conversion_batches/{id}."""

    permission_classes = (needs_scope(read=READ),)

    @described(
        _("Look at a batch of conversions"),
        about=_("What found its owner, and what fell back, is told in sums when the batch is over."),
        answer="PointsConversionBatch",
        refuses=(ConversionBatchNotFound,),
    )
    def get(self, request: MerchantRequest, batch_id: str) -> Response:
        batch = batch_of_merchant(request.merchant.id, batch_id)
        return Response(conversion_batch_json(batch, now=clock.now()))
