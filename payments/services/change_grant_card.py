"""Let another card of the same wallet pay for a permission; limits and last day stay.

Refuses: GrantNotFound, CardNotFound, CardFrozen, CardExpired, TransitionRefused (not approved, or ended).
"""

from datetime import datetime

from accounts.queries import card_of, customer_by_id
from common.actors import Actor
from common.db import transaction
from common.states import TransitionRefused
from payments.models import Grant
from payments.services._grant import refuse_unless_mine, tell_grant
from payments.services._may_approve import refuse_unless_usable
from payments.states import GrantStatus


@transaction
def change_grant_card(*, grant_id: str, card_id: str, by: Actor, now: datetime) -> Grant:
    grant = Grant.locked(grant_id)
    refuse_unless_mine(grant, by=by)
    if not grant.is_open:
        raise TransitionRefused(current=GrantStatus(grant.status), verb="change_card")
    card = card_of(customer_by_id(grant.customer_id), card_id)
    refuse_unless_usable(card, now=now)
    if card.id == grant.card_id:
        return grant
    grant.note(
        "change_card",
        by=by,
        now=now,
        card_id=card.id,
        card_brand=card.brand,
        card_last4=card.last4,
        # The series that the issuer knows was opened with the other card.
        first_network_reference="",
    )
    tell_grant("grant.card_changed", grant, by=by, now=now)
    return grant
