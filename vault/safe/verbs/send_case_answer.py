"""0620 and 0621: what the shop says in a case, as an advice about the authorization that was disputed.

The evidence itself stays with us; the network is told its digest. Said again it is the very same message.
"""

from datetime import datetime

from django.db.models import F

from common.actors import Actor
from common.db import transaction
from events import services as events
from vault.models import WireMessage
from vault.safe.desk import Desk, Moment
from vault.safe.register import Entry, write_question
from vault.safe.wire.codec import Fields
from vault.safe.wire.messages import REPEATS, case_answer
from vault.safe.wire.reading import ORIGINAL_NOT_FOUND, advice_answer_of
from vault.states import MessageKind, MessageStatus
from vault.types import AdviceAnswer, Refused


async def send_case_answer(  # noqa: PLR0913 (each is a fact of the message, and all are named)
    desk: Desk, *, reference: str, advice_ref: str, case_ref: str, says: str, digest: str, by_ref: str, now: datetime
) -> AdviceAnswer:
    moment = Moment.begin(now)
    asked = await desk.prepare(
        _write,
        desk,
        reference=reference,
        advice_ref=advice_ref,
        case_ref=case_ref,
        says=MessageKind(says),
        digest=digest,
        by=Actor(by_ref),
        now=now,
    )
    if not isinstance(asked, tuple):
        return asked
    row, message = asked
    if message is not None:
        row = await desk.exchange(row, message, moment=moment)
    return advice_answer_of(row)


@transaction
def _write(  # noqa: PLR0913 (each is a fact of the message, and all are named)
    desk: Desk,
    *,
    reference: str,
    advice_ref: str,
    case_ref: str,
    says: MessageKind,
    digest: str,
    by: Actor,
    now: datetime,
) -> tuple[WireMessage, Fields | None] | Refused:
    original = WireMessage.objects.filter(reference=reference, kind=MessageKind.AUTHORIZATION).first()
    if original is None or original.status == MessageStatus.NOT_SENT:
        return Refused(ORIGINAL_NOT_FOUND)
    earlier = WireMessage.objects.select_for_update(no_key=True).filter(reference=advice_ref, about=original).first()
    if earlier is not None:
        if earlier.status == MessageStatus.ANSWERED and not earlier.distrusted:
            return earlier, None
        return _say_again(earlier)
    head = desk.letterhead(advice_ref, network_reference=original.network_reference, now=now)
    message = case_answer(original=original.request, case_ref=case_ref, says=says.value, digest=digest, head=head)
    entry = Entry(
        reference=advice_ref,
        kind=says,
        card_token=original.card_token,
        owner_ref=original.owner_ref,
        amount=original.amount,
        about=original,
    )
    row, is_new = write_question(entry, message, now=now)
    if is_new:
        data = {"reference": reference, "case": case_ref, "digest": digest}
        events.write_audit(f"case.{says.value}_sent", subject=advice_ref, by=by, at=now, data=data)
    return row, message if is_new else None


def _say_again(row: WireMessage) -> tuple[WireMessage, Fields]:
    """The stored advice once more; one that never left the house goes out as if for the first time."""
    mti = row.request["t"] if row.status == MessageStatus.NOT_SENT else REPEATS[row.request["t"]]
    WireMessage.objects.filter(pk=row.pk).update(
        status=MessageStatus.SENT, answer=None, answered_at=None, distrusted="", sendings=F("sendings") + 1
    )
    row.refresh_from_db()
    return row, {**row.request, "t": mti}
