"""Call a customer by another name.

Refuses: CustomerNotFound, UnacceptableText.
"""

from datetime import datetime

from accounts.errors import CustomerNotFound
from accounts.models import Customer
from common.actors import Actor
from common.db import transaction
from common.text import clean_name
from events import services as events


@transaction
def rename_customer(*, customer_id: str, display_name: str, by: Actor, now: datetime) -> None:
    name = clean_name(display_name, 80)
    if Customer.objects.filter(pk=customer_id).update(display_name=name) != 1:
        raise CustomerNotFound
    events.write_audit("customer.renamed", subject=customer_id, by=by, at=now)
