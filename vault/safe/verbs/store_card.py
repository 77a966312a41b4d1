"""Open what a browser sealed, ask the issuer to vouch for it, and put it into the box.

The security code is read here, said once in the verification's field 48, and is gone when this verb returns.
"""

from base64 import b64decode
from datetime import datetime

from common.actors import Actor
from common.db import transaction
from common.json import UnreadableJson, read_strict
from common.money import yen
from events import services as events
from vault.errors import IntakeNotOpen, IntakeUnreadable
from vault.models import Intake, WireMessage
from vault.safe.brands import read_card
from vault.safe.desk import Desk, Moment, new_network_reference
from vault.safe.envelope import DoesNotOpen
from vault.safe.intake import open_sealed
from vault.safe.keys import KeyProvider, Wrapped
from vault.safe.pan import TypedCard
from vault.safe.register import Entry, write_question
from vault.safe.verbs.open_intake import info_of, intake_key_facts, session_digest
from vault.safe.wire.codec import Fields, read_private_data
from vault.safe.wire.messages import verification
from vault.safe.wire.reading import APPROVED, NOTHING_AGAINST_THE_ACCOUNT
from vault.states import MessageKind, MessageStatus
from vault.types import CardDeclined, NotSent, StoreAnswer, StoredCard, Unknown

SECURITY_CODE_WRONG = "N7"


async def store_card(  # noqa: PLR0913 (who, where from, and what; all are named)
    desk: Desk, *, intake_id: str, customer_ref: str, session_ref: str, sealed: str, by_ref: str, now: datetime
) -> StoreAnswer | NotSent:
    moment = Moment.begin(now)
    # The intake is used up in a commit of its own: what cannot be read or is refused was tried all the same.
    intake = await desk.prepare(_use_intake, intake_id, owner_ref=customer_ref, session_ref=session_ref, now=now)
    typed = _open(desk.provider, intake, sealed, sandbox=desk.sandbox, now=now)
    head = desk.letterhead(intake.id, network_reference=new_network_reference(), now=now)
    message = verification(card=typed.card, security_code=typed.security_code, merchant=desk.house, head=head)
    row = await desk.prepare(_write_question, intake, message, now=now)
    row = await desk.exchange(row, message, moment=moment)
    del message
    if row.status == MessageStatus.NOT_SENT:
        return NotSent(why="no link to the card network is signed on")
    if row.status == MessageStatus.SENT or row.distrusted:
        return Unknown(why=row.distrusted or "the issuer did not answer")
    if (code := _issuers_no(row, keeps_mismatches=desk.keeps_mismatches)) is not None:
        return CardDeclined(code)
    return await desk.run(_put, desk, typed, row, by=Actor(by_ref), now=moment.later())


def _use_intake(intake_id: str, *, owner_ref: str, session_ref: str, now: datetime) -> Intake:
    """One UPDATE that must hit one row: an intake serves once."""
    used = Intake.objects.filter(
        id=intake_id,
        owner_ref=owner_ref,
        session_digest=session_digest(session_ref),
        used_at__isnull=True,
        expires_at__gt=now,
    ).update(used_at=now)
    if used != 1:
        raise IntakeNotOpen
    return Intake.objects.select_related("key").get(id=intake_id)


def _open(provider: KeyProvider, intake: Intake, sealed: str, *, sandbox: bool, now: datetime) -> TypedCard:
    wrapped = Wrapped(intake.key.kek_id, bytes(intake.key.wrapped))
    private_key = provider.unwrap(wrapped, about=intake_key_facts(intake.key_id))
    try:
        plain = open_sealed(b64decode(sealed, validate=True), private_key=private_key, info=info_of(intake))
        members = read_strict(plain)
    except (DoesNotOpen, UnreadableJson, ValueError):
        raise IntakeUnreadable from None
    if not isinstance(members, dict):
        raise IntakeUnreadable
    return read_card(members, sandbox=sandbox, now=now)


@transaction
def _write_question(intake: Intake, message: Fields, *, now: datetime) -> WireMessage:
    entry = Entry(
        reference=intake.id,
        kind=MessageKind.VERIFICATION,
        card_token="",
        owner_ref=intake.owner_ref,
        amount=yen(0),
    )
    row, _ = write_question(entry, message, now=now)
    return row


def _issuers_no(row: WireMessage, *, keeps_mismatches: bool) -> str | None:
    """Why the issuer does not vouch for the card. A wrong security code is a no too, unless the operator lets it in."""
    if row.response_code not in {APPROVED, NOTHING_AGAINST_THE_ACCOUNT}:
        return row.response_code
    return SECURITY_CODE_WRONG if _security_code(row) == "no_match" and not keeps_mismatches else None


def _security_code(row: WireMessage) -> str:
    """What the answer says about the code; an issuer that says nothing has not looked."""
    said = read_private_data((row.answer or {}).get("48", "")).get("CVR", "")
    return {"M": "match", "N": "no_match"}.get(said, "not_checked")


@transaction
def _put(desk: Desk, typed: TypedCard, row: WireMessage, *, by: Actor, now: datetime) -> StoredCard:
    record, seen = desk.cards.put(typed, owner_ref=row.owner_ref, now=now)
    WireMessage.objects.filter(pk=row.pk).update(card_token=record.id)
    events.write_audit("card.verified", subject=record.id, by=by, at=now, data={"intake": row.reference})
    return StoredCard(
        card_token=record.id,
        brand=record.brand,
        last4=record.last4,
        bin6=record.bin6,
        exp_month=record.exp_month,
        exp_year=record.exp_year,
        fingerprint_seen=seen,
        security_code=_security_code(row),
    )
