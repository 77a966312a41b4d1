"""What this room does when it hears an event, and the queue that the relay pumps for it."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import services as accounts
from accounts.queries import customer_by_id
from accounts.telling_rules import what_is_allowed_now
from common.db import transaction
from events import services as events
from events.types import Heard


@transaction
def mail_that_rules_were_loosened(event: Heard, *, now: datetime) -> None:
    """On another channel: whoever took a session over cannot quietly allow themselves more."""
    facts = event.facts
    _mail(
        facts["customer"],
        lambda: what_is_allowed_now(facts["loosened"], facts["before"], facts["after"]),
        shop=facts.get("shop", ""),
        now=now,
    )


@transaction
def mail_that_the_wallet_pays_again(event: Heard, *, now: datetime) -> None:
    _mail(event.facts["customer"], lambda: [_("Your wallet is no longer frozen")], now=now)


def _mail(customer_id: str, lines: Callable[[], list[str]], *, shop: str = "", now: datetime) -> None:
    customer = customer_by_id(customer_id)
    with translation.override(customer.user.language):
        said = lines()
    events.queue_mail(
        to=customer.user.email,
        template="rules_loosened",
        language=customer.user.language,
        context={
            "customer_name": customer.display_name,
            "shop": shop,
            "lines": said,
            "rules_url": f"{settings.BASE_URL}/rules",
        },
        now=now,
    )


HANDLERS = {
    "rules.loosened": [mail_that_rules_were_loosened],
    "wallet.unfrozen": [mail_that_the_wallet_pays_again],
}


def forget_removed_cards(now: datetime) -> int:
    return accounts.forget_removed_cards(now=now)


PUMPS = [forget_removed_cards]
