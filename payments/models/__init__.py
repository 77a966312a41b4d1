from payments.models.acceptance import DisputeAcceptance
from payments.models.approval import Approval, Challenge
from payments.models.authentication import Authentication
from payments.models.authorization import Advice, Authorization
from payments.models.capture import Capture
from payments.models.dispute import CaseAnswer, Dispute, DisputeChange, EvidenceFile, FraudReport
from payments.models.grant import Grant, GrantChange
from payments.models.payment import Payment, PaymentStatusChange
from payments.models.receipt import Receipt, ReceiptDue
from payments.models.refund import Refund, RefundPart

__all__ = [
    "Advice",
    "Approval",
    "Authentication",
    "Authorization",
    "Capture",
    "CaseAnswer",
    "Challenge",
    "Dispute",
    "DisputeAcceptance",
    "DisputeChange",
    "EvidenceFile",
    "FraudReport",
    "Grant",
    "GrantChange",
    "Payment",
    "PaymentStatusChange",
    "Receipt",
    "ReceiptDue",
    "Refund",
    "RefundPart",
]
