"""What the API answers with: plain functions that name every member."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from common.clock import business_date, instant_text
from payments.queries import dispute_with_evidence, grant_snapshot, payment_snapshot, refund_snapshot
from points.campaign_queries import campaign_snapshot
from points.clearing_queries import clearing_snapshot
from points.conversion_queries import batch_snapshot, conversion_snapshot, sums_of
from points.payment_queries import earned_by_payments

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from events.models import Event
    from merchants.models import Merchant, ReturnUrl, Shop
    from payments.models import Dispute, Grant, Payment, Receipt, Refund
    from points.models import Campaign, PointsClearing, PointsConversion, PointsConversionBatch
    from points.types import CampaignPreview, Earned
    from webhooks.models import WebhookEndpoint, WebhookReplay

NOTHING_HEARD: Final = MappingProxyType[str, "Earned"]({})


def payment_json(
    payment: "Payment", earned: "Mapping[str, Earned]" = NOTHING_HEARD, *, snapshot: "Mapping[str, Any] | None" = None
) -> dict[str, Any]:
    """A charge under a grant has nothing to check out. Points are earned a moment after a capture, so whoever answers
    at once does not ask what was (`earned_by`). Its `snapshot` is made here, unless it was made already.
    """
    checkout_url = None if payment.grant_id else f"{settings.BASE_URL}/pay/{payment.id}"
    points = earned.get(payment.id)
    return {
        **(snapshot or payment_snapshot(payment)),
        "points_earned": points
        and {"pending": points.pending.minor, "live": points.live.minor, "taken_back": points.taken_back.minor},
        "checkout_url": checkout_url,
    }


def earned_by(payments: "Iterable[Payment]") -> "dict[str, Earned]":
    """What these payments earned, as far as it is known, in three queries."""
    return earned_by_payments({one.id: [capture.id for capture in one.standing_captures] for one in payments})


def dispute_json(dispute: "Dispute") -> dict[str, Any]:
    return dispute_with_evidence(dispute)


def refund_json(refund: "Refund") -> dict[str, Any]:
    return refund_snapshot(refund)


def grant_json(grant: "Grant", *, now: "datetime") -> dict[str, Any]:
    """With what is used and left in the period that `now` lies in; in the others nothing is used yet."""
    period = grant.period_on(business_date(now))
    usage = {
        "period_from": period and period.begin.isoformat(),
        "period_before": period and period.end.isoformat(),
        "amount_used": grant.used_now(now=now).minor,
        "amount_left": grant.left_now(now=now).minor,
    }
    return {
        **grant_snapshot(grant),
        "usage": usage if grant.approved_at else None,
        "checkout_url": f"{settings.BASE_URL}/grants/{grant.id}/approve",
    }


def campaign_json(campaign: "Campaign") -> dict[str, Any]:
    return campaign_snapshot(campaign)


def clearing_json(clearing: "PointsClearing") -> dict[str, Any]:
    return clearing_snapshot(clearing)


def conversion_json(conversion: "PointsConversion") -> dict[str, Any]:
    return conversion_snapshot(conversion)


def conversion_batch_json(batch: "PointsConversionBatch", *, now: "datetime") -> dict[str, Any]:
    return batch_snapshot(batch, sums_of([batch], now=now).get(batch.id))


def campaign_preview_json(preview: "CampaignPreview", *, campaign_id: str) -> dict[str, Any]:
    ended_at = preview.budget_ended_at
    return {
        "object": "points_campaign_preview",
        "livemode": settings.LIVE,
        "campaign": campaign_id,
        "since": instant_text(preview.since),
        "until": instant_text(preview.until),
        "purchases_seen": preview.purchases_seen,
        "is_complete": preview.is_complete,
        "purchases": preview.purchases,
        "customers": preview.customers,
        "points": preview.points.minor,
        "points_taken_back": preview.taken_back.minor,
        "cost": preview.cost.minor,
        "budget_ended_at": ended_at and instant_text(ended_at),
        "weeks": [
            {
                "begins_on": week.begins_on.isoformat(),
                "purchases": week.purchases,
                "customers": week.customers,
                "points": week.points.minor,
            }
            for week in preview.weeks
        ],
    }


def receipts_json(receipts: "list[Receipt]") -> dict[str, Any]:
    return {"object": "list", "data": [_receipt(receipt) for receipt in receipts], "has_more": False, "next": None}


def _receipt(receipt: "Receipt") -> dict[str, Any]:
    """Without its place in the customer's chain: how much they buy elsewhere is nobody's business."""
    return {
        "id": receipt.id,
        "object": "receipt",
        "livemode": settings.LIVE,
        "payment": receipt.payment_id,
        "kind": str(receipt.kind),
        "about": receipt.about_ref,
        "jws": receipt.jws,
        "created_at": instant_text(receipt.issued_at),
    }


def event_json(event: "Event") -> dict[str, Any]:
    return {
        "id": event.id,
        "object": "event",
        "livemode": settings.LIVE,
        "type": event.type,
        "subject": event.subject,
        "version": event.version,
        "data": event.data,
        "created_at": instant_text(event.occurred_at),
    }


def endpoint_json(endpoint: "WebhookEndpoint") -> dict[str, Any]:
    """Without its secrets: they are shown once, when they are made."""
    return {
        "id": endpoint.id,
        "object": "webhook_endpoint",
        "livemode": settings.LIVE,
        "url": endpoint.url,
        "event_types": endpoint.event_types,
        "status": endpoint.status,
        "api_version": endpoint.api_version,
        "disabled_because": endpoint.disabled_why or None,
        "failing_since": endpoint.failing_since and instant_text(endpoint.failing_since),
        "created_at": instant_text(endpoint.created_at),
    }


def redelivery_json(replay: "WebhookReplay") -> dict[str, Any]:
    return {
        "id": replay.id,
        "object": "webhook_redelivery",
        "livemode": settings.LIVE,
        "webhook_endpoint": replay.endpoint_id,
        "since": instant_text(replay.since),
        "until": instant_text(replay.until),
        "only_missed": replay.only_missed,
        "created_at": instant_text(replay.asked_at),
    }


def shop_json(merchant: "Merchant", shops: "Sequence[Shop]", return_urls: "Sequence[ReturnUrl]") -> dict[str, Any]:
    return {
        "id": merchant.id,
        "object": "profile",
        "livemode": settings.LIVE,
        "display_name": merchant.display_name,
        "legal_name": merchant.legal_name,
        "status": str(merchant.status),
        "category_code": merchant.category_code,
        "city": merchant.city,
        "fee_basis_points": merchant.fee_basis_points,
        "return_window_days": merchant.return_window_days,
        "shops": [
            {
                "id": shop.id,
                "display_name": shop.display_name,
                "origin": shop.origin,
                "return_urls": [one.url for one in return_urls if one.shop_id == shop.id],
            }
            for shop in shops
        ],
        "created_at": instant_text(merchant.created_at),
    }
