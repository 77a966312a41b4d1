"""Give a person who signs in a wallet. Asking again gives the same customer back; the first name stands.

With `language`, remember too in which one they read.

Refuses: UnacceptableText.
"""

from datetime import datetime

from accounts.models import Customer, User, Wallet
from accounts.services.choose_language import choose_language
from accounts.telling import tell
from common.actors import Actor
from common.db import transaction
from common.text import clean_name


@transaction
def open_wallet(*, user_id: str, display_name: str, language: str = "", now: datetime) -> Customer:
    # Two tabs that finish the sign-up at once: the second waits here and finds the first one's customer.
    User.objects.select_for_update(no_key=True).get(pk=user_id)
    if earlier := Customer.objects.select_related("wallet", "user").filter(user_id=user_id).first():
        return earlier
    name = clean_name(display_name, 80)

    customer = Customer.objects.create(user_id=user_id, display_name=name, opened_at=now)
    wallet = Wallet.objects.create(customer=customer, opened_at=now)
    if language:
        choose_language(user_id=user_id, language=language)
    tell(
        "wallet.opened",
        subject=wallet.id,
        by=Actor(customer.id),
        at=now,
        facts={"wallet": wallet.id, "customer": customer.id},
    )
    return customer
