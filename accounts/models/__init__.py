from accounts.models.card import Card, CardStatusChange, CardTry
from accounts.models.customer import Customer, Wallet
from accounts.models.passkey import PasskeyChallenge, PaymentPasskey
from accounts.models.rules import ShopRule, SpendingRules
from accounts.models.sign_in import SignInRecord
from accounts.models.user import User

__all__ = [
    "Card",
    "CardStatusChange",
    "CardTry",
    "Customer",
    "PasskeyChallenge",
    "PaymentPasskey",
    "ShopRule",
    "SignInRecord",
    "SpendingRules",
    "User",
    "Wallet",
]
