"""The columns of what a shop takes away for its own books: payments, refunds, disputes, grants, points, and its logs.

Names of columns are for programs: they are the same in every language, and stay. New ones come last.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from common.clock import TOKYO
from points.campaign_queries import campaign_snapshot

if TYPE_CHECKING:
    from events.models import Event
    from merchants.models import ApiRequest
    from payments.models import Dispute, Grant, Payment, Refund
    from points.models import Campaign, PointsClearing

PAYMENT_COLUMNS: Final = (
    "payment", "created_at", "status", "merchant_reference", "description", "shop", "currency", "amount", "points",
    "card_amount", "amount_captured", "amount_refunded", "card_brand", "card_last4", "capture_method", "decline_code",
    "amount_released", "amount_disputed",
)  # fmt: skip
REFUND_COLUMNS: Final = (
    "refund", "created_at", "decided_at", "status", "payment", "currency", "amount", "points", "card_amount", "fee",
    "reason", "decline_code", "network_reference",
)  # fmt: skip
DISPUTE_COLUMNS: Final = (
    "dispute", "opened_at", "respond_by", "closed_at", "status", "stage", "reason", "reason_code", "payment",
    "merchant_reference", "currency", "amount", "withheld", "fee",
)  # fmt: skip
GRANT_COLUMNS: Final = (
    "grant", "created_at", "status", "ended_why", "kind", "merchant_reference", "description", "shop", "currency",
    "limit_per_payment", "limit_per_period", "period", "until", "used", "card_brand", "card_last4",
)  # fmt: skip

CAMPAIGN_COLUMNS: Final = (
    "id", "created_at", "status", "name", "kind", "rate_basis_points", "points", "minimum_spend", "skus", "categories",
    "first_purchase_only", "starts_on", "ends_before", "weekdays", "most_points_per_customer",
    "most_purchases_per_customer", "most_purchases", "budget", "combining", "budget_used", "purchases", "version",
    "started_at", "ended_at",
)  # fmt: skip
CLEARING_COLUMNS: Final = ("clearing", "month", "cut_at", "opening_reserve", "closing_reserve", "net_position")
EVENT_COLUMNS: Final = ("event", "occurred_at", "type", "subject", "version")
REQUEST_COLUMNS: Final = (
    "request", "at", "method", "path", "status", "code", "about", "idempotency_key", "api_key", "milliseconds",
)  # fmt: skip


def cells_of_payment(payment: "Payment") -> Iterable[object]:
    attempt = payment.latest_authorization
    return (
        payment.id,
        _moment(payment.created_at),
        payment.status,
        payment.merchant_reference,
        payment.description,
        payment.shop.display_name,
        payment.currency,
        payment.amount.as_decimal_text(),
        payment.points_minor,
        payment.card_part.as_decimal_text(),
        payment.amount_captured.as_decimal_text(),
        payment.amount_refunded.as_decimal_text(),
        payment.card_brand,
        payment.card_last4,
        payment.capture_method,
        attempt.decline_code if attempt else "",
        payment.amount_released.as_decimal_text(),
        payment.amount_disputed.as_decimal_text(),
    )


def cells_of_refund(refund: "Refund") -> Iterable[object]:
    return (
        refund.id,
        _moment(refund.created_at),
        _moment(refund.decided_at),
        refund.status,
        refund.payment_id,
        refund.currency,
        refund.amount.as_decimal_text(),
        refund.points_minor,
        refund.card_part.as_decimal_text(),
        refund.fee.as_decimal_text(),
        refund.reason,
        refund.decline_code,
        refund.network_reference,
    )


def cells_of_dispute(dispute: "Dispute") -> Iterable[object]:
    return (
        dispute.id,
        _moment(dispute.opened_at),
        _moment(dispute.respond_by),
        _moment(dispute.closed_at),
        dispute.status,
        dispute.stage,
        dispute.reason,
        dispute.reason_code,
        dispute.payment_id,
        dispute.payment.merchant_reference,
        dispute.currency,
        dispute.amount.as_decimal_text(),
        dispute.withheld.as_decimal_text(),
        dispute.fee.as_decimal_text(),
    )


def cells_of_grant(grant: "Grant") -> Iterable[object]:
    return (
        grant.id,
        _moment(grant.created_at),
        grant.status,
        grant.ended_why,
        grant.kind,
        grant.merchant_reference,
        grant.description,
        grant.shop.display_name,
        grant.currency,
        grant.limit_per_payment.as_decimal_text(),
        grant.limit_per_period.as_decimal_text() if grant.limit_per_period else "",
        grant.period,
        grant.until.isoformat(),
        grant.used_minor,
        grant.card_brand,
        grant.card_last4,
    )


def cells_of_campaign(campaign: "Campaign") -> Iterable[object]:
    """The members that the API names too. Several words in one cell stand one on each line, as in the form, for one may
    have spaces in it; what is not there is empty.
    """
    members = campaign_snapshot(campaign)
    members |= {name: _moment(getattr(campaign, name)) for name in ("created_at", "started_at", "ended_at")}
    for name in CAMPAIGN_COLUMNS:
        value = members[name]
        yield "\n".join(value) if isinstance(value, list) else "" if value is None else value


def cells_of_clearing(clearing: "PointsClearing") -> Iterable[object]:
    return (
        clearing.id,
        f"{clearing.month:%Y-%m}",
        _moment(clearing.cut_at),
        clearing.opening_minor,
        clearing.closing_minor,
        clearing.net_minor,
    )


def cells_of_event(event: "Event") -> Iterable[object]:
    return event.id, _moment(event.occurred_at), event.type, event.subject, event.version


def cells_of_request(line: "ApiRequest") -> Iterable[object]:
    return (
        line.id,
        _moment(line.at),
        line.method,
        line.path,
        line.status,
        line.code,
        line.subject,
        line.idempotency_key,
        line.key_id,
        line.milliseconds,
    )


def _moment(at: datetime | None) -> str:
    return at.astimezone(TOKYO).isoformat(timespec="seconds") if at else ""
