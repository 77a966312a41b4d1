"""What this room does when it hears of captures and refunds. Twice, late and in any order is harmless."""

from datetime import datetime

from common.actors import SYSTEM
from common.db import transaction
from common.money import Money
from events.types import Heard
from points import conversion_mails, giving_mails
from points import services as points
from points.campaign_mails import mail_about_used_up_campaign
from points.types import Stretch


@transaction
def earn_for_capture(event: Heard, *, now: datetime) -> None:
    """The base is the money part: what was paid with points earns none."""
    facts = event.facts
    points.earn_points(
        capture_id=facts["capture"],
        payment_id=event.subject,
        wallet_id=facts["wallet"],
        merchant_id=facts["merchant"],
        base=Money(facts["base_minor"], facts["currency"]),
        base_before=Money(facts.get("base_before_minor", 0), facts["currency"]),
        items=facts.get("items", []),
        captured_at=event.at,
        now=now,
    )


@transaction
def take_back_what_was_earned(event: Heard, *, now: datetime) -> None:
    """A refund, or a capture that the network refused after all: then the capture itself is the reason.

    A refund says which stretch of which captures it gives back; where nothing is said, it is all of one.
    """
    facts = event.facts
    for part in facts.get("parts") or [{"capture": facts["capture"]}]:
        stretch = Stretch(part["from_minor"], part["upto_minor"], part["of_minor"]) if "of_minor" in part else Stretch()
        points.take_back_points(
            capture_id=part["capture"],
            refund_id=facts.get("refund") or facts["capture"],
            payment_id=event.subject,
            wallet_id=facts["wallet"],
            merchant_id=facts["merchant"],
            stretch=stretch,
            now=now,
        )


@transaction
def take_back_what_was_lost(event: Heard, *, now: datetime) -> None:
    """A dispute was lost: nobody paid for that stretch of the purchase, so what it earned leaves as after a refund."""
    facts = event.facts
    for part in facts["parts"]:
        points.take_back_points(
            capture_id=part["capture"],
            refund_id=facts["dispute"],
            payment_id=facts["payment"],
            wallet_id=facts["wallet"],
            merchant_id=facts["merchant"],
            stretch=Stretch(part["from_minor"], part["upto_minor"], part["of_minor"]),
            now=now,
        )


@transaction
def tell_team_that_it_is_used_up(event: Heard, *, now: datetime) -> None:
    """To those who may raise the budget and start it again."""
    mail_about_used_up_campaign(campaign_id=event.facts["campaign"], now=now)


@transaction
def end_campaigns_of_who_left(event: Heard, *, now: datetime) -> None:
    """There is nobody any more who would pay for new points."""
    points.end_campaigns_of(merchant_id=event.subject, by=SYSTEM, now=now)


@transaction
def give_what_waited(event: Heard, *, now: datetime) -> None:
    """Somebody opened a wallet: shops may have had points taken over for their address before."""
    points.accept_conversions(customer_id=event.facts["customer"], now=now)


HANDLERS = {
    "payment.captured": [earn_for_capture],
    "payment.refunded": [take_back_what_was_earned],
    "payment.capture_refused": [take_back_what_was_earned],
    "dispute.lost": [take_back_what_was_lost],
    "dispute.accepted": [take_back_what_was_lost],
    "merchant.left": [end_campaigns_of_who_left],
    "campaign.exhausted": [tell_team_that_it_is_used_up],
    "wallet.opened": [give_what_waited],
    **giving_mails.HANDLERS,
    **conversion_mails.HANDLERS,
}
