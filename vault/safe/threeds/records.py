"""The written record of what was asked by 3-D Secure. Runs in worker threads; a step is one commit or part of one."""

import hashlib
import logging
import uuid
from collections.abc import Mapping
from datetime import datetime

from common.db import transaction, transaction_required
from common.ids import new_id
from common.money import Money
from vault.models import AuthenticationRecord
from vault.safe.cards import CardBox
from vault.safe.register import Entry
from vault.safe.threeds.messages import VERSION, WAITS_FOR_RESULT, Word
from vault.states import AuthenticationStatus
from vault.types import AuthenticationAnswer, ThreeDSecure, Unknown

logger = logging.getLogger(__name__)

MAY_BE_USED = frozenset("YAIU")
"""What an authorization may go on with. N and R stop; C and D are not decided."""


class BelongsElsewhere(Exception):
    """Another authorization's authentication. Says why."""


@transaction_required
def write_asked(  # noqa: PLR0913 (each is a fact of the record, and all are named)
    *,
    reference: str,
    attempt_ref: str,
    card_token: str,
    owner_ref: str,
    amount: Money,
    prepaid: bool,
    results_key: str,
    now: datetime,
) -> tuple[AuthenticationRecord, bool]:
    """The record of this reference, and whether it was just written. Two hands with one reference write one."""
    fresh = AuthenticationRecord(
        id=new_id("arc"),
        reference=reference,
        attempt_ref=attempt_ref,
        card_token=card_token,
        owner_ref=owner_ref,
        amount_minor=amount.minor,
        currency=amount.currency,
        prepaid=prepaid,
        version=VERSION,
        server_trans_id=uuid.uuid4(),
        results_key_digest=digest_of(results_key),
        status=AuthenticationStatus.SENT,
        asked_at=now,
    )
    AuthenticationRecord.objects.bulk_create([fresh], ignore_conflicts=True)
    record = AuthenticationRecord.objects.get(reference=reference)
    return record, record.id == fresh.id


@transaction
def write_word(cards: CardBox, record: AuthenticationRecord, word: Word, *, now: datetime) -> AuthenticationRecord:
    """The ARes. Only a question that waits for its answer takes one."""
    record = _locked(record)
    if record.status != AuthenticationStatus.SENT:
        return record
    waits = word.status in WAITS_FOR_RESULT
    record.status = AuthenticationStatus.WAITING if waits else AuthenticationStatus.DECIDED
    record.answered_at, record.challenge_url = now, word.challenge_url
    record.ds_trans_id, record.acs_trans_id = word.ds_trans_id, word.acs_trans_id
    _take(cards, record, word, now=now)
    return record


@transaction
def write_unavailable(record: AuthenticationRecord, *, why: str, now: datetime) -> AuthenticationRecord:
    record = _locked(record)
    if record.status == AuthenticationStatus.SENT:
        record.status, record.why, record.answered_at = AuthenticationStatus.UNAVAILABLE, why[:120], now
        record.save()
    return record


@transaction
def write_result(cards: CardBox, record: AuthenticationRecord, word: Word, *, now: datetime) -> AuthenticationRecord:
    """The RReq. The first one is kept; one that names another transaction ends the run, and is believed in nothing."""
    record = _locked(record)
    if record.status != AuthenticationStatus.WAITING:
        return record
    record.result_at = now
    if (word.ds_trans_id, word.acs_trans_id) != (record.ds_trans_id, record.acs_trans_id):
        record.status, record.why = AuthenticationStatus.DISTRUSTED, "the result names another transaction"
        record.save()
        logger.error("%s: the result names another transaction", record.reference)
        return record
    record.status, record.challenge_cancel = AuthenticationStatus.DECIDED, word.challenge_cancel
    _take(cards, record, word, now=now)
    return record


def _take(cards: CardBox, record: AuthenticationRecord, word: Word, *, now: datetime) -> None:
    record.trans_status, record.status_reason, record.eci = word.status, word.reason, word.eci
    record.sealed_value = cards.seal_value(word.value, record=record, now=now) if word.value else None
    record.save()


@transaction_required
def use_once(cards: CardBox, reference: str, entry: Entry, *, now: datetime) -> Mapping[str, str]:
    """The words of field 48 for the one authorization that this authentication is about. Raises BelongsElsewhere.

    Card, amount, currency and attempt must be the same, and nothing was ever sent with it.
    """
    record = AuthenticationRecord.objects.select_for_update(no_key=True).filter(reference=reference).first()
    if record is None:
        raise BelongsElsewhere("there is no such authentication")
    of_the_record = (record.attempt_ref, record.card_token, record.owner_ref, record.amount)
    if of_the_record != (entry.reference, entry.card_token, entry.owner_ref, entry.amount):
        raise BelongsElsewhere("it is about another attempt, card or amount")
    if record.status != AuthenticationStatus.DECIDED or record.trans_status not in MAY_BE_USED:
        raise BelongsElsewhere("the issuer has not agreed")
    if record.used_at is not None:
        raise BelongsElsewhere("it was used before")
    record.used_at = now
    record.save(update_fields=["used_at"])
    value = cards.open_value(record, now=now)
    return {
        **({"ECI": record.eci} if record.eci else {}),
        **({"CAVV": value} if value else {}),
        "DST": record.ds_trans_id,
        "TDV": record.version,
    }


def record_of(reference: str) -> AuthenticationRecord | None:
    return AuthenticationRecord.objects.filter(reference=reference).first()


def record_by_key(results_key: str) -> AuthenticationRecord | None:
    return AuthenticationRecord.objects.filter(results_key_digest=digest_of(results_key)).first()


def digest_of(results_key: str) -> str:
    return hashlib.sha256(results_key.encode()).hexdigest()


def answer_of(record: AuthenticationRecord) -> AuthenticationAnswer:
    if record.status in {AuthenticationStatus.SENT, AuthenticationStatus.UNAVAILABLE}:
        return Unknown(why=record.why or "asked, and not answered yet")
    distrusted = record.why if record.status == AuthenticationStatus.DISTRUSTED else ""
    return ThreeDSecure(
        status=record.trans_status,
        status_reason=record.status_reason,
        version=record.version,
        server_trans_id=str(record.server_trans_id),
        ds_trans_id=record.ds_trans_id,
        acs_trans_id=record.acs_trans_id,
        eci=record.eci,
        has_value=int(record.sealed_value is not None),
        prepaid=int(record.prepaid),
        challenge_url=record.challenge_url,
        challenge_cancel=record.challenge_cancel,
        distrusted=distrusted,
        asked_at=record.asked_at,
        result_at=record.result_at,
    )


def _locked(record: AuthenticationRecord) -> AuthenticationRecord:
    return AuthenticationRecord.objects.select_for_update(no_key=True).get(pk=record.pk)
