"""Give points to another customer, by their e-mail address.

The points leave at once and wait in the gift's own pool, with the funder and the expiry that they had. They can be
accepted after a while, which is longer for who has a new passkey or device, and be taken back until then and until
they are accepted. Whatever the address, the sender is told the same: only its owner learns that something waits. The
same `asked_as` again answers the first gift.

Refuses: AddressNotReadable, GiftToOneself, GiftNotPossible, GiftLimitReached, NotEnoughPoints, WalletStandsStill,
PointsRepeatDiffers, CustomerNotFound.
"""

from datetime import datetime

from accounts import services as accounts
from accounts.queries import customer_by_id
from common.actors import Actor
from common.db import transaction
from common.ids import new_id
from common.money import Money
from points.errors import GiftLimitReached, GiftNotPossible, GiftToOneself, PointsRepeatDiffers
from points.gift_queries import GIFT_LASTS, GiftRules, gift_rules
from points.giving import day_of, month_of, read_address, refuse_if_frozen, seconds_until
from points.lots import move_points
from points.models import PointsGift
from points.models.gift import new_pool
from points.states import Source
from points.telling import tell
from points.types import GIFT_MESSAGE_LENGTH


@transaction
def send_gift(  # noqa: PLR0913 (whose, to whom, how many, with which words)
    *, customer_id: str, to_email: str, amount: Money, message: str = "", asked_as: str, by: Actor, now: datetime
) -> PointsGift:
    sender = customer_by_id(customer_id)
    accounts.lock_wallet(sender.wallet.id)
    address, wallet_id = read_address(to_email), sender.wallet.id
    if earlier := PointsGift.objects.filter(from_wallet_id=wallet_id, asked_as=asked_as).first():
        if (earlier.to_email, earlier.amount) != (address, amount):
            raise PointsRepeatDiffers
        return earlier
    refuse_if_frozen(sender)
    if address == sender.user.email:
        raise GiftToOneself
    rules = gift_rules(sender, now=now)
    _refuse_beyond(rules, amount, now=now)
    gift_id, pool_id = new_id("gft"), new_pool()
    lots = move_points(
        from_wallet=wallet_id, to_wallet=pool_id, amount=amount, source=Source.GIFT, source_ref=gift_id, now=now
    )
    gift = PointsGift.objects.create(
        id=gift_id,
        from_wallet_id=wallet_id,
        to_email=address,
        pool_id=pool_id,
        amount_minor=amount.minor,
        message=" ".join(message.split())[:GIFT_MESSAGE_LENGTH],
        asked_as=asked_as,
        sent_at=now,
        acceptable_from=rules.acceptable_from,
        device_was_new=rules.device_is_new,
        expires_at=min(now + GIFT_LASTS, max(lot.expires_at for lot in lots)),
    )
    tell("gift.sent", subject=gift.id, by=by, at=now, facts={"gift": gift.id, "points_minor": amount.minor})
    return gift


def _refuse_beyond(rules: GiftRules, amount: Money, *, now: datetime) -> None:
    if not rules.least <= amount <= rules.most:
        raise GiftNotPossible(least=rules.least.minor, most=rules.most.minor)
    if not rules.left_today or amount > rules.left_this_month:
        over = day_of(now)[1] if amount <= rules.left_this_month else month_of(now)[1]
        raise GiftLimitReached(
            gifts=rules.per_day,
            points=rules.per_month.minor,
            retry_after_seconds=seconds_until(over, now=now),
        )
