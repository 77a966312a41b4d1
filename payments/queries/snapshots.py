"""What a shop sees of a payment and of a refund: the objects of the API, which are the data of their events too."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from common.clock import instant_text
from payments.card_check import codes
from payments.models import Authorization, Capture, Grant, Payment, Refund
from payments.states import GrantPeriod


def payment_snapshot(payment: Payment) -> dict[str, Any]:
    """The API's payment object without `checkout_url`, which only a face knows. It is the data of every payment event.

    `points_redeemed` counts from the capture on; `amount_refunded` counts pending refunds too; what the network refused
    is no capture.
    """
    return snapshot_of(payment, attempt=payment.latest_authorization, captures=payment.standing_captures)


def snapshot_of(payment: Payment, *, attempt: Authorization | None, captures: Sequence[Capture]) -> dict[str, Any]:
    """The same for whoever has the latest attempt and the standing captures at hand, and need not ask for them."""
    return {
        "id": payment.id,
        "object": "payment",
        "livemode": settings.LIVE,
        "status": str(payment.status),
        "amount": payment.amount_minor,
        "currency": payment.currency,
        "amount_capturable": payment.capturable.minor,
        "amount_captured": payment.amount_captured_minor,
        "amount_released": payment.amount_released_minor,
        "amount_refunded": payment.amount_refunded_minor,
        "amount_disputed": payment.amount_disputed_minor,
        "points_redeemed": sum(capture.points_minor for capture in captures),
        "capture_method": str(payment.capture_method),
        "capture_before": payment.capture_before and instant_text(payment.capture_before),
        "merchant_reference": payment.merchant_reference,
        "description": payment.description,
        "items": payment.items,
        "return_url": payment.return_url,
        "cancel_url": payment.cancel_url or None,
        "expires_at": instant_text(payment.expires_at),
        "grant": payment.grant_id,
        "latest_authorization": attempt and _authorization(attempt),
        "captures": [_capture(capture) for capture in captures],
        "card": {"brand": payment.card_brand, "last4": payment.card_last4} if payment.card_brand else None,
        "metadata": payment.metadata,
        "version": payment.version,
        "created_at": instant_text(payment.created_at),
    }


def _authorization(attempt: Authorization) -> dict[str, Any]:
    return {
        "id": attempt.id,
        "status": str(attempt.status),
        "decline_code": attempt.decline_code or None,
        "decline_advice": attempt.decline_advice or None,
        "retry_after": attempt.retry_after and instant_text(attempt.retry_after),
        "initiator": str(attempt.initiator),
        "card_check": codes(attempt.card_check),
        "network_reference": attempt.network_reference or None,
        "three_ds": attempt.three_ds,
    }


def _capture(capture: Capture) -> dict[str, Any]:
    return {
        "id": capture.id,
        "object": "capture",
        "amount": capture.amount_minor,
        "points_redeemed": capture.points_minor,
        "amount_refunded": capture.refunded_minor,
        "final": capture.final,
        "status": str(capture.status),
        "created_at": instant_text(capture.created_at),
    }


def refund_snapshot(refund: Refund) -> dict[str, Any]:
    """The API's refund object, and the data of every refund event."""
    return {
        "id": refund.id,
        "object": "refund",
        "livemode": settings.LIVE,
        "payment": refund.payment_id,
        "amount": refund.amount_minor,
        "currency": refund.currency,
        "points_returned": refund.points_minor,
        "captures": [
            {"capture": part.capture_id, "amount": part.amount_minor}
            for part in sorted(refund.parts.all(), key=lambda part: part.id)
        ],
        "reason": str(refund.reason),
        "status": str(refund.status),
        "failure_code": refund.decline_code or None,
        "created_at": instant_text(refund.created_at),
    }


def grant_snapshot(grant: Grant) -> dict[str, Any]:
    """The API's grant object without `checkout_url` and `usage`, which only a face knows; the data of its events.

    `until` is the last day on which the shop may charge, in Tokyo.
    """
    return {
        "id": grant.id,
        "object": "grant",
        "livemode": settings.LIVE,
        "status": str(grant.status),
        "ended_why": str(grant.ended_why) or None,
        "kind": str(grant.kind),
        "currency": grant.currency,
        "limit_per_payment": grant.limit_per_payment_minor,
        "limit_per_period": grant.limit_per_period_minor,
        "period": None if grant.period == GrantPeriod.NONE else str(grant.period),
        "until": grant.until.isoformat(),
        "merchant_reference": grant.merchant_reference,
        "description": grant.description,
        "return_url": grant.return_url,
        "card": {"brand": grant.card_brand, "last4": grant.card_last4} if grant.card_brand else None,
        "metadata": grant.metadata,
        "expires_at": instant_text(grant.expires_at),
        "approved_at": grant.approved_at and instant_text(grant.approved_at),
        "ended_at": grant.ended_at and instant_text(grant.ended_at),
        "version": grant.version,
        "created_at": instant_text(grant.created_at),
    }
