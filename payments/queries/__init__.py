"""Questions about payments. They never change anything."""

from payments.queries.approvals import reverify_approval
from payments.queries.grants import (
    charges_of_grant,
    grant_for_approval,
    grant_of_customer,
    grant_of_merchant,
    grants_of_customer,
    grants_of_merchant,
    grants_on_card,
    history_of_grant,
)
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
from payments.queries.snapshots import grant_snapshot, payment_snapshot, refund_snapshot
from payments.queries.sums import has_paid_at, sales_by_day, shops_paid_by
from payments.queries.timeline import timeline_of

__all__ = [
    "capture_of",
    "charges_of_grant",
    "decline_sentence_of",
    "grant_for_approval",
    "grant_of_customer",
    "grant_of_merchant",
    "grant_snapshot",
    "grants_of_customer",
    "grants_of_merchant",
    "grants_on_card",
    "has_paid_at",
    "history_of_grant",
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
