"""What the network tells us unasked (0620): read, written down, and only then acknowledged.

A notice names the charge by field 37, as every message about it does; the rest stands in field 48. It carries no card
number: which card it is about, our own register knows.
"""

import logging
from datetime import UTC, datetime
from typing import Any, Final

from common.actors import SYSTEM
from common.db import transaction
from common.ids import new_id
from common.insert_once import insert_once
from common.money import NUMERIC_CODES
from events import services as events
from vault.models import NetworkNotice, WireMessage
from vault.safe.desk import Desk
from vault.safe.wire.codec import Fields, read_private_data
from vault.states import MessageKind, NoticeKind

logger = logging.getLogger(__name__)

KEPT: Final = ("CASE", "REASON", "STAGE", "OUTCOME", "DUE", "EXP")
MOST_LETTERS: Final = 40
_CURRENCIES: Final = {numeric: code for code, numeric in NUMERIC_CODES.items()}


def hear_notice(desk: Desk, message: Fields, *, now: datetime) -> bool:
    """Whether it is in our books now. One without a name of its own cannot be told from a repeat, and is refused."""
    said = {name: text[:MOST_LETTERS] for name, text in read_private_data(message.get("48", "")).items()}
    notice_ref = said.get("NID", "")
    if not notice_ref:
        logger.error("a notice of the card network has no name; it is not taken")
        return False
    _write(desk, message, said, notice_ref=notice_ref, now=now)
    return True


@transaction
def _write(desk: Desk, message: Fields, said: dict[str, str], *, notice_ref: str, now: datetime) -> None:
    kind = NoticeKind(said["KIND"]) if said.get("KIND") in NoticeKind.values else NoticeKind.UNKNOWN
    reference = message.get("37", "")
    about = WireMessage.objects.filter(network_reference=reference, kind=MessageKind.AUTHORIZATION).first()
    amount = message.get("4", "")
    fresh = NetworkNotice(
        id=new_id("ntc"),
        notice_ref=notice_ref,
        kind=kind,
        network_reference=reference[:12],
        reference=about.reference if about and reference else "",
        card_token=about.card_token if about and reference else "",
        amount_minor=int(amount) if amount else 0,
        currency=_CURRENCIES.get(message.get("49", ""), "JPY"),
        facts={name: said[name] for name in KEPT if name in said},
        received_at=now,
    )
    if not insert_once(fresh):
        return
    if kind == NoticeKind.ACCOUNT_UPDATED and fresh.card_token and (expiry := expiry_of(fresh.facts)):
        month, year = expiry
        tokens = desk.cards.renew(fresh.card_token, exp_month=month, exp_year=year)
        for token in tokens:
            events.write_audit("card.renewed", subject=token, by=SYSTEM, at=now, data={"notice": notice_ref})
        NetworkNotice.objects.filter(pk=fresh.pk).update(facts={**fresh.facts, "tokens": tokens})


def question_of(answer: Fields) -> WireMessage | None:
    """Which question of ours an answer belongs to."""
    return WireMessage.objects.filter(
        trace_number=answer.get("11", ""), transmitted=answer.get("7", ""), network_reference=answer.get("37", "")
    ).first()


@transaction
def note_contradiction(answer: Fields, *, book: str, now: datetime) -> None:
    """For payments to hear: `answer` differs from the first one to its question; `book` is the network's own record."""
    row = question_of(answer)
    if row is None:
        return
    about = row.about or row
    insert_once(
        NetworkNotice(
            id=new_id("ntc"),
            notice_ref=row.id,
            kind=NoticeKind.CONTRADICTION,
            network_reference=row.network_reference,
            reference=about.reference,
            card_token=row.card_token,
            amount_minor=row.amount_minor,
            currency=row.currency,
            facts={"REASON": answer.get("39", "")[:2], "STAGE": row.response_code, "OUTCOME": book},
            received_at=now,
        )
    )


def expiry_of(facts: dict[str, Any]) -> tuple[int, int] | None:
    """(month, year) of EXP, which is YYMM as in field 14."""
    text = facts.get("EXP", "")
    if len(text) != 4 or not text.isascii() or not text.isdecimal() or not 1 <= int(text[2:]) <= 12:
        return None
    return int(text[2:]), 2000 + int(text[:2])


def due_of(facts: dict[str, Any]) -> datetime | None:
    """DUE is YYYYMMDDhhmmss in UTC."""
    try:
        return datetime.strptime(facts.get("DUE", ""), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
