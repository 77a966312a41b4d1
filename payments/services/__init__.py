"""The verbs of this room. Those that speak to the card network refuse to run inside a transaction."""

from payments.services.accept_dispute import accept_dispute
from payments.services.add_evidence_file import add_evidence_file
from payments.services.approve_grant import approve_grant
from payments.services.approve_payment import approve_payment
from payments.services.begin_second_stage import begin_second_stage
from payments.services.cancel_open_charges import cancel_open_charges
from payments.services.cancel_payment import cancel_payment
from payments.services.capture_payment import capture_payment
from payments.services.change_grant_card import change_grant_card
from payments.services.charge_at_once import charge_at_once
from payments.services.charge_grant import charge_grant
from payments.services.claim_due import (
    claim_due_advices,
    claim_due_authentications,
    claim_due_authorizations,
    claim_due_refunds,
)
from payments.services.close_dispute import close_dispute
from payments.services.close_refunded_case import close_refunded_case
from payments.services.continue_payment import continue_payment
from payments.services.countersign_acceptance import countersign_acceptance
from payments.services.create_grant import create_grant
from payments.services.create_payment import create_payment
from payments.services.decline_grant import decline_grant
from payments.services.drop_orphaned_files import drop_orphaned_files
from payments.services.end_grant import end_grant
from payments.services.expire_acceptances import expire_acceptances
from payments.services.expire_grants import expire_grants
from payments.services.expire_payments import expire_payments
from payments.services.hear_authentication import hear_authentication
from payments.services.hear_notice import hear_notice
from payments.services.hear_notices import hear_notices
from payments.services.issue_receipts import issue_receipts
from payments.services.keep_deadlines import keep_deadlines
from payments.services.leave_challenge import leave_challenge
from payments.services.lower_grant import lower_grant
from payments.services.note_receipt_due import note_receipt_due
from payments.services.offer_approval import offer_approval
from payments.services.offer_grant_approval import offer_grant_approval
from payments.services.open_dispute import open_dispute
from payments.services.pause_grant import pause_grant
from payments.services.propose_acceptance import propose_acceptance
from payments.services.read_evidence_file import read_evidence_file
from payments.services.refund_payment import refund_payment
from payments.services.report_problem import report_problem
from payments.services.resolve_refund import resolve_refund
from payments.services.resolve_unknown import resolve_unknown
from payments.services.resume_grant import resume_grant
from payments.services.rotate_receipt_key import rotate_receipt_key
from payments.services.send_advice import send_advice
from payments.services.send_advices import send_advices
from payments.services.send_case_answer import send_case_answer
from payments.services.send_case_answers import send_case_answers
from payments.services.settle_shortfalls import settle_shortfalls
from payments.services.submit_evidence import submit_evidence
from payments.services.turn_down_acceptance import turn_down_acceptance
from payments.services.withdraw_problem import withdraw_problem
from payments.services.withhold_again import withhold_again

__all__ = [
    "accept_dispute",
    "add_evidence_file",
    "approve_grant",
    "approve_payment",
    "begin_second_stage",
    "cancel_open_charges",
    "cancel_payment",
    "capture_payment",
    "change_grant_card",
    "charge_at_once",
    "charge_grant",
    "claim_due_advices",
    "claim_due_authentications",
    "claim_due_authorizations",
    "claim_due_refunds",
    "close_dispute",
    "close_refunded_case",
    "continue_payment",
    "countersign_acceptance",
    "create_grant",
    "create_payment",
    "decline_grant",
    "drop_orphaned_files",
    "end_grant",
    "expire_acceptances",
    "expire_grants",
    "expire_payments",
    "hear_authentication",
    "hear_notice",
    "hear_notices",
    "issue_receipts",
    "keep_deadlines",
    "leave_challenge",
    "lower_grant",
    "note_receipt_due",
    "offer_approval",
    "offer_grant_approval",
    "open_dispute",
    "pause_grant",
    "propose_acceptance",
    "read_evidence_file",
    "refund_payment",
    "report_problem",
    "resolve_refund",
    "resolve_unknown",
    "resume_grant",
    "rotate_receipt_key",
    "send_advice",
    "send_advices",
    "send_case_answer",
    "send_case_answers",
    "settle_shortfalls",
    "submit_evidence",
    "turn_down_acceptance",
    "withdraw_problem",
    "withhold_again",
]
