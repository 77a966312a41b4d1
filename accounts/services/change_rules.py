"""Set what a customer allows at every shop. All values at once; what is left as it was changes nothing.

What only tightens works at once. `proved` says that the door has seen a proof of who this is within the last minutes:
without it, whatever would allow more is refused.

Refuses: CustomerNotFound, RulesNotPossible, LooseningNeedsProof.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from accounts.queries import rules_of
from accounts.rules import Rules, loosened, refuse_impossible
from accounts.services._rules import tell_change, write_rules
from accounts.services.lock_wallet import lock_wallet
from common.actors import Actor
from common.db import transaction


@transaction
def change_rules(*, wallet_id: str, wanted: Rules, proved: bool, by: Actor, now: datetime) -> None:
    refuse_impossible(wanted)
    wallet = lock_wallet(wallet_id)
    before = rules_of(wallet.id).rules
    if before == wanted:
        return
    write_rules(wallet, now=now, **_columns(wanted))
    tell_change(
        wallet,
        loosened=loosened(before, wanted),
        proved=proved,
        facts={"before": _columns(before), "after": _columns(wanted)},
        by=by,
        now=now,
    )


def _columns(rules: Rules) -> dict[str, Any]:
    return {**asdict(rules), "blocked_categories": sorted(rules.blocked_categories)}
