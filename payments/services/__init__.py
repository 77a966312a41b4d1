"""The verbs of this room. Those that speak to the card network refuse to run inside a transaction."""

from payments.services.approve_grant import approve_grant
from payments.services.approve_payment import approve_payment
from payments.services.cancel_payment import cancel_payment
from payments.services.capture_payment import capture_payment
from payments.services.change_grant_card import change_grant_card
from payments.services.charge_grant import charge_grant
from payments.services.claim_due import claim_due_advices, claim_due_authorizations, claim_due_refunds
from payments.services.create_grant import create_grant
from payments.services.create_payment import create_payment
from payments.services.decline_grant import decline_grant
from payments.services.end_grant import end_grant
from payments.services.expire_grants import expire_grants
from payments.services.expire_payments import expire_payments
from payments.services.lower_grant import lower_grant
from payments.services.offer_approval import offer_approval
from payments.services.offer_grant_approval import offer_grant_approval
from payments.services.pause_grant import pause_grant
from payments.services.refund_payment import refund_payment
from payments.services.resolve_refund import resolve_refund
from payments.services.resolve_unknown import resolve_unknown
from payments.services.resume_grant import resume_grant
from payments.services.send_advice import send_advice
from payments.services.send_advices import send_advices

__all__ = [
    "approve_grant",
    "approve_payment",
    "cancel_payment",
    "capture_payment",
    "change_grant_card",
    "charge_grant",
    "claim_due_advices",
    "claim_due_authorizations",
    "claim_due_refunds",
    "create_grant",
    "create_payment",
    "decline_grant",
    "end_grant",
    "expire_grants",
    "expire_payments",
    "lower_grant",
    "offer_approval",
    "offer_grant_approval",
    "pause_grant",
    "refund_payment",
    "resolve_refund",
    "resolve_unknown",
    "resume_grant",
    "send_advice",
    "send_advices",
]
