"""The verbs of this room."""

from accounts.services.add_card import add_card
from accounts.services.change_rules import change_rules
from accounts.services.choose_language import choose_language
from accounts.services.end_sessions import end_sessions
from accounts.services.forget_removed_cards import forget_removed_cards
from accounts.services.freeze_card import freeze_card
from accounts.services.freeze_wallet import freeze_wallet
from accounts.services.lock_wallet import lock_wallet
from accounts.services.mark_card import mark_card
from accounts.services.note_passkey_use import note_passkey_use
from accounts.services.offer_passkey_registration import offer_passkey_registration
from accounts.services.open_wallet import open_wallet
from accounts.services.record_sign_in import record_sign_in
from accounts.services.register_passkey import register_passkey
from accounts.services.remove_card import remove_card
from accounts.services.remove_passkey import remove_passkey
from accounts.services.rename_card import rename_card
from accounts.services.rename_customer import rename_customer
from accounts.services.rename_passkey import rename_passkey
from accounts.services.renew_cards import renew_cards
from accounts.services.set_default_card import set_default_card
from accounts.services.set_shop_rule import set_shop_rule
from accounts.services.unfreeze_card import unfreeze_card
from accounts.services.unfreeze_wallet import unfreeze_wallet

__all__ = [
    "add_card",
    "change_rules",
    "choose_language",
    "end_sessions",
    "forget_removed_cards",
    "freeze_card",
    "freeze_wallet",
    "lock_wallet",
    "mark_card",
    "note_passkey_use",
    "offer_passkey_registration",
    "open_wallet",
    "record_sign_in",
    "register_passkey",
    "remove_card",
    "remove_passkey",
    "rename_card",
    "rename_customer",
    "rename_passkey",
    "renew_cards",
    "set_default_card",
    "set_shop_rule",
    "unfreeze_card",
    "unfreeze_wallet",
]
