"""One sound example of each object. A test holds them against the schemas; the pages below /docs show them."""

from typing import Any, Final

_AT: Final = "2026-11-22T03:00:00.000Z"
_PAYMENT_ID: Final = "pay_01kb1tqg00e7xk4v2m9q8z5n3c"

AUTHORIZATION: Final[dict[str, Any]] = {
    "id": "auth_01kb1tqg00e7xk4v2m9q8z5n3d",
    "status": "authorized",
    "decline_code": None,
    "decline_advice": None,
    "retry_after": None,
    "initiator": "customer",
    "card_check": [
        {"check": "approval", "outcome": "passed", "kind": "webauthn.get"},
        {"check": "rules", "outcome": "passed"},
        {"check": "card_state", "outcome": "passed"},
        {"check": "issuer", "outcome": "passed"},
    ],
    "network_reference": "632603123456",
    "three_ds": {
        "status": "Y",
        "eci": "05",
        "version": "2.2.0",
        "liability_shift_claimed": True,
        "liability_shift_conditions_met": True,
        "reasons": [],
    },
}

THREE_DS: Final[dict[str, Any]] = AUTHORIZATION["three_ds"]

CAPTURE: Final[dict[str, Any]] = {
    "id": "cap_01kb1tqg00e7xk4v2m9q8z5n3h",
    "object": "capture",
    "amount": 12_800,
    "points_redeemed": 500,
    "amount_refunded": 0,
    "final": False,
    "status": "acknowledged",
    "created_at": _AT,
}

PAYMENT_SNAPSHOT: Final[dict[str, Any]] = {
    "id": _PAYMENT_ID,
    "object": "payment",
    "livemode": False,
    "status": "captured",
    "amount": 12_800,
    "currency": "JPY",
    "amount_capturable": 0,
    "amount_captured": 12_800,
    "amount_released": 0,
    "amount_refunded": 0,
    "amount_disputed": 0,
    "points_redeemed": 500,
    "capture_method": "automatic",
    "capture_before": None,
    "merchant_reference": "order-1042",
    "description": "Round glasses",
    "items": [{"name": "Round glasses", "quantity": 1, "unit_amount": 12_800, "sku": "G-104", "category": "frames"}],
    "return_url": "https://shop.example/return",
    "cancel_url": None,
    "expires_at": "2026-11-22T03:30:00.000Z",
    "grant": None,
    "latest_authorization": AUTHORIZATION,
    "captures": [CAPTURE],
    "card": {"brand": "visa", "last4": "4242"},
    "metadata": {"cart": "7"},
    "version": 4,
    "created_at": _AT,
}
PAYMENT: Final[dict[str, Any]] = {
    **PAYMENT_SNAPSHOT,
    "checkout_url": f"https://commerce.example/pay/{_PAYMENT_ID}",
}
REFUND: Final[dict[str, Any]] = {
    "id": "ref_01kb1tqg00e7xk4v2m9q8z5n3e",
    "object": "refund",
    "livemode": False,
    "payment": _PAYMENT_ID,
    "amount": 12_800,
    "currency": "JPY",
    "points_returned": 500,
    "captures": [{"capture": "cap_01kb1tqg00e7xk4v2m9q8z5n3h", "amount": 12_800}],
    "reason": "requested_by_customer",
    "status": "succeeded",
    "failure_code": None,
    "created_at": _AT,
}
DISPUTE_SNAPSHOT: Final[dict[str, Any]] = {
    "id": "dsp_01kb1tqg00e7xk4v2m9q8z5n3k",
    "object": "dispute",
    "livemode": False,
    "payment": _PAYMENT_ID,
    "stage": "chargeback",
    "status": "needs_response",
    "opened_by": "network",
    "reason": "not_received",
    "network_reason_code": "13.1",
    "network_case": "CB0000000001",
    "amount": 12_800,
    "amount_withheld": 12_800,
    "fee": 0,
    "balance_effect": -12_800,
    "currency": "JPY",
    "respond_by": "2026-12-13T03:00:00.000Z",
    "closed_at": None,
    "closed_because": None,
    "version": 1,
    "created_at": _AT,
}
EVIDENCE_FILE: Final[dict[str, Any]] = {
    "id": "evd_01kb1tqg00e7xk4v2m9q8z5n3k",
    "object": "evidence_file",
    "name": "delivery.pdf",
    "media_type": "application/pdf",
    "size_bytes": 48_211,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "created_at": _AT,
}
DISPUTE: Final[dict[str, Any]] = {
    **DISPUTE_SNAPSHOT,
    "customer_message": None,
    "files": [EVIDENCE_FILE],
    "answers": [],
}
FRAUD_REPORT: Final[dict[str, Any]] = {
    "id": "frd_01kb1tqg00e7xk4v2m9q8z5n3m",
    "object": "fraud_report",
    "livemode": False,
    "payment": _PAYMENT_ID,
    "told_by": "network",
    "amount": 12_800,
    "currency": "JPY",
    "created_at": _AT,
}
GRANT_SNAPSHOT: Final[dict[str, Any]] = {
    "id": "grt_01kb1tqg00e7xk4v2m9q8z5n3j",
    "object": "grant",
    "livemode": False,
    "status": "active",
    "ended_why": None,
    "kind": "recurring",
    "currency": "JPY",
    "limit_per_payment": 5_000,
    "limit_per_period": 20_000,
    "period": "month",
    "until": "2027-11-30",
    "merchant_reference": "beans-7",
    "description": "Coffee beans, once a week",
    "return_url": "https://shop.example/return",
    "card": {"brand": "visa", "last4": "4242"},
    "metadata": {},
    "expires_at": "2026-11-23T03:00:00.000Z",
    "approved_at": "2026-11-22T03:01:00.000Z",
    "ended_at": None,
    "version": 2,
    "created_at": _AT,
}
GRANT: Final[dict[str, Any]] = {
    **GRANT_SNAPSHOT,
    "usage": {"period_from": "2026-11-01", "period_before": "2026-12-01", "amount_used": 5_000, "amount_left": 15_000},
    "checkout_url": f"https://commerce.example/grants/{GRANT_SNAPSHOT['id']}/approve",
}
RECEIPT: Final[dict[str, Any]] = {
    "id": "rct_01kb1tqg00e7xk4v2m9q8z5n3j",
    "object": "receipt",
    "livemode": False,
    "payment": _PAYMENT_ID,
    "kind": "capture",
    "about": "cap_01kb1tqg00e7xk4v2m9q8z5n3k",
    "jws": "eyJhbGciOiJFUzI1NiIsImtpZCI6Ii4uLiJ9.eyJpZCI6InJjdF8uLi4ifQ.MEUCIQDx",
    "created_at": _AT,
}
ENDPOINT: Final[dict[str, Any]] = {
    "id": "whe_01kb1tqg00e7xk4v2m9q8z5n3f",
    "object": "webhook_endpoint",
    "livemode": False,
    "url": "https://shop.example/webhooks",
    "event_types": ["payment.captured", "refund.succeeded"],
    "status": "enabled",
    "api_version": "2026-11-22",
    "disabled_because": None,
    "failing_since": None,
    "created_at": _AT,
}
EVENT: Final[dict[str, Any]] = {
    "id": "evt_01kb1tqg00e7xk4v2m9q8z5n3g",
    "object": "event",
    "livemode": False,
    "type": "payment.captured",
    "subject": _PAYMENT_ID,
    "version": 1,
    "data": PAYMENT_SNAPSHOT,
    "created_at": _AT,
}
PROBLEM: Final[dict[str, Any]] = {
    "type": "https://vaultpay.example/problems/invalid_request",
    "title": "The request cannot be read.",
    "status": 400,
    "detail": "These members do not fit: amount.",
    "code": "invalid_request",
    "request_id": "req_01kb1tqg00e7xk4v2m9q8z5n3h",
    "errors": [
        {"field": "amount", "code": "type", "message": "Must be a JSON integer: no decimals, no quotes."},
    ],
}


def _page(member: dict[str, Any], path: str) -> dict[str, Any]:
    following = f"/v1/{path}?limit=1&starting_after={member['id']}"
    return {"object": "list", "data": [member], "has_more": True, "next": following}


EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "Payment": PAYMENT,
    "PaymentSnapshot": PAYMENT_SNAPSHOT,
    "PaymentList": _page(PAYMENT, "payments"),
    "Authorization": AUTHORIZATION,
    "CheckLine": AUTHORIZATION["card_check"][0],
    "Item": PAYMENT["items"][0],
    "ThreeDS": THREE_DS,
    "Balance": {
        "object": "balance",
        "livemode": False,
        "currency": "JPY",
        "available": 128_400,
        "pending": 12_384,
        "owed": 0,
    },
    "Capture": CAPTURE,
    "Refund": REFUND,
    "RefundList": _page(REFUND, "refunds"),
    "Dispute": DISPUTE,
    "DisputeSnapshot": DISPUTE_SNAPSHOT,
    "DisputeList": _page(DISPUTE, "disputes"),
    "EvidenceFile": EVIDENCE_FILE,
    "FraudReport": FRAUD_REPORT,
    "Grant": GRANT,
    "GrantSnapshot": GRANT_SNAPSHOT,
    "GrantList": _page(GRANT, "grants"),
    "Receipt": RECEIPT,
    "ReceiptList": {"object": "list", "data": [RECEIPT], "has_more": False, "next": None},
    "WebhookEndpoint": ENDPOINT,
    "WebhookEndpointWithSecrets": {
        **ENDPOINT,
        "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "public_key": "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=",
    },
    "WebhookEndpointList": _page(ENDPOINT, "webhook_endpoints"),
    "WebhookRedelivery": {
        "id": "rpl_01kb1tqg00e7xk4v2m9q8z5n3g",
        "object": "webhook_redelivery",
        "livemode": False,
        "webhook_endpoint": ENDPOINT["id"],
        "since": "2026-11-20T15:00:00.000Z",
        "until": "2026-11-21T15:00:00.000Z",
        "only_missed": True,
        "created_at": _AT,
    },
    "Deleted": {"id": ENDPOINT["id"], "object": "webhook_endpoint", "deleted": True},
    "Event": EVENT,
    "EventList": _page(EVENT, "events"),
    "Clock": {"object": "clock", "offset_seconds": 3_600, "now": "2026-11-22T04:00:00+00:00"},
    "Profile": {
        "id": "mer_01kb1tqg00e7xk4v2m9q8z5n3n",
        "object": "profile",
        "livemode": False,
        "display_name": "Komorebi Glasses",
        "legal_name": "Komorebi Glasses K.K.",
        "status": "admitted",
        "category_code": "8043",
        "city": "Kyoto",
        "fee_basis_points": 325,
        "return_window_days": 14,
        "shops": [
            {
                "id": "shp_01kb1tqg00e7xk4v2m9q8z5n3p",
                "display_name": "Komorebi Glasses",
                "origin": "https://shop.example",
                "return_urls": ["https://shop.example/return"],
            }
        ],
        "created_at": _AT,
    },
    "Problem": PROBLEM,
}
"""By the name of the component."""
