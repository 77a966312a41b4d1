"""Questions about payments. They never change anything."""

from payments.queries.approvals import reverify_approval
from payments.queries.lists import (
    capture_of,
    decline_sentence_of,
    payment_for_approval,
    payment_of_customer,
    payment_of_merchant,
    payments_of_customer,
    payments_of_merchant,
    refund_of_merchant,
    refunds_of_merchant,
    refunds_of_payment,
    waiting_for_capture,
)
from payments.queries.rules import rules_against, used_by_merchant, used_of
from payments.queries.snapshots import payment_snapshot, refund_snapshot
from payments.queries.sums import has_paid_at, sales_by_day, shops_paid_by
from payments.queries.timeline import timeline_of

__all__ = [
    "capture_of",
    "decline_sentence_of",
    "has_paid_at",
    "payment_for_approval",
    "payment_of_customer",
    "payment_of_merchant",
    "payment_snapshot",
    "payments_of_customer",
    "payments_of_merchant",
    "refund_of_merchant",
    "refund_snapshot",
    "refunds_of_merchant",
    "refunds_of_payment",
    "reverify_approval",
    "rules_against",
    "sales_by_day",
    "shops_paid_by",
    "timeline_of",
    "used_by_merchant",
    "used_of",
    "waiting_for_capture",
]
