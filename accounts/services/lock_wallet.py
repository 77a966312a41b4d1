"""Hold a wallet still until the caller commits: what its owner allows, its cards' states and what was spent stay put.

Whoever judges a payment by the customer's rules takes this lock first. Two payments of one wallet are judged one after
the other, and a brake that was pulled is seen by whoever comes next. Lock order: payment, then wallet.

Refuses: CustomerNotFound.
"""

from accounts.errors import CustomerNotFound
from accounts.models import Wallet
from common.db import transaction_required


@transaction_required
def lock_wallet(wallet_id: str) -> Wallet:
    wallet = Wallet.objects.select_for_update(no_key=True).filter(pk=wallet_id).first()
    if wallet is None:
        raise CustomerNotFound
    return wallet
