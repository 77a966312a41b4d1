"""What both verbs of an adjustment refuse."""

from accounts.queries import customer_of_wallet
from common.actors import Actor
from points.errors import OwnWallet


def refuse_own_wallet(wallet_id: str, *, by: Actor) -> None:
    """Staff may be customers as well. Refuses: OwnWallet."""
    owner = customer_of_wallet(wallet_id)
    if owner is not None and owner.user.pk == by.ref:
        raise OwnWallet
