"""Ask a person by e-mail to join a merchant's team in a role.

The invitation lasts fourteen days and is accepted by signing in with that very address, proven. Inviting an invited
person again renews role, time and mail.

Refuses: MerchantNotFound, UnacceptableEmail, AlreadyMember.
"""

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from common.actors import Actor
from common.db import transaction
from events import services as events
from merchants.errors import AlreadyMember, UnacceptableEmail
from merchants.models import Member, Merchant
from merchants.states import MemberStatus, Role


@transaction
def invite_member(  # noqa: PLR0913 (all named)
    *, merchant_id: str, email: str, role: Role, by: Actor, now: datetime, language: str = "ja"
) -> Member:
    merchant = Merchant.locked(merchant_id)
    address = _read_email(email)
    member = merchant.members.filter(email=address).exclude(status=MemberStatus.REMOVED).first()
    if member is None:
        member = Member.objects.create(merchant=merchant, email=address, role=role, invited_at=now)
    elif member.status == MemberStatus.ACTIVE:
        raise AlreadyMember
    else:
        member.role, member.invited_at = role, now
        member.save(update_fields=["role", "invited_at"])
    facts = {"member": member.id, "role": role.value}
    events.record_event("member.invited", subject=member.id, owner_ref=merchant.id, by=by, at=now, data=facts)
    events.write_audit("member.invited", subject=member.id, by=by, at=now, data=facts)
    events.queue_mail(
        to=address,
        template="member_invited",
        language=language,
        context={
            "merchant_name": merchant.display_name,
            "role": role.label,
            "commerce_name": settings.COMMERCE["name"],
            "url": f"{settings.BASE_URL}/dashboard/",
        },
        now=now,
    )
    return member


def _read_email(text: str) -> str:
    address = text.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        raise UnacceptableEmail from None
    if len(address) > 254:
        raise UnacceptableEmail
    return address
