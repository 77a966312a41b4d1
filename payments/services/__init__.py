"""The verbs of this room. Those that speak to the card network refuse to run inside a transaction."""

from payments.services.approve_payment import approve_payment
from payments.services.cancel_payment import cancel_payment
from payments.services.capture_payment import capture_payment
from payments.services.claim_due import claim_due_advices, claim_due_authorizations, claim_due_refunds
from payments.services.create_payment import create_payment
from payments.services.expire_payments import expire_payments
from payments.services.offer_approval import offer_approval
from payments.services.refund_payment import refund_payment
from payments.services.resolve_refund import resolve_refund
from payments.services.resolve_unknown import resolve_unknown
from payments.services.send_advice import send_advice
from payments.services.send_advices import send_advices

__all__ = [
    "approve_payment",
    "cancel_payment",
    "capture_payment",
    "claim_due_advices",
    "claim_due_authorizations",
    "claim_due_refunds",
    "create_payment",
    "expire_payments",
    "offer_approval",
    "refund_payment",
    "resolve_refund",
    "resolve_unknown",
    "send_advice",
    "send_advices",
]
