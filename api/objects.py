"""The objects of the API, member by member, as JSON Schemas: what `api.shapes` answers with, and what webhooks carry.

Every member is always there, and the suite holds every answer against these schemas with no other member allowed. What
is published allows more: a later version of ours may add a member, and a client that refused it would break.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from api.fields import Schema
from common.money import MOST_MINOR
from merchants.states import MerchantStatus
from payments.card_check import Check, Outcome
from payments.declines import DECLINE_CODES, Advice
from payments.evidence import ENDINGS
from payments.retries import Rule
from payments.states import (
    MOST_EVIDENCE_FILE_BYTES,
    MOST_EVIDENCE_FILES,
    MOST_STATEMENT,
    AdviceStatus,
    ApprovalKind,
    AuthorizationStatus,
    CaptureMethod,
    CaptureStatus,
    CaseAnswerKind,
    DisputeOrigin,
    DisputeReason,
    DisputeStage,
    DisputeStatus,
    FraudSource,
    GrantEnd,
    GrantKind,
    GrantPeriod,
    GrantStatus,
    Initiator,
    PaymentStatus,
    ReceiptKind,
    RefundReason,
    RefundStatus,
)
from payments.three_ds import SHIFT_REASONS
from points.campaigns import MOST_BASIS_POINTS
from points.clearing import ClearingKind
from points.states import CampaignKind, CampaignStatus, Combining, Weekday
from webhooks.states import EVENT_TYPES, DisabledWhy, EndpointStatus

Sentence = str | Promise


def said(schema: Schema, about: Sentence) -> Schema:
    return {**schema, "description": about}


def an_id(prefix: str) -> Schema:
    return {"type": "string", "pattern": f"^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"}


def word(words: Any) -> Schema:
    return {"type": "string", "enum": [str(one) for one in words]}


def whole(most: int = MOST_MINOR, least: int = 0) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": most}


def text(most: int) -> Schema:
    return {"type": "string", "maxLength": most}


def or_null(schema: Schema) -> Schema:
    kind = schema.get("type")
    if kind is None or "enum" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [kind, "null"]}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def members(properties: Mapping[str, Schema], about: Sentence = "") -> Schema:
    """An object with exactly these members, all of them always there."""
    schema = {"type": "object", "required": list(properties), "properties": dict(properties)}
    return said(schema, about) if about else schema


def page_of(name: str) -> Schema:
    return members(
        {
            "object": {"const": "list"},
            "data": said({"type": "array", "maxItems": 100, "items": ref(name)}, _("Newest first.")),
            "has_more": said({"type": "boolean"}, _("Whether others lie further in the direction that was asked.")),
            "next": said(or_null(text(2_000)), _("The address of the next page in that direction.")),
        }
    )


INSTANT: Final[Schema] = {
    "type": "string",
    "format": "date-time",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
}
CURRENCY: Final = word(["JPY"])
_LIVEMODE: Final = said({"type": "boolean"}, _("False in a sandbox: no real card, no real money."))
_MADE: Final = said(INSTANT, _("When it was made."))
_METADATA: Final[Schema] = {
    "type": "object",
    "maxProperties": 20,
    "propertyNames": {"minLength": 1, "maxLength": 40},
    "additionalProperties": {"type": "string", "maxLength": 500},
}
_VERSION: Final = said(
    {"type": "integer", "minimum": 0},
    _("Grows with each change. Of two snapshots, the one with the larger version is the newer truth."),
)
CHECK_LINE: Final[Schema] = {
    "type": "object",
    "required": ["check", "outcome"],
    "properties": {
        "check": said(word(Check), _("What was looked at.")),
        "outcome": said(word(Outcome), _("What came of it.")),
        "kind": said(word(ApprovalKind), _("With “approval”: how the customer’s passkey signed.")),
        "security_code": said(text(12), _("With “card_verification”: what the issuer said about the security code.")),
        "rule": said(word(Rule), _("With “retries”: the card networks’ rule that stands against another try.")),
        "not_before": said(INSTANT, _("When time alone will have lifted it.")),
        "limit": said(text(20), _("With “grant_limits”: which one.")),
        "status": said(text(12), _("With “three_ds”: how it ended.")),
        "eci": said(text(2), _("With “three_ds”: the outcome code that went to the issuer.")),
        "version": said(text(12), _("With “three_ds”: of the protocol.")),
        "decline_code": said(word(sorted(DECLINE_CODES)), _("With “issuer”: why not.")),
    },
    "description": _("One thing that was checked before, or when, the issuer was asked."),
}

THREE_DS: Final = members(
    {
        "status": said(or_null(text(1)), _("The protocol’s transStatus: Y, A, N, R, U or I; C or D while it waits.")),
        "eci": said(or_null(text(2)), _("The outcome code that went into the authorization.")),
        "version": said(or_null(text(8)), _("Of the protocol.")),
        "liability_shift_claimed": said({"type": "boolean"}, _("Whether the issuer’s word claims liability for it.")),
        "liability_shift_conditions_met": said(
            {"type": "boolean"}, _("Whether the conditions are met as far as we can see. No promise of the network.")
        ),
        "reasons": said(
            {"type": "array", "maxItems": 8, "items": word(sorted(SHIFT_REASONS))}, _("What is missing, in codes.")
        ),
    },
    _("3-D Secure. Our passkey alone moves no liability: only the issuer’s word does, and only on conditions."),
)

AUTHORIZATION: Final = members(
    {
        "id": an_id("auth"),
        "status": said(word(AuthorizationStatus), _("What became of this attempt.")),
        "decline_code": said(or_null(word(sorted(DECLINE_CODES))), _("Why not, in a stable, neutral word.")),
        "decline_advice": said(or_null(word(Advice)), _("What may be tried next.")),
        "retry_after": said(
            or_null(INSTANT), _("Earlier tries of this card at this amount are refused; then it may be tried again.")
        ),
        "initiator": said(word(Initiator), _("Who began it: the customer, or your shop under a grant.")),
        "card_check": said(
            {"type": "array", "maxItems": len(Check), "items": ref("CheckLine")},
            _("Everything that was checked, in codes."),
        ),
        "network_reference": said(or_null(text(40)), _("What the card network calls it.")),
        "three_ds": said(or_null(ref("ThreeDS")), _("What 3-D Secure said; null when it was not asked, or not yet.")),
    },
    _("One question to the card’s issuer, and the answer."),
)

CAPTURE: Final = members(
    {
        "id": an_id("cap"),
        "object": {"const": "capture"},
        "amount": said(whole(least=1), _("In minor units, points included.")),
        "points_redeemed": said(whole(), _("The part that the customer paid with points.")),
        "amount_refunded": said(whole(), _("What was given back of it, refunds on their way included.")),
        "final": said({"type": "boolean"}, _("The shop said that it takes no more.")),
        "status": said(word([CaptureStatus.BOOKED, CaptureStatus.ACKNOWLEDGED]), _("Whether the network has it too.")),
        "created_at": _MADE,
    },
    _("A promise, or a part of it, turned into money owed to the shop. One that the network refused is not shown."),
)

ITEM: Final[Schema] = {
    "type": "object",
    "required": ["name", "quantity", "unit_amount"],
    "properties": {
        "name": text(120),
        "quantity": whole(9_999, least=1),
        "unit_amount": said(whole(), _("In minor units.")),
        "sku": said(text(64), _("Your own number of the article, if you named it.")),
        "category": said(text(64), _("Your own word for this kind of goods, if you named it.")),
    },
    "description": _("One line of what is sold."),
}
_PAYMENT_MEMBERS: Final[dict[str, Schema]] = {
    "id": an_id("pay"),
    "object": {"const": "payment"},
    "livemode": _LIVEMODE,
    "status": said(word(PaymentStatus), _("Where the payment stands. Deliver when it is “captured”.")),
    "amount": said(whole(least=1), _("In minor units: 12800 is ¥12,800.")),
    "currency": CURRENCY,
    "amount_capturable": said(whole(), _("What can still be captured.")),
    "amount_captured": said(whole(), _("What was captured so far.")),
    "amount_released": said(whole(), _("What was promised and will never be captured.")),
    "amount_refunded": said(whole(), _("What was given back, refunds on their way included.")),
    "amount_disputed": said(whole(), _("What issuers took back in disputes that are open or lost.")),
    "points_redeemed": said(whole(), _("The part that the customer paid with points; it counts from the capture on.")),
    "capture_method": said(word(CaptureMethod), _("Captured at once, or when the shop says so.")),
    "capture_before": said(or_null(INSTANT), _("Until when the issuer’s promise can be captured.")),
    "merchant_reference": said(text(64), _("Your own order number. Unique for you, for ever.")),
    "description": said(text(255), _("What the customer reads beside the amount.")),
    "items": {
        "type": "array",
        "maxItems": 100,
        "items": ref("Item"),
    },
    "return_url": said(text(2_000), _("Where the customer comes back to. A return proves nothing: ask the API.")),
    "cancel_url": said(or_null(text(2_000)), _("Where the customer goes who does not want to pay after all.")),
    "expires_at": said(INSTANT, _("Until when somebody may approve it.")),
    "grant": said(or_null(an_id("grt")), _("The customer’s permission under which it was charged.")),
    "latest_authorization": said({"anyOf": [ref("Authorization"), {"type": "null"}]}, _("The last attempt, if any.")),
    "captures": said({"type": "array", "items": ref("Capture")}, _("Oldest first.")),
    "card": said(
        or_null(members({"brand": text(16), "last4": {"type": "string", "pattern": "^[0-9]{4}$"}})),
        _("For your receipt; the number is never shown."),
    ),
    "metadata": said(_METADATA, _("Kept and given back, never looked at.")),
    "version": _VERSION,
    "created_at": _MADE,
}
PAYMENT_SNAPSHOT: Final = members(_PAYMENT_MEMBERS, _("A payment as its events tell it."))
PAYMENT: Final = members(
    {
        **_PAYMENT_MEMBERS,
        "points_earned": said(
            or_null(
                members(
                    {
                        "pending": said(whole(), _("Given, and not spendable before the return window is over.")),
                        "live": said(whole(), _("Spendable since then, whatever the customer did with them.")),
                        "taken_back": said(whole(), _("Gone with refunds.")),
                    }
                )
            ),
            _("What your points for it have become. Null until all its captures were counted, a moment later."),
        ),
        "checkout_url": said(
            or_null({**text(2_000), "format": "uri"}),
            _("Send the customer’s browser there. A charge under a grant has none."),
        ),
    },
    _("A payment, from the wish to the last refund."),
)

REFUND: Final = members(
    {
        "id": an_id("ref"),
        "object": {"const": "refund"},
        "livemode": _LIVEMODE,
        "payment": said(an_id("pay"), _("Whose money goes back.")),
        "amount": said(whole(least=1), _("In minor units, points included.")),
        "currency": CURRENCY,
        "points_returned": said(whole(), _("The part that goes back as points.")),
        "captures": said(
            {"type": "array", "items": members({"capture": an_id("cap"), "amount": whole(least=1)})},
            _("How much of which capture goes back."),
        ),
        "reason": word(RefundReason),
        "status": said(word(RefundStatus), _("A pending refund resolves by itself.")),
        "failure_code": said(or_null(text(64)), _("Why the network refused it.")),
        "created_at": _MADE,
    },
    _("Captured money on its way back."),
)

_DISPUTE_MEMBERS: Final[dict[str, Schema]] = {
    "id": an_id("dsp"),
    "object": {"const": "dispute"},
    "livemode": _LIVEMODE,
    "payment": said(an_id("pay"), _("The payment that is contested.")),
    "stage": said(word(DisputeStage), _("How far the case has gone.")),
    "status": said(word(DisputeStatus), _("Where it stands.")),
    "opened_by": word(DisputeOrigin),
    "reason": word(DisputeReason),
    "network_reason_code": said(or_null(text(10)), _("The card network’s own code of the reason.")),
    "network_case": said(or_null(text(40)), _("What the card network calls the case.")),
    "amount": said(whole(least=1), _("What is contested, in minor units.")),
    "amount_withheld": said(whole(), _("What you do not have while the case is open, or lost with it.")),
    "fee": said(whole(), _("What the case costs you; back when it is won.")),
    "balance_effect": said(
        {"type": "integer", "minimum": -2 * MOST_MINOR, "maximum": 0}, _("What all of this does to your balance.")
    ),
    "currency": CURRENCY,
    "respond_by": said(or_null(INSTANT), _("Until when evidence is taken.")),
    "closed_at": or_null(INSTANT),
    "closed_because": or_null(text(20)),
    "version": _VERSION,
    "created_at": _MADE,
}
DISPUTE_SNAPSHOT: Final = members(_DISPUTE_MEMBERS, _("A dispute as its events tell it: without what people wrote."))
EVIDENCE_FILE: Final = members(
    {
        "id": an_id("evd"),
        "object": {"const": "evidence_file"},
        "name": text(120),
        "media_type": said(word(ENDINGS), _("What its bytes are.")),
        "size_bytes": whole(MOST_EVIDENCE_FILE_BYTES, least=1),
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "created_at": _MADE,
    },
    _("A file that was given as evidence."),
)
DISPUTE: Final = members(
    {
        **_DISPUTE_MEMBERS,
        "customer_message": said(or_null(text(MOST_STATEMENT)), _("What your customer wrote.")),
        "files": {"type": "array", "maxItems": MOST_EVIDENCE_FILES, "items": ref("EvidenceFile")},
        "answers": {
            "type": "array",
            "maxItems": len(DisputeStage),
            "items": members(
                {
                    "stage": word(DisputeStage),
                    "kind": word(CaseAnswerKind),
                    "status": said(word(AdviceStatus), _("Whether the card network has taken note.")),
                    "statement": or_null(text(MOST_STATEMENT)),
                    "carrier": or_null(text(100)),
                    "tracking_number": or_null(text(100)),
                    "shipped_on": or_null({"type": "string", "format": "date"}),
                    "refund": or_null(text(64)),
                    "files": {"type": "array", "maxItems": MOST_EVIDENCE_FILES, "items": an_id("evd")},
                    "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                    "created_at": _MADE,
                }
            ),
        },
    },
    _("A case that an issuer or a customer opened about a payment."),
)
FRAUD_REPORT: Final = members(
    {
        "id": an_id("frd"),
        "object": {"const": "fraud_report"},
        "livemode": _LIVEMODE,
        "payment": an_id("pay"),
        "told_by": said(word(FraudSource), _("Who says that the card’s owner did not make this payment.")),
        "amount": whole(least=1),
        "currency": CURRENCY,
        "created_at": _MADE,
    },
    _("A warning. No money moves by it."),
)
DAY: Final[Schema] = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"}

_GRANT_MEMBERS: Final[dict[str, Schema]] = {
    "id": an_id("grt"),
    "object": {"const": "grant"},
    "livemode": _LIVEMODE,
    "status": said(word(GrantStatus), _("It can be charged while it is “active”.")),
    "ended_why": said(or_null(word(GrantEnd)), _("Why it ended; an ended grant never comes back.")),
    "kind": said(word(GrantKind), _("For one payment, or for any number of them.")),
    "currency": CURRENCY,
    "limit_per_payment": said(whole(least=1), _("The most that one payment may be. The customer may have lowered it.")),
    "limit_per_period": said(or_null(whole(least=1)), _("The most in one period; none for a grant for one payment.")),
    "period": said(
        or_null(word(one for one in GrantPeriod if one != GrantPeriod.NONE)),
        _("A calendar period of Tokyo; a week begins on Monday."),
    ),
    "until": said(DAY, _("The last day on which you may charge, in Tokyo.")),
    "merchant_reference": said(text(64), _("Your own name for it. Unique for you, for ever.")),
    "description": said(text(255), _("What the customer reads beside the limits.")),
    "return_url": said(text(2_000), _("Where the customer comes back to. A return proves nothing: ask the API.")),
    "card": said(
        or_null(members({"brand": text(16), "last4": {"type": "string", "pattern": "^[0-9]{4}$"}})),
        _("Which card pays; the customer may choose another one at any time."),
    ),
    "metadata": said(_METADATA, _("Kept and given back, never looked at.")),
    "expires_at": said(INSTANT, _("Until when the customer may answer.")),
    "approved_at": said(or_null(INSTANT), _("When the customer’s passkey signed it.")),
    "ended_at": said(or_null(INSTANT), _("When it ended.")),
    "version": _VERSION,
    "created_at": _MADE,
}
GRANT_SNAPSHOT: Final = members(_GRANT_MEMBERS, _("A grant as its events tell it."))
GRANT: Final = members(
    {
        **_GRANT_MEMBERS,
        "usage": said(
            {
                "anyOf": [
                    members(
                        {
                            "period_from": said(or_null(DAY), _("The period’s first day.")),
                            "period_before": said(or_null(DAY), _("The first day of the next period.")),
                            "amount_used": said(whole(), _("Captured or reserved in this period.")),
                            "amount_left": said(whole(), _("What may still be charged in it.")),
                        }
                    ),
                    {"type": "null"},
                ]
            },
            _("What is used of the limit; none before the customer’s yes."),
        ),
        "checkout_url": said({**text(2_000), "format": "uri"}, _("Send the customer’s browser there to ask.")),
    },
    _("A customer’s permission: you may charge within its limits until it ends."),
)

CLEARING: Final = members(
    {
        "id": an_id("clr"),
        "object": {"const": "points_clearing"},
        "livemode": _LIVEMODE,
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
        "created_at": _MADE,
    },
    _("What points cost and brought you in one month. It states; the money moved when each thing happened."),
)

CAMPAIGN: Final = members(
    {
        "id": an_id("cmp"),
        "object": {"const": "points_campaign"},
        "livemode": _LIVEMODE,
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
        "created_at": _MADE,
    },
    _("Points that you give on top, within a budget."),
)

CONVERSION: Final = members(
    {
        "id": an_id("cnv"),
        "object": {"const": "points_conversion"},
        "livemode": _LIVEMODE,
        "status": said(
            {"const": "accepted"}, _("Always: whether its owner is a customer here is not told, one by one.")
        ),
        "batch": said(an_id("cvb"), _("With what it was taken over.")),
        "source_id": said(text(64), _("Your own id of this old balance.")),
        "email": said(text(254), _("The address of whose points they are, in lower case.")),
        "points": said(whole(least=1), _("You paid one yen for each when they were taken over.")),
        "expires_on": said(DAY, _("The last day on which they can be used, in Tokyo.")),
        "created_at": _MADE,
    },
    _("Old points of yours, taken over for whoever signs in with the address."),
)

_SUM: Final = or_null(members({"count": whole(), "points": whole()}))
CONVERSION_BATCH: Final = members(
    {
        "id": an_id("cvb"),
        "object": {"const": "points_conversion_batch"},
        "livemode": _LIVEMODE,
        "conversions": said(whole(least=1), _("How many were taken over with it.")),
        "points": said(whole(least=1), _("All of them: what moved from your balance to what is set aside, in yen.")),
        "file_sha256": said(or_null(text(64)), _("Of the file; null for one that came without.")),
        "signing_key": said(or_null(an_id("cvk")), _("Whose signature the file had.")),
        "waits_until": said(INSTANT, _("What has no owner by then falls back to you.")),
        "converted": said(_SUM, _("What found its owner; null until the batch is over.")),
        "returned": said(_SUM, _("What fell back to you; null until the batch is over.")),
        "created_at": _MADE,
    },
    _("Old points that were taken over at once."),
)

CAMPAIGN_PREVIEW: Final = members(
    {
        "object": {"const": "points_campaign_preview"},
        "livemode": _LIVEMODE,
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

RECEIPT: Final = members(
    {
        "id": an_id("rct"),
        "object": {"const": "receipt"},
        "livemode": _LIVEMODE,
        "payment": an_id("pay"),
        "kind": word(ReceiptKind),
        "about": said(text(40), _("The capture or refund that it states, or the end of a dispute.")),
        "jws": said(
            {**text(32_768), "pattern": r"^[\w-]+\.[\w-]+\.[\w-]+$"},
            _("The signed statement. Keep it: it proves itself, with the public key alone."),
        ),
        "created_at": said(INSTANT, _("When it was signed.")),
    },
    _("A signed statement that an amount was taken or given back."),
)

BALANCE: Final = members(
    {
        "object": {"const": "balance"},
        "livemode": _LIVEMODE,
        "currency": CURRENCY,
        "available": said(whole(), _("Owed to you, and confirmed by the card network.")),
        "pending": said(whole(), _("Owed to you; the card network has not confirmed those captures yet.")),
        "owed": said(whole(), _("Owed by you: more was refunded than was owed to you. Later sales make up for it.")),
    },
    _("What is owed to a shop at this moment, or by it."),
)

_ENDPOINT_MEMBERS: Final[dict[str, Schema]] = {
    "id": an_id("whe"),
    "object": {"const": "webhook_endpoint"},
    "livemode": _LIVEMODE,
    "url": said(text(2_000), _("Where we POST.")),
    "event_types": said(
        {"type": "array", "items": word(EVENT_TYPES), "uniqueItems": True},
        _("What it hears; empty means everything, later kinds too."),
    ),
    "status": word(EndpointStatus),
    "api_version": said(text(10), _("The version in which its events are told.")),
    "disabled_because": said(or_null(word(DisabledWhy)), _("Why it is told nothing; null while it is enabled.")),
    "failing_since": said(or_null(INSTANT), _("Its first failure since it last took something.")),
    "created_at": _MADE,
}
ENDPOINT: Final = members(_ENDPOINT_MEMBERS, _("Where a merchant’s server listens."))
ENDPOINT_WITH_SECRETS: Final = members(
    {
        **_ENDPOINT_MEMBERS,
        "secret": said(
            {"type": "string", "pattern": "^whsec_[A-Za-z0-9+/=]+$"},
            _("Verifies v1 signatures. Shown in this answer only."),
        ),
        "public_key": said({"type": "string", "pattern": "^whpk_[A-Za-z0-9+/=]+$"}, _("Verifies v1a signatures.")),
    },
    _("An endpoint with what its signatures are verified with."),
)
REDELIVERY: Final = members(
    {
        "id": an_id("rpl"),
        "object": {"const": "webhook_redelivery"},
        "livemode": _LIVEMODE,
        "webhook_endpoint": an_id("whe"),
        "since": INSTANT,
        "until": INSTANT,
        "only_missed": {"type": "boolean"},
        "created_at": _MADE,
    },
    _("A span of time that one endpoint is told again."),
)
CLOCK: Final = members(
    {
        "object": {"const": "clock"},
        "offset_seconds": {"type": "integer", "minimum": 0},
        "now": {"type": "string", "format": "date-time"},
    },
    _("The clock of a sandbox."),
)
NETWORK_FAULTS: Final = members(
    {
        "object": {"const": "network_faults"},
        "links": {"type": "integer", "minimum": 0},
        "silence_seconds": {"type": "number", "minimum": 0},
        "refuse_links_seconds": {"type": "number", "minimum": 0},
        "heal": {"type": "boolean"},
    },
    _("How a sandbox’s card network misbehaves now: signed-on links, and for how long it stays silent or takes none."),
)
DELETED: Final = members({"id": an_id("whe"), "object": {"const": "webhook_endpoint"}, "deleted": {"const": True}})

DATA_OF: Final = {
    "payment": "PaymentSnapshot",
    "refund": "Refund",
    "dispute": "DisputeSnapshot",
    "fraud_report": "FraudReport",
    "grant": "GrantSnapshot",
    "campaign": "PointsCampaign",
    "points_clearing": "PointsClearing",
}
"""By the noun of an event's type, the component that its data is."""


def data_of(event_type: str) -> str:
    return DATA_OF[event_type.partition(".")[0]]


EVENT: Final = members(
    {
        "id": said(an_id("evt"), _("Also the webhook-id of its delivery.")),
        "object": {"const": "event"},
        "livemode": _LIVEMODE,
        "type": word(EVENT_TYPES),
        "subject": said(text(40), _("The id of what it is about.")),
        "version": said({"type": "integer", "minimum": 1}, _("Of the event’s own form.")),
        "data": {"anyOf": [ref(name) for name in dict.fromkeys(DATA_OF.values())]},
        "created_at": said(INSTANT, _("When it happened.")),
    },
    _("Something that happened. Its data are the whole object as it was then."),
)

PROFILE: Final = members(
    {
        "id": an_id("mer"),
        "object": {"const": "profile"},
        "livemode": _LIVEMODE,
        "display_name": said(text(60), _("How customers know you.")),
        "legal_name": said(text(120), _("Who the contract is with.")),
        "status": said(word(MerchantStatus), _("New payments are possible while it is “admitted”.")),
        "category_code": said({"type": "string", "pattern": "^[0-9]{4}$"}, _("Merchant category code, ISO 18245.")),
        "city": text(40),
        "fee_basis_points": said(whole(10_000), _("The fee, in hundredths of a percent.")),
        "return_window_days": said(
            whole(32_767), _("How long customers may bring goods back; points wait for so long.")
        ),
        "shops": {
            "type": "array",
            "items": members(
                {
                    "id": an_id("shp"),
                    "display_name": text(60),
                    "origin": text(300),
                    "return_urls": {"type": "array", "items": text(500)},
                }
            ),
        },
        "created_at": _MADE,
    },
    _("Your business, as this commerce knows it."),
)

PROBLEM: Final = members(
    {
        "type": {"type": "string", "format": "uri"},
        "title": said(text(200), _("What sort of no it is, in the reader’s language.")),
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": said({"type": "string"}, _("What happened and what to do, in the reader’s language.")),
        "code": said(text(64), _("For programs. It never changes.")),
        "request_id": said(an_id("req"), _("Quote it to support.")),
        "errors": {
            "type": "array",
            "items": members({"field": text(200), "code": text(64), "message": {"type": "string"}}),
        },
    },
    _("Every no, as RFC 9457 problem details."),
)

SCHEMAS: Final[dict[str, Schema]] = {
    "Payment": PAYMENT,
    "PaymentSnapshot": PAYMENT_SNAPSHOT,
    "PaymentList": page_of("Payment"),
    "Authorization": AUTHORIZATION,
    "CheckLine": CHECK_LINE,
    "Item": ITEM,
    "ThreeDS": THREE_DS,
    "Balance": BALANCE,
    "Capture": CAPTURE,
    "Refund": REFUND,
    "RefundList": page_of("Refund"),
    "Dispute": DISPUTE,
    "DisputeSnapshot": DISPUTE_SNAPSHOT,
    "DisputeList": page_of("Dispute"),
    "EvidenceFile": EVIDENCE_FILE,
    "FraudReport": FRAUD_REPORT,
    "Grant": GRANT,
    "GrantSnapshot": GRANT_SNAPSHOT,
    "GrantList": page_of("Grant"),
    "PointsCampaign": CAMPAIGN,
    "PointsCampaignPreview": CAMPAIGN_PREVIEW,
    "PointsCampaignList": page_of("PointsCampaign"),
    "PointsConversion": CONVERSION,
    "PointsConversionBatch": CONVERSION_BATCH,
    "PointsConversionList": page_of("PointsConversion"),
    "PointsClearing": CLEARING,
    "PointsClearingList": page_of("PointsClearing"),
    "Receipt": RECEIPT,
    "ReceiptList": page_of("Receipt"),
    "WebhookEndpoint": ENDPOINT,
    "WebhookEndpointWithSecrets": ENDPOINT_WITH_SECRETS,
    "WebhookEndpointList": page_of("WebhookEndpoint"),
    "WebhookRedelivery": REDELIVERY,
    "Deleted": DELETED,
    "Event": EVENT,
    "EventList": page_of("Event"),
    "Clock": CLOCK,
    "NetworkFaults": NETWORK_FAULTS,
    "Profile": PROFILE,
    "Problem": PROBLEM,
}
"""By the name of the component."""
