"""Campaigns, conversions and clearings of points."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from api.fields import Schema
from api.objects.schema import DAY, INSTANT, LIVEMODE, MADE, an_id, members, or_null, page_of, said, text, whole, word
from points.campaigns import MOST_BASIS_POINTS
from points.clearing import ClearingKind
from points.states import CampaignKind, CampaignStatus, Combining, Weekday

CLEARING: Final = members(
    {
        "id": an_id("clr"),
        "object": {"const": "points_clearing"},
        "livemode": LIVEMODE,
        "month": said({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$"}, _("In Tokyo.")),
        "currency": {"const": "JPY"},
        "opening_reserve": said({"type": "integer"}, _("Set aside for your points when the month began.")),
        "closing_reserve": said({"type": "integer"}, _("Set aside for your points when it ended.")),
        "net_position": said(
            {"type": "integer"}, _("What others paid you for points, minus what you paid them. It has moved already.")
        ),
        "lines": {
            "type": "array",
            "items": members(
                {
                    "kind": word(ClearingKind),
                    "counterparty": said(
                        or_null(text(40)), _("The other merchant; “commerce” for the commerce itself; null for none.")
                    ),
                    "amount": said(whole(), _("In yen, and in points: one is worth the other.")),
                    "count": said(whole(), _("How often.")),
                }
            ),
        },
        "created_at": MADE,
    },
    _("What points cost and brought you in one month. It states; the money moved when each thing happened."),
)

CAMPAIGN: Final = members(
    {
        "id": an_id("cmp"),
        "object": {"const": "points_campaign"},
        "livemode": LIVEMODE,
        "status": said(word(CampaignStatus), _("It gives points while it is “running”.")),
        "name": said(text(80), _("Your own name for it.")),
        "kind": said(word(CampaignKind), _("A share of the money part, or the same points for each purchase.")),
        "rate_basis_points": said(
            or_null(whole(MOST_BASIS_POINTS, least=1)), _("With “rate”: hundredths of a percent, rounded down.")
        ),
        "points": said(or_null(whole(least=1)), _("With “fixed”: points for one purchase.")),
        "minimum_spend": said(whole(), _("So much of the money part, of what counts, must be reached, in yen.")),
        "skus": said({"type": "array", "maxItems": 100, "items": text(64)}, _("Only these items count; empty: all.")),
        "categories": said(
            {"type": "array", "maxItems": 100, "items": text(64)},
            _("Only items of these categories; empty: all."),
        ),
        "first_purchase_only": said({"type": "boolean"}, _("Only for who has bought nothing from you before.")),
        "starts_on": said(or_null(DAY), _("The first day, in Tokyo.")),
        "ends_before": said(or_null(DAY), _("The first day, in Tokyo, that no longer belongs to it.")),
        "weekdays": said(
            {"type": "array", "maxItems": 7, "items": word(day.name.lower() for day in Weekday)},
            _("Only on these days of the week, in Tokyo; empty: all."),
        ),
        "most_points_per_customer": said(or_null(whole(least=1)), _("The most points for one customer.")),
        "most_purchases_per_customer": said(or_null(whole(least=1)), _("For so many purchases of one customer.")),
        "most_purchases": said(or_null(whole(least=1)), _("For so many purchases in all.")),
        "budget": said(whole(least=1), _("The most that it may cost, in yen.")),
        "combining": said(word(Combining), _("Beside other campaigns: it adds up, or only the best one gives.")),
        "budget_used": said(whole(), _("What it gave, refunds taken off: one point costs one yen.")),
        "budget_left": said(whole(), _("What it can still give.")),
        "purchases": said(whole(), _("For how many purchases it gave points.")),
        "version": said({"type": "integer", "minimum": 1}, _("Of the terms and the status. Lots name it.")),
        "started_at": said(or_null(INSTANT), _("When it was first started.")),
        "ended_at": said(or_null(INSTANT), _("When it ended.")),
        "created_at": MADE,
    },
    _("Points that you give on top, within a budget."),
)

CAMPAIGN_PREVIEW: Final = members(
    {
        "object": {"const": "points_campaign_preview"},
        "livemode": LIVEMODE,
        "campaign": an_id("cmp"),
        "since": said(INSTANT, _("The first instant of the time that was looked at.")),
        "until": said(INSTANT, _("The first instant that no longer belongs to it.")),
        "purchases_seen": said(whole(), _("How many purchases of that time were looked at.")),
        "is_complete": said(
            {"type": "boolean"}, _("False when there were more than we look at: then “until” is where it stopped.")
        ),
        "purchases": said(whole(), _("How many of them would have got points.")),
        "customers": said(whole(), _("How many customers would have got points.")),
        "points": said(whole(), _("How many points.")),
        "points_taken_back": said(whole(), _("What refunds would have taken back of them by now.")),
        "cost": said(whole(), _("What is left of the points, in yen.")),
        "budget_ended_at": said(or_null(INSTANT), _("When nothing would have been left to give; null when it lasts.")),
        "weeks": {
            "type": "array",
            "maxItems": 54,
            "items": members(
                {
                    "begins_on": said(DAY, _("A Monday, in Tokyo.")),
                    "purchases": whole(),
                    "customers": whole(),
                    "points": whole(),
                }
            ),
        },
    },
    _("What a campaign would have given for purchases of the past, had it run then and alone."),
)

CONVERSION: Final = members(
    {
        "id": an_id("cnv"),
        "object": {"const": "points_conversion"},
        "livemode": LIVEMODE,
        "status": said(
            {"const": "accepted"}, _("Always: whether its owner is a customer here is not told, one by one.")
        ),
        "batch": said(an_id("cvb"), _("With what it was taken over.")),
        "source_id": said(text(64), _("Your own id of this old balance.")),
        "email": said(text(254), _("The address of whose points they are, in lower case.")),
        "points": said(whole(least=1), _("You paid one yen for each when they were taken over.")),
        "expires_on": said(DAY, _("The last day on which they can be used, in Tokyo.")),
        "created_at": MADE,
    },
    _("Old points of yours, taken over for whoever signs in with the address."),
)

_SUM: Final = or_null(members({"count": whole(), "points": whole()}))

CONVERSION_BATCH: Final = members(
    {
        "id": an_id("cvb"),
        "object": {"const": "points_conversion_batch"},
        "livemode": LIVEMODE,
        "conversions": said(whole(least=1), _("How many were taken over with it.")),
        "points": said(whole(least=1), _("All of them: what moved from your balance to what is set aside, in yen.")),
        "file_sha256": said(or_null(text(64)), _("Of the file; null for one that came without.")),
        "signing_key": said(or_null(an_id("cvk")), _("Whose signature the file had.")),
        "waits_until": said(INSTANT, _("What has no owner by then falls back to you.")),
        "converted": said(_SUM, _("What found its owner; null until the batch is over.")),
        "returned": said(_SUM, _("What fell back to you; null until the batch is over.")),
        "created_at": MADE,
    },
    _("Old points that were taken over at once."),
)

SCHEMAS: Final[dict[str, Schema]] = {
    "PointsCampaign": CAMPAIGN,
    "PointsCampaignPreview": CAMPAIGN_PREVIEW,
    "PointsCampaignList": page_of("PointsCampaign"),
    "PointsConversion": CONVERSION,
    "PointsConversionBatch": CONVERSION_BATCH,
    "PointsConversionList": page_of("PointsConversion"),
    "PointsClearing": CLEARING,
    "PointsClearingList": page_of("PointsClearing"),
}
