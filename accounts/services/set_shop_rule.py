"""Set what a customer allows one merchant: blocked, or up to so much per payment and per month; nothing lifts the rule.

`shop_name` is how the customer knows the shop; only the record of the change and its mail use it. `proved` as in
`change_rules`.

Refuses: CustomerNotFound, RulesNotPossible, LooseningNeedsProof.
"""

from dataclasses import asdict
from datetime import datetime

from accounts.models import ShopRule
from accounts.queries import rules_of
from accounts.rules import ANY_SHOP, ShopRules, refuse_impossible_at_shop, shop_loosened
from accounts.services._rules import tell_change
from accounts.services.lock_wallet import lock_wallet
from common.actors import Actor
from common.db import transaction


@transaction
def set_shop_rule(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    *, wallet_id: str, merchant_id: str, shop_name: str, wanted: ShopRules, proved: bool, by: Actor, now: datetime
) -> None:
    refuse_impossible_at_shop(wanted)
    wallet = lock_wallet(wallet_id)
    before = rules_of(wallet.id, merchant_id=merchant_id).at(merchant_id)
    if before == wanted:
        return
    row = ShopRule.objects.filter(wallet=wallet, merchant_id=merchant_id)
    if wanted == ANY_SHOP:
        row.delete()
    else:
        row.update_or_create(wallet=wallet, merchant_id=merchant_id, defaults={**asdict(wanted), "changed_at": now})
    tell_change(
        wallet,
        loosened=shop_loosened(before, wanted),
        proved=proved,
        facts={"merchant": merchant_id, "shop": shop_name, "before": asdict(before), "after": asdict(wanted)},
        by=by,
        now=now,
    )
