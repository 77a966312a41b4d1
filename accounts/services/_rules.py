"""What the verbs about a customer's rules share."""

from datetime import datetime
from typing import Any

from accounts.errors import LooseningNeedsProof
from accounts.models import SpendingRules, Wallet
from accounts.telling import tell
from common.actors import Actor
from common.db import transaction_required


@transaction_required
def write_rules(wallet: Wallet, *, now: datetime, **values: Any) -> None:
    """The caller holds the wallet's lock, so there is one row, and one writer."""
    SpendingRules.objects.update_or_create(wallet=wallet, defaults={**values, "changed_at": now})


@transaction_required
def tell_change(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    wallet: Wallet, *, loosened: list[str], proved: bool, facts: dict[str, Any], by: Actor, now: datetime
) -> None:
    """Refuses LooseningNeedsProof. A change that allows more is an event of its own: its owner gets a mail."""
    if loosened and not proved:
        raise LooseningNeedsProof
    tell(
        "rules.loosened" if loosened else "rules.tightened",
        subject=wallet.id,
        by=by,
        at=now,
        facts={"wallet": wallet.id, "customer": wallet.customer_id, "loosened": loosened, **facts},
    )
