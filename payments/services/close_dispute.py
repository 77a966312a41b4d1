"""How a case ended, as the network tells: won, lost, or an inquiry that came to nothing.

What has ended already stays as it is: the network's confirmation of an acceptance changes nothing.
"""

from datetime import datetime
from typing import Final

from common.actors import Actor
from common.db import transaction
from payments.models import Dispute
from payments.services._dispute_money import give_back, let_it_go, lost_parts, tell_dispute

_VERBS: Final = {"won": "win", "lost": "lose", "accepted": "lose", "closed": "close"}


@transaction
def close_dispute(*, dispute_id: str, outcome: str, by: Actor, now: datetime) -> Dispute:
    """`outcome` is won, lost, accepted or closed."""
    dispute, payment = Dispute.locked(dispute_id)
    if not dispute.is_open:
        return dispute
    verb = _VERBS[outcome]
    because = {"closed_because": "network"} if verb == "close" else {}
    dispute.move(verb, by=by, now=now, closed_at=now, remind_at=None, **because)
    match verb:
        case "win":
            give_back(dispute, payment, now=now)
            tell_dispute("dispute.won", dispute, payment, by=by, now=now)
        case "lose":
            let_it_go(dispute, payment, now=now)
            tell_dispute("dispute.lost", dispute, payment, by=by, now=now, parts=lost_parts(dispute, payment))
        case _:
            tell_dispute("dispute.closed", dispute, payment, by=by, now=now)
    return dispute
