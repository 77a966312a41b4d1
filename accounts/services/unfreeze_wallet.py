"""Let a frozen wallet pay again. `proved` as in `change_rules`; of a wallet that is not frozen, nothing changes.

Refuses: CustomerNotFound, LooseningNeedsProof.
"""

from datetime import datetime

from accounts.errors import LooseningNeedsProof
from accounts.queries import rules_of
from accounts.services._rules import write_rules
from accounts.services.lock_wallet import lock_wallet
from accounts.telling import tell
from common.actors import Actor
from common.db import transaction


@transaction
def unfreeze_wallet(*, wallet_id: str, proved: bool, by: Actor, now: datetime) -> None:
    wallet = lock_wallet(wallet_id)
    if rules_of(wallet.id).frozen_at is None:
        return
    if not proved:
        raise LooseningNeedsProof
    write_rules(wallet, now=now, frozen_at=None)
    tell(
        "wallet.unfrozen", subject=wallet.id, by=by, at=now, facts={"wallet": wallet.id, "customer": wallet.customer_id}
    )
