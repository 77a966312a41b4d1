"""Stop everything of this wallet: nothing is approved and no grant is charged until its owner unfreezes it.

What shops were promised before stays promised, and refunds still come in. Asking again changes nothing.

Refuses: CustomerNotFound.
"""

from datetime import datetime

from accounts.queries import rules_of
from accounts.services._rules import write_rules
from accounts.services.lock_wallet import lock_wallet
from accounts.telling import tell
from common.actors import Actor
from common.db import transaction


@transaction
def freeze_wallet(*, wallet_id: str, by: Actor, now: datetime) -> None:
    wallet = lock_wallet(wallet_id)
    if rules_of(wallet.id).frozen_at is not None:
        return
    write_rules(wallet, now=now, frozen_at=now)
    tell("wallet.frozen", subject=wallet.id, by=by, at=now, facts={"wallet": wallet.id, "customer": wallet.customer_id})
