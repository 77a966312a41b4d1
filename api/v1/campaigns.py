"""Points campaigns: write one, try it on the past, start it, pause it, end it, see what it costs."""

from dataclasses import replace
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers, status
from rest_framework.response import Response

from api.authentication import MerchantRequest, needs_scope
from api.describing import described
from api.fields import Amount, Choice, Day, Flag, Input, Instant, Integer, NoInput, Text, Words
from api.idempotency import idempotent
from api.pages import ListQuery, cut, list_json
from api.shapes import campaign_json, campaign_preview_json
from api.views import MerchantView
from common import clock
from common.money import MOST_MINOR, pts, yen
from common.states import TransitionRefused
from common.text import TextHidesSomething, TextMissing, TextTooLong
from points import services as points
from points.campaign_queries import campaign_of_merchant, campaigns_of_merchant
from points.campaigns import MOST_BASIS_POINTS, Terms
from points.errors import (
    CampaignChangedMeanwhile,
    CampaignDaysNotPossible,
    CampaignIsOver,
    CampaignIsUsedUp,
    CampaignKindNotPossible,
    CampaignLimitTooLow,
    CampaignNamesBoth,
    CampaignNotFound,
    CampaignRepeatDiffers,
    CampaignShopNotOpen,
    CampaignsTooMany,
    FixedPointsTooMany,
    PreviewTimeNotPossible,
)
from points.states import CampaignKind, CampaignStatus, Combining, Weekday

READ, WRITE = "points:read", "points:write"

MOST_VERSION: Final = 2_147_483_647
"""What a version's column can hold."""

_WEEKDAYS = [day.name.lower() for day in Weekday]
_NO_SUCH_TERMS = (
    CampaignKindNotPossible,
    FixedPointsTooMany,
    CampaignDaysNotPossible,
    CampaignNamesBoth,
    TextMissing,
    TextTooLong,
    TextHidesSomething,
)
_AMOUNTS = {"budget": yen, "minimum_spend": yen, "points": pts, "most_points_per_customer": pts}


class CampaignChanges(Input):
    name = Text(most=80, required=False, help_text=_("Your own name for it."))
    kind = Choice(
        [str(kind) for kind in CampaignKind],
        required=False,
        help_text=_("A share of the money part, or the same points for each purchase."),
    )
    rate_basis_points = Integer(
        least=1,
        most=MOST_BASIS_POINTS,
        required=False,
        allow_null=True,
        help_text=_("With “rate”: hundredths of a percent of the money part, rounded down."),
    )
    points = Integer(
        least=1,
        most=MOST_MINOR,
        required=False,
        allow_null=True,
        help_text=_("With “fixed”: points for one purchase, at most a fifth of the minimum spend."),
    )
    minimum_spend = Integer(
        least=0,
        most=MOST_MINOR,
        required=False,
        help_text=_("So much of the money part, of what counts, must be reached, in yen."),
    )
    skus = serializers.ListField(
        child=Text(most=64), max_length=100, required=False, help_text=_("Only these items count; empty means all.")
    )
    categories = serializers.ListField(
        child=Text(most=64),
        max_length=100,
        required=False,
        help_text=_("Only items of these categories count; empty means all."),
    )
    first_purchase_only = Flag(
        required=False, help_text=_("Only for a customer who has bought nothing from you before.")
    )
    starts_on = Day(
        required=False, allow_null=True, help_text=_("The first day, in Tokyo. Without one it begins when started.")
    )
    ends_before = Day(
        required=False, allow_null=True, help_text=_("The first day, in Tokyo, that no longer belongs to it.")
    )
    weekdays = Words(_WEEKDAYS, required=False, help_text=_("Only on these days of the week; empty means all."))
    most_points_per_customer = Integer(
        least=1, most=MOST_MINOR, required=False, allow_null=True, help_text=_("The most points for one customer.")
    )
    most_purchases_per_customer = Integer(
        least=1,
        most=1_000_000_000,
        required=False,
        allow_null=True,
        help_text=_("For so many purchases of one customer."),
    )
    most_purchases = Integer(
        least=1, most=1_000_000_000, required=False, allow_null=True, help_text=_("For so many purchases in all.")
    )
    budget = Amount(required=False, help_text=_("The most that it may cost, in yen: it stops by itself there."))
    combining = Choice(
        [str(one) for one in Combining],
        required=False,
        help_text=_("“adds_up” (if left out) with other campaigns; of all “best_of” ones only the best gives points."),
    )


class CampaignInput(CampaignChanges):
    name = Text(most=80, help_text=_("Your own name for it."))
    kind = Choice(
        [str(kind) for kind in CampaignKind],
        help_text=_("A share of the money part, or the same points for each purchase."),
    )
    budget = Amount(help_text=_("The most that it may cost, in yen: it stops by itself there."))


class CampaignPatch(CampaignChanges):
    version = Integer(
        least=1,
        most=MOST_VERSION,
        required=False,
        help_text=_("The version that you looked at: the change is refused when somebody else has changed it since."),
    )


class PreviewInput(CampaignChanges):
    since = Instant(required=False, help_text=_("The first instant of the time to look at; 90 days ago if left out."))
    until = Instant(required=False, help_text=_("The first instant that no longer belongs to it; now if left out."))


CAMPAIGNS = ListQuery(prefix="cmp", status=Choice([str(word) for word in CampaignStatus]))


class Campaigns(MerchantView):
    """GET and POST /v1/points/campaigns."""

    permission_classes = (needs_scope(read=READ, write=WRITE),)

    @described(_("List campaigns"), answer="PointsCampaignList", query=CAMPAIGNS)
    def get(self, request: MerchantRequest) -> Response:
        asked = CAMPAIGNS.read(request)
        wanted = asked.filters.get("status")
        found = campaigns_of_merchant(
            request.merchant.id,
            statuses=(wanted,) if wanted else (),
            starting_after=asked.starting_after,
            ending_before=asked.ending_before,
            limit=asked.limit + 1,
        )
        rows, has_more = cut(found, asked)
        return Response(list_json(request, asked, rows, campaign_json, has_more=has_more))

    @described(
        _("Write a campaign"),
        about=_("A draft: it gives nothing before you start it. You pay for its points as for all that you issue."),
        body=CampaignInput,
        answer="PointsCampaign",
        status=status.HTTP_201_CREATED,
        refuses=(CampaignsTooMany, CampaignRepeatDiffers, *_NO_SUCH_TERMS),
        example={
            "name": "Double points on weekends",
            "kind": "rate",
            "rate_basis_points": 100,
            "minimum_spend": 3_000,
            "weekdays": ["saturday", "sunday"],
            "starts_on": "2026-12-01",
            "ends_before": "2027-01-01",
            "most_points_per_customer": 2_000,
            "budget": 100_000,
        },
    )
    @idempotent
    def post(self, request: MerchantRequest) -> Response:
        asked = CampaignInput.read(request)
        campaign = points.create_campaign(
            campaign_id=request.effect_id("cmp"),
            merchant_id=request.merchant.id,
            terms=Terms(**_members(asked)),
            by=request.actor,
            now=clock.now(),
        )
        return Response(campaign_json(campaign), status=status.HTTP_201_CREATED)


class OneCampaign(MerchantView):
    """GET and PATCH /v1/points/campaigns/{id}."""

    permission_classes = (needs_scope(read=READ, write=WRITE),)

    @described(_("Look at a campaign"), answer="PointsCampaign", refuses=(CampaignNotFound,))
    def get(self, request: MerchantRequest, campaign_id: str) -> Response:
        return Response(campaign_json(campaign_of_merchant(request.merchant.id, campaign_id)))

    @described(
        _("Change a campaign"),
        about=_(
            "What is left out stays as it is; null takes a limit away. Once started, each change is a new version: a "
            "purchase is judged by the version that was in force when it was captured."
        ),
        body=CampaignPatch,
        answer="PointsCampaign",
        refuses=(
            CampaignNotFound,
            CampaignChangedMeanwhile,
            TransitionRefused,
            CampaignLimitTooLow,
            *_NO_SUCH_TERMS,
        ),
        example={"budget": 150_000, "ends_before": "2027-01-12", "version": 2},
    )
    def patch(self, request: MerchantRequest, campaign_id: str) -> Response:
        changes = _members(CampaignPatch.read(request))
        version = changes.pop("version", None)
        campaign = campaign_of_merchant(request.merchant.id, campaign_id)
        changed = points.change_campaign(
            campaign_id=campaign.id, changes=changes, version=version, by=request.actor, now=clock.now()
        )
        return Response(campaign_json(changed))


class StartCampaign(MerchantView):
    """POST /v1/points/campaigns/{id}/start: from now on, or from its first day on."""

    permission_classes = (needs_scope(write=WRITE),)

    @described(
        _("Start a campaign"),
        about=_("It runs at once, or is scheduled for its first day. Also after a pause, and with a raised budget."),
        body=NoInput,
        answer="PointsCampaign",
        refuses=(CampaignNotFound, TransitionRefused, CampaignIsOver, CampaignIsUsedUp, CampaignShopNotOpen),
    )
    @idempotent
    def post(self, request: MerchantRequest, campaign_id: str) -> Response:
        NoInput.read(request)
        campaign = campaign_of_merchant(request.merchant.id, campaign_id)
        started = points.start_campaign(campaign_id=campaign.id, by=request.actor, now=clock.now())
        return Response(campaign_json(started))


class PauseCampaign(MerchantView):
    """POST /v1/points/campaigns/{id}/pause: what is bought from now on earns nothing from it."""

    permission_classes = (needs_scope(write=WRITE),)

    @described(
        _("Pause a campaign"),
        about=_("What is bought from now on earns nothing from it, until it is started again."),
        body=NoInput,
        answer="PointsCampaign",
        refuses=(CampaignNotFound, TransitionRefused),
    )
    @idempotent
    def post(self, request: MerchantRequest, campaign_id: str) -> Response:
        NoInput.read(request)
        campaign = campaign_of_merchant(request.merchant.id, campaign_id)
        paused = points.pause_campaign(campaign_id=campaign.id, by=request.actor, now=clock.now())
        return Response(campaign_json(paused))


class EndCampaign(MerchantView):
    """POST /v1/points/campaigns/{id}/end: for good; what it gave stays."""

    permission_classes = (needs_scope(write=WRITE),)

    @described(
        _("End a campaign"),
        about=_("For good, or throw a draft away. What it gave stays with your customers."),
        body=NoInput,
        answer="PointsCampaign",
        refuses=(CampaignNotFound,),
    )
    @idempotent
    def post(self, request: MerchantRequest, campaign_id: str) -> Response:
        NoInput.read(request)
        campaign = campaign_of_merchant(request.merchant.id, campaign_id)
        ended = points.end_campaign(campaign_id=campaign.id, by=request.actor, now=clock.now())
        return Response(campaign_json(ended))


class PreviewCampaign(MerchantView):
    """GET and POST /v1/points/campaigns/{id}/preview: on the past, as it stands or with other terms. Writes nothing."""

    permission_classes = (needs_scope(read=READ, write=READ),)

    @described(
        _("Preview a campaign"),
        about=_("What it would have given for your purchases of the last 90 days, as it stands. Nothing is written."),
        answer="PointsCampaignPreview",
        refuses=(CampaignNotFound,),
    )
    def get(self, request: MerchantRequest, campaign_id: str) -> Response:
        campaign = campaign_of_merchant(request.merchant.id, campaign_id)
        preview = points.preview_campaign(merchant_id=request.merchant.id, terms=campaign.terms, now=clock.now())
        return Response(campaign_preview_json(preview, campaign_id=campaign.id))

    @described(
        _("Preview a campaign with other terms"),
        about=_("Terms that are left out are those it has. At most a year of the past; nothing is written."),
        body=PreviewInput,
        answer="PointsCampaignPreview",
        refuses=(CampaignNotFound, PreviewTimeNotPossible, *_NO_SUCH_TERMS),
        example={"rate_basis_points": 200, "since": "2026-10-01T00:00:00+09:00", "until": "2026-11-01T00:00:00+09:00"},
    )
    def post(self, request: MerchantRequest, campaign_id: str) -> Response:
        changes = _members(PreviewInput.read(request))
        since, until = (changes.pop(name, None) for name in ("since", "until"))
        campaign = campaign_of_merchant(request.merchant.id, campaign_id)
        preview = points.preview_campaign(
            merchant_id=request.merchant.id,
            terms=replace(campaign.terms, **changes),
            since=since,
            until=until,
            now=clock.now(),
        )
        return Response(campaign_preview_json(preview, campaign_id=campaign.id))


def _members(asked: dict[str, Any]) -> dict[str, Any]:
    """The members that were given, as `Terms` has them."""
    members = dict(asked)
    for name, amount in _AMOUNTS.items():
        if members.get(name) is not None:
            members[name] = amount(members[name])
    for name in ("skus", "categories"):
        if name in members:
            members[name] = tuple(members[name])
    if "weekdays" in members:
        members["weekdays"] = tuple(Weekday[day.upper()] for day in members["weekdays"])
    if "kind" in members:
        members["kind"] = CampaignKind(members["kind"])
    if "combining" in members:
        members["combining"] = Combining(members["combining"])
    return members
