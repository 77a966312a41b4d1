"""Take payments through a VaultPay commerce."""

from vaultpay_client.commerce import Commerce
from vaultpay_client.conversions import sign_conversions
from vaultpay_client.errors import (
    Conflict,
    KeyRefused,
    NotAReceipt,
    NotFromTheCommerce,
    NotThere,
    Problem,
    Refused,
    TooMany,
    Unavailable,
    Unreachable,
    VaultPayError,
)
from vaultpay_client.objects import (
    Campaign,
    Clearing,
    Conversion,
    ConversionBatch,
    Dispute,
    Event,
    Grant,
    Item,
    Payment,
    Refund,
    WebhookEndpoint,
)
from vaultpay_client.receipts import verify_chain, verify_receipt
from vaultpay_client.webhooks import verify_webhook

__all__ = [
    "Campaign",
    "Clearing",
    "Commerce",
    "Conflict",
    "Conversion",
    "ConversionBatch",
    "Dispute",
    "Event",
    "Grant",
    "Item",
    "KeyRefused",
    "NotAReceipt",
    "NotFromTheCommerce",
    "NotThere",
    "Payment",
    "Problem",
    "Refund",
    "Refused",
    "TooMany",
    "Unavailable",
    "Unreachable",
    "VaultPayError",
    "WebhookEndpoint",
    "sign_conversions",
    "verify_chain",
    "verify_receipt",
    "verify_webhook",
]
