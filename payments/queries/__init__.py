"""Questions about payments. They never change anything."""

from payments.queries.approvals import reverify_approval
from payments.queries.authentications import (
    ChallengeView,
    challenge_of,
    payment_of_authentication,
)
from payments.queries.balance import balance_of
from payments.queries.disputes import (
    dispute_for_staff,
    dispute_of_merchant,
    dispute_snapshot,
    dispute_with_evidence,
    disputes_of_merchant,
    disputes_of_payment,
    disputes_to_answer,
    evidence_file_by_id,
    evidence_file_of_merchant,
    evidence_file_snapshot,
    fraud_report_snapshot,
    fraud_reports_of_payment,
    open_case_of_customer,
)
from payments.queries.grants import (
    charges_of_grant,
    grant_for_approval,
    grant_of_customer,
    grant_of_merchant,
    grants_of_customer,
    grants_of_merchant,
    history_of_grant,
)
from payments.queries.lists import (
    captures_of,
    card_check_of,
    decline_sentence_of,
    may_try_another_card,
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
from payments.queries.open_cases import open_cases
from payments.queries.points import most_points_for, most_points_without_proof
from payments.queries.receipts import published_keys, receipt_of_merchant, receipts_of_payment, receipts_of_wallet
from payments.queries.rules import rules_against, rules_against_grant, used_by_merchant, used_of
from payments.queries.shops import is_known_to, open_payments_at, shop_for_customer
from payments.queries.snapshots import grant_snapshot, payment_snapshot, refund_snapshot
from payments.queries.sums import has_paid_at, sales_by_day, shops_paid_by
from payments.queries.timeline import timeline_of

__all__ = [
    "ChallengeView",
    "balance_of",
    "captures_of",
    "card_check_of",
    "challenge_of",
    "charges_of_grant",
    "decline_sentence_of",
    "dispute_for_staff",
    "dispute_of_merchant",
    "dispute_snapshot",
    "dispute_with_evidence",
    "disputes_of_merchant",
    "disputes_of_payment",
    "disputes_to_answer",
    "evidence_file_by_id",
    "evidence_file_of_merchant",
    "evidence_file_snapshot",
    "fraud_report_snapshot",
    "fraud_reports_of_payment",
    "grant_for_approval",
    "grant_of_customer",
    "grant_of_merchant",
    "grant_snapshot",
    "grants_of_customer",
    "grants_of_merchant",
    "has_paid_at",
    "history_of_grant",
    "is_known_to",
    "may_try_another_card",
    "most_points_for",
    "most_points_without_proof",
    "open_case_of_customer",
    "open_cases",
    "open_payments_at",
    "payment_for_approval",
    "payment_of_authentication",
    "payment_of_customer",
    "payment_of_merchant",
    "payment_snapshot",
    "payments_of_customer",
    "payments_of_merchant",
    "published_keys",
    "receipt_of_merchant",
    "receipts_of_payment",
    "receipts_of_wallet",
    "refund_of_merchant",
    "refund_snapshot",
    "refunds_of_merchant",
    "refunds_of_payment",
    "reverify_approval",
    "rules_against",
    "rules_against_grant",
    "sales_by_day",
    "shop_for_customer",
    "shops_paid_by",
    "timeline_of",
    "used_by_merchant",
    "used_of",
    "waiting_for_capture",
]
