"""The door of the vault: each verb is one message to the safe, over its unix socket."""

from vault.services.acknowledge_notices import acknowledge_notices
from vault.services.authenticate_card import authenticate_card
from vault.services.authorize_card import authorize_card
from vault.services.forget_card import forget_card
from vault.services.hear_authentication import hear_authentication
from vault.services.inquire_authentication import inquire_authentication
from vault.services.inquire_outcome import inquire_outcome
from vault.services.open_intake import open_intake
from vault.services.read_notices import read_notices
from vault.services.receipt_keys import receipt_keys
from vault.services.refund_card import refund_card
from vault.services.rotate_receipt_key import rotate_receipt_key
from vault.services.safe_health import safe_health
from vault.services.send_capture import send_capture
from vault.services.send_case_answer import send_case_answer
from vault.services.send_release import send_release
from vault.services.send_reversal import send_reversal
from vault.services.send_void import send_void
from vault.services.sign_receipt import sign_receipt
from vault.services.store_card import store_card

__all__ = [
    "acknowledge_notices",
    "authenticate_card",
    "authorize_card",
    "forget_card",
    "hear_authentication",
    "inquire_authentication",
    "inquire_outcome",
    "open_intake",
    "read_notices",
    "receipt_keys",
    "refund_card",
    "rotate_receipt_key",
    "safe_health",
    "send_capture",
    "send_case_answer",
    "send_release",
    "send_reversal",
    "send_void",
    "sign_receipt",
    "store_card",
]
