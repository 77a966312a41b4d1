"""The mails about gifts and families. Each is queued in the commit of its handler, so hearing twice sends one mail.

An address that nobody signs in with gets both languages: we do not know which one its owner reads. No mail carries the
sender's message, nor more of a name than words: whoever gets one may never have heard of us, and a stranger could have
written both.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.queries import customer_of_wallet, language_of_address
from common.db import transaction
from events.types import Heard
from points.giving import day_and_time
from points.mails import Said, mail_to, points_text, points_text_of, queue_news
from points.models import FamilyMember, FamilyMove, PointsGift
from points.models.family import INVITATION_LASTS
from points.states import FamilyMemberStatus, FamilyMoveKind, GiftStatus

if TYPE_CHECKING:
    from accounts.models import Customer

_GIFTS: Final = "/points/gifts"
_FAMILY: Final = "/points/family"
_LANGUAGES: Final = ("ja", "en")


@transaction
def tell_of_sent_gift(event: Heard, *, now: datetime) -> None:
    """Its sender on another channel, so that nobody gives in their name unseen; and whoever reads the address."""
    gift, sender = _gift_of(event)
    if gift.status != GiftStatus.PENDING or sender is None:
        return
    mail_to(sender, lambda: _sent(gift), page=_GIFTS, now=now)
    _mail_to_address(gift.to_email, lambda: _waiting(gift, sender), page=_GIFTS, now=now)


def _sent(gift: PointsGift) -> Said:
    facts = {"points": points_text(gift.amount), "address": gift.to_email, "when": day_and_time(gift.acceptable_from)}
    lines = [
        _("You gave {points} to {address}.").format(**facts),
        _("They can be accepted from {when} on (Japan time). Until they are accepted, you can take them back:").format(
            **facts
        ),
    ]
    return _("You gave points to somebody"), lines


def _waiting(gift: PointsGift, sender: "Customer") -> Said:
    facts = {
        "name": plain_name(sender.display_name),
        "points": points_text(gift.amount),
        "from": day_and_time(gift.acceptable_from),
        "before": day_and_time(gift.expires_at),
    }
    lines = [
        _("{name} gives you {points}.").format(**facts),
        _(
            "You can accept them from {from} on and before {before} (Japan time). Sign in with this e-mail address:"
        ).format(**facts),
        _("They are free, and cannot be sold or paid out. If you do not know the sender, you need not do anything."),
    ]
    return _("Points are waiting for you"), lines


@transaction
def tell_sender_how_it_ended(event: Heard, *, now: datetime) -> None:
    gift, sender = _gift_of(event)
    if sender is not None:
        mail_to(sender, lambda: _ended(gift), page=_GIFTS, now=now)


def _ended(gift: PointsGift) -> Said:
    facts = {
        "address": gift.to_email,
        "points": points_text(gift.amount),
        "moved": points_text(gift.moved),
        "gone": points_text(gift.expired),
    }
    match gift.status:
        case GiftStatus.ACCEPTED:
            subject, line = _("Your gift was accepted"), _("{address} has accepted your gift: {moved}.")
        case GiftStatus.DECLINED:
            subject, line = (
                _("Your gift came back"),
                _("Your gift to {address} was not wanted. {moved} came back to you."),
            )
        case _:
            subject = _("Your gift came back")
            line = _("Your gift to {address} was not accepted in time. {moved} came back to you.")
    lines = [line.format(**facts)]
    if gift.expired:
        lines.append(_("Of the {points}, {gone} expired while the gift was waiting.").format(**facts))
    return subject, lines


@transaction
def tell_of_invitation(event: Heard, *, now: datetime) -> None:
    member = _member_of(event)
    owner = _owner_of(member)
    if member.status == FamilyMemberStatus.INVITED and owner is not None:
        _mail_to_address(member.email, lambda: _invited(member, owner), page=_FAMILY, now=now)


def _invited(member: FamilyMember, owner: "Customer") -> Said:
    facts = {
        "name": plain_name(owner.display_name),
        "before": day_and_time(member.invited_at + INVITATION_LASTS),
        "commerce": settings.COMMERCE["name"],
    }
    lines = [
        _("{name} asks you to share a pool of points with their family on {commerce}.").format(**facts),
        _("Sign in with this e-mail address before {before} (Japan time) to join or to say no:").format(**facts),
        _("If you do not know who asks, you need not do anything."),
    ]
    return _("You are invited to a family"), lines


@transaction
def tell_of_new_member(event: Heard, *, now: datetime) -> None:
    """Everybody else in the family: whoever came in may draw after a while."""
    joined = _member_of(event)
    newcomer = customer_of_wallet(joined.wallet_id or "")
    if newcomer is None:
        return
    for member in joined.family.members.filter(status=FamilyMemberStatus.ACTIVE).exclude(pk=joined.id).order_by("id"):
        reader = customer_of_wallet(member.wallet_id or "")
        if reader is not None:
            mail_to(reader, lambda: _joined(joined, newcomer), page=_FAMILY, now=now)


def _joined(joined: FamilyMember, newcomer: "Customer") -> Said:
    facts = {"name": newcomer.display_name, "when": day_and_time(joined.draws_from or joined.invited_at)}
    line = _("{name} has joined your family, and can draw points from its pool from {when} on (Japan time).")
    return _("Somebody joined your family"), [line.format(**facts)]


@transaction
def tell_of_end(event: Heard, *, now: datetime) -> None:
    """Who was let go, or whose family was closed, hears what came back; the owner hears who left."""
    member, facts = _member_of(event), event.facts
    if not facts["was_in"]:
        return
    back = points_text_of(facts["points_minor"])
    own_will = event.type == "family.member_left" and not facts["closed"]
    reader = _owner_of(member) if own_will else customer_of_wallet(member.wallet_id or "")
    left = customer_of_wallet(member.wallet_id or "")
    if reader is None or left is None:
        return

    def said() -> Said:
        if own_will:
            line = _("{name} has left your family, with what was left of their own points: {points}.")
            return _("Somebody left your family"), [line.format(name=left.display_name, points=back())]
        subject = _("Your family was closed") if facts["closed"] else _("You are no longer in the family")
        return subject, [_("What was left of your own points came back to you: {points}.").format(points=back())]

    mail_to(reader, said, page=_FAMILY, now=now)


@transaction
def tell_of_own_points(event: Heard, *, now: datetime) -> None:
    """On another channel: points were put in, or will be from now on."""
    member = _member_of(event)
    reader = customer_of_wallet(member.wallet_id or "")
    if reader is None:
        return
    if event.type == "family.sharing_on":
        line = _("From now on, what becomes ready to use in your wallet goes into your family’s pool.")
        mail_to(reader, lambda: (_("Your points go to your family"), [line]), page=_FAMILY, now=now)
        return
    move = FamilyMove.objects.get(pk=event.facts["move"])
    if move.kind == FamilyMoveKind.PUT_IN:
        mail_to(reader, lambda: _put_in(move), page=_FAMILY, now=now)


def _put_in(move: FamilyMove) -> Said:
    line = _("You put {points} into your family’s pool. If that was not you, freeze your wallet and tell us.")
    return _("You put points into your family’s pool"), [line.format(points=points_text(move.amount))]


HANDLERS: Final = {
    "family.invited": [tell_of_invitation],
    "family.joined": [tell_of_new_member],
    "family.member_left": [tell_of_end],
    "family.member_removed": [tell_of_end],
    "family.points_moved": [tell_of_own_points],
    "family.sharing_on": [tell_of_own_points],
    "gift.accepted": [tell_sender_how_it_ended],
    "gift.declined": [tell_sender_how_it_ended],
    "gift.expired": [tell_sender_how_it_ended],
    "gift.sent": [tell_of_sent_gift],
}


def plain_name(name: str) -> str:
    """A name without what mail programs would make a link of, and not longer than a name is."""
    return " ".join(re.sub(r"[^\w\s'’・-]", " ", name).split())[:40] or "—"


def _mail_to_address(address: str, said: Callable[[], Said], *, page: str, now: datetime) -> None:
    known = language_of_address(address)
    queue_news(address, said, [known] if known else _LANGUAGES, page=page, name="", now=now)


def _gift_of(event: Heard) -> tuple[PointsGift, "Customer | None"]:
    gift = PointsGift.objects.get(pk=event.facts["gift"])
    return gift, customer_of_wallet(gift.from_wallet_id)


def _member_of(event: Heard) -> FamilyMember:
    return FamilyMember.objects.select_related("family").get(pk=event.facts["member"])


def _owner_of(member: FamilyMember) -> "Customer | None":
    owner = member.family.members.get(is_owner=True)
    return customer_of_wallet(owner.wallet_id or "")
