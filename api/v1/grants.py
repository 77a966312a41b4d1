"""Grants: ask a customer for a permission, look at it, list them, let it go. Charging is a payment with `grant`."""

from functools import partial

from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response
from rest_framework.status import HTTP_201_CREATED

from api.authentication import MerchantRequest, needs_scope
from api.describing import described
from api.fields import Amount, Choice, Day, Input, Instant, Integer, Metadata, NoInput, Text, Url
from api.idempotency import idempotent
from api.pages import ListQuery, cursor_of, list_json
from api.shapes import grant_json
from api.views import MerchantView
from common import clock
from common.money import Money
from common.states import TransitionRefused
from common.text import TextHidesSomething, TextMissing, TextTooLong
from payments import services as payments
from payments.errors import (
    CurrencyNotAccepted,
    FactsTooLarge,
    GrantDayNotPossible,
    GrantLimitsNotPossible,
    GrantNotFound,
    GrantReferenceUsed,
    LifeNotPossible,
    MerchantNotOpen,
    RepeatDiffers,
    ReturnUrlNotRegistered,
)
from payments.queries import grant_of_merchant, grants_of_merchant
from payments.states import GrantKind, GrantPeriod, GrantStatus
from payments.types import GrantFilter

READ, WRITE = "grants:read", "grants:write"


class GrantInput(Input):
    kind = Choice([str(kind) for kind in GrantKind], help_text=_("For one payment, or for any number of them."))
    limit_per_payment = Amount(help_text=_("The most that one payment may be, in minor units."))
    limit_per_period = Amount(
        required=False, default=None, help_text=_("The most in one period. For a recurring grant, and only for one.")
    )
    period = Choice(
        [str(period) for period in GrantPeriod if period != GrantPeriod.NONE],
        required=False,
        default=None,
        help_text=_("A calendar period of Tokyo. For a recurring grant, and only for one."),
    )
    currency = Choice(["JPY"])
    until = Day(help_text=_("The last day on which you may charge, in Tokyo; at most three years from now."))
    merchant_reference = Text(most=64, help_text=_("Your own name for it. Unique for you, for ever."))
    description = Text(
        most=255, least=0, required=False, default="", help_text=_("What the customer reads beside the limits.")
    )
    return_url = Url(help_text=_("Where the customer comes back to; one of your registered return URLs."))
    metadata = Metadata(required=False, default=dict, help_text=_("Kept and given back, never looked at."))
    expires_in = Integer(
        least=60,
        most=30 * 24 * 60 * 60,
        required=False,
        default=24 * 60 * 60,
        help_text=_("For how many seconds the customer may answer."),
    )


GRANTS = ListQuery(
    prefix="grt",
    status=Choice([str(word) for word in GrantStatus]),
    created_from=Instant(help_text=_("Made at this instant or later.")),
    created_before=Instant(help_text=_("Made before this instant.")),
    merchant_reference=Text(most=64, help_text=_("Your own name for it, exactly.")),
)


class Grants(MerchantView):
    """GET and POST /v1/grants."""

    permission_classes = (needs_scope(read=READ, write=WRITE),)

    @described(_("List grants"), answer="GrantList", query=GRANTS)
    def get(self, request: MerchantRequest) -> Response:
        asked = GRANTS.read(request)
        status = asked.filters.get("status")
        wanted = GrantFilter(
            statuses=(status,) if status else (),
            created_from=asked.filters.get("created_from"),
            created_before=asked.filters.get("created_before"),
            reference=asked.filters.get("merchant_reference", ""),
        )
        page = grants_of_merchant(request.merchant.id, wanted=wanted, cursor=cursor_of(asked))
        shape = partial(grant_json, now=clock.now())
        return Response(list_json(request, asked, page.rows, shape, has_more=page.has_more))

    @described(
        _("Ask for a grant"),
        about=_(
            "Answers with a checkout_url: send the customer’s browser there. The customer may lower the limits before "
            "saying yes, and pauses or ends the grant at any time."
        ),
        body=GrantInput,
        answer="Grant",
        status=HTTP_201_CREATED,
        refuses=(
            GrantReferenceUsed,
            RepeatDiffers,
            MerchantNotOpen,
            ReturnUrlNotRegistered,
            CurrencyNotAccepted,
            GrantLimitsNotPossible,
            GrantDayNotPossible,
            LifeNotPossible,
            FactsTooLarge,
            TextMissing,
            TextTooLong,
            TextHidesSomething,
        ),
        example={
            "kind": "recurring",
            "limit_per_payment": 5_000,
            "limit_per_period": 20_000,
            "period": "month",
            "currency": "JPY",
            "until": "2027-11-30",
            "merchant_reference": "beans-7",
            "description": "Coffee beans, once a week",
            "return_url": "https://shop.example/return",
        },
    )
    @idempotent
    def post(self, request: MerchantRequest) -> Response:
        asked = GrantInput.read(request)
        now = clock.now()
        per_period = asked["limit_per_period"]
        grant = payments.create_grant(
            grant_id=request.effect_id("grt"),
            merchant_id=request.merchant.id,
            kind=asked["kind"],
            limit_per_payment=Money(asked["limit_per_payment"], asked["currency"]),
            limit_per_period=None if per_period is None else Money(per_period, asked["currency"]),
            period=asked["period"] or GrantPeriod.NONE,
            until=asked["until"],
            merchant_reference=asked["merchant_reference"],
            return_url=asked["return_url"],
            description=asked["description"],
            metadata=asked["metadata"],
            expires_in_seconds=asked["expires_in"],
            by=request.actor,
            now=now,
        )
        return Response(grant_json(grant, now=now), status=HTTP_201_CREATED)


class OneGrant(MerchantView):
    """GET /v1/grants/{id}."""

    permission_classes = (needs_scope(read=READ),)

    @described(_("Look at a grant"), answer="Grant", refuses=(GrantNotFound,))
    def get(self, request: MerchantRequest, grant_id: str) -> Response:
        return Response(grant_json(grant_of_merchant(request.merchant.id, grant_id), now=clock.now()))


class RevokeGrant(MerchantView):
    """POST /v1/grants/{id}/revoke: the shop does not need it any more, or takes the request back."""

    permission_classes = (needs_scope(write=WRITE),)

    @described(
        _("Revoke a grant"),
        about=_("Ends it for good. What was charged stays charged."),
        body=NoInput,
        answer="Grant",
        refuses=(GrantNotFound, TransitionRefused),
    )
    @idempotent
    def post(self, request: MerchantRequest, grant_id: str) -> Response:
        NoInput.read(request)
        now = clock.now()
        grant = grant_of_merchant(request.merchant.id, grant_id)
        payments.end_grant(
            grant_id=grant.id,
            by=request.actor,
            now=now,
            first_asked_at=request.claim.claimed_at if request.claim.turn > 1 else None,
        )
        return Response(grant_json(grant_of_merchant(request.merchant.id, grant_id), now=now))
