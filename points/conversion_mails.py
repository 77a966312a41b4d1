"""The mail that a shop's old points have arrived. Queued in the commit of its handler, so hearing twice sends one."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from accounts.queries import customer_of_wallet
from common.db import transaction
from common.money import pts
from events.types import Heard
from merchants.queries import merchant_by_id
from points.mails import Said, mail_to, points_text


@transaction
def tell_of_old_points(event: Heard, *, now: datetime) -> None:
    reader, shop = customer_of_wallet(event.facts["wallet"]), merchant_by_id(event.facts["merchant"]).display_name
    if reader is None:
        return

    def said() -> Said:
        facts = {"shop": shop, "points": points_text(pts(event.facts["points_minor"]))}
        line = _("{shop} had your old points taken over: {points}. You can use them now, at every shop here.")
        return _("Your old points of {shop}").format(**facts), [line.format(**facts)]

    mail_to(reader, said, page="/points", now=now)


HANDLERS: Final = {"points_conversion.converted": [tell_of_old_points]}
