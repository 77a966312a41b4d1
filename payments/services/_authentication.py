"""The steps of an authentication: it is begun with an attempt, and what the issuer says moves both."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from common.actors import Actor
from common.db import transaction_required
from common.ids import new_id
from payments.card_check import Check, CheckLine, as_json, read_json, unknown
from payments.declines import (
    AUTHENTICATION_CANCELED,
    AUTHENTICATION_EXPIRED,
    AUTHENTICATION_FAILED,
    AUTHENTICATION_REJECTED,
    AUTHENTICATION_UNAVAILABLE,
    DeclineFacts,
)
from payments.models import Authentication, Authorization, Payment
from payments.services._attempt import close_attempt, with_line
from payments.services._telling import call_a_person
from payments.services.claim_due import lease_from
from payments.states import CHALLENGE_LIMIT, AuthenticationStatus, AuthorizationStatus
from payments.three_ds import Shift, Word, check_line, shift_of, summary
from vault.types import AuthenticationAnswer, ThreeDSecure

ALWAYS, OFF, DECLINE = "always", "off", "decline"
NOBODY_KNOWS: Final = ThreeDSecure(
    status="",
    status_reason="",
    version="",
    server_trans_id="",
    ds_trans_id="",
    acs_trans_id="",
    eci="",
    has_value=0,
    prepaid=0,
    challenge_url="",
    challenge_cancel="",
    distrusted="",
    asked_at=datetime.min,  # noqa: DTZ901 (it is never shown)
    result_at=None,
)
"""Stands for a directory that did not answer."""
NO_SHIFT: Final = Shift(claimed=False, conditions_met=False, reasons=["status"])
STILL_WAITS: Final = frozenset({"C", "D"})
SAFE_IS_AWAY: Final = timedelta(seconds=30)


def is_asked_always() -> bool:
    """Whether every payment that a customer approves is shown to the issuer first."""
    return bool(settings.THREE_DS == ALWAYS)


@transaction_required
def write_authentication(
    payment: Payment, attempt: Authorization, *, mandated: bool = False, now: datetime
) -> Authentication:
    """Beside an attempt that is `authenticating`. The directory is asked afterwards, by whoever wrote it."""
    authentication = new_authentication(payment, attempt, mandated=mandated, now=now)
    authentication.save(force_insert=True)
    return authentication


def new_authentication(
    payment: Payment, attempt: Authorization, *, mandated: bool = False, now: datetime
) -> Authentication:
    """Its row, not written yet."""
    return Authentication(
        id=new_id("ath"),
        payment=payment,
        authorization=attempt,
        card_id=attempt.card_id,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        mandated=mandated,
        asked_at=now,
        next_step_at=lease_from(now),
    )


def may_be_challenged(payment: Payment, attempt: Authorization, *, now: datetime) -> bool:
    """Whether a soft decline leads to a challenge: once, while the customer is there."""
    if settings.THREE_DS == OFF or attempt.approval_id is None or now >= payment.expires_at:
        return False
    earlier = Authentication.objects.filter(authorization__approval_id=attempt.approval_id, mandated=True)
    return not earlier.exists()


@transaction_required
def begin_challenge(payment: Payment, declined: Authorization, *, now: datetime) -> Authentication:
    """A second attempt under the same approval: the issuer has declined the first, and will see its customer now."""
    lines: list[CheckLine] = [*read_json(declined.card_check), unknown(Check.THREE_DS), unknown(Check.ISSUER)]
    attempt = Authorization.objects.create(
        id=new_id("auth"),
        payment=payment,
        approval_id=declined.approval_id,
        initiator=declined.initiator,
        wallet_id=declined.wallet_id,
        card_id=declined.card_id,
        card_token=declined.card_token,
        amount_minor=declined.amount_minor,
        currency=declined.currency,
        card_check=as_json(lines),
        begun_at=now,
        status=AuthorizationStatus.AUTHENTICATING,
    )
    payment.note(now=now)
    return write_authentication(payment, attempt, mandated=True, now=now)


@transaction_required
def take_answer(
    payment: Payment, authentication: Authentication, answer: AuthenticationAnswer, *, by: Actor, now: datetime
) -> None:
    """What is known now about an authentication that waits: it agrees, goes on waiting, or ends its attempt.

    The caller holds the payment's lock, and continues where it agrees.
    """
    attempt = authentication.authorization
    told = answer if isinstance(answer, ThreeDSecure) else NOBODY_KNOWS
    if told.distrusted:
        _refuse(payment, attempt, authentication, told, why=AUTHENTICATION_FAILED, by=by, now=now)
        call_a_person(payment, about=authentication.id, why=f"3-D Secure: {told.distrusted}", now=now)
        return
    match told.status:
        case "Y" | "A" | "I":
            _agree(payment, attempt, authentication, told, now=now)
        case "C" | "D" if authentication.status == AuthenticationStatus.ASKED:
            limit = now + CHALLENGE_LIMIT
            authentication.move(
                "challenge" if told.status == "C" else "wait",
                **_columns(told),
                challenge_started_at=now,
                expires_at=limit,
                next_step_at=limit,
            )
        case "C" | "D":
            pass
        case "N" if told.challenge_cancel:
            _refuse(payment, attempt, authentication, told, why=AUTHENTICATION_CANCELED, counted=False, by=by, now=now)
        case "N":
            _refuse(payment, attempt, authentication, told, why=AUTHENTICATION_FAILED, by=by, now=now)
        case "R":
            _refuse(payment, attempt, authentication, told, why=AUTHENTICATION_REJECTED, by=by, now=now)
        case _:
            if settings.THREE_DS_UNAVAILABLE == DECLINE or authentication.mandated:
                _refuse(
                    payment,
                    attempt,
                    authentication,
                    told,
                    why=AUTHENTICATION_UNAVAILABLE,
                    counted=False,
                    by=by,
                    now=now,
                )
            else:
                _agree(payment, attempt, authentication, told, now=now)


@transaction_required
def end_waiting(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    payment: Payment, authentication: Authentication, *, verb: str, why: DeclineFacts, by: Actor, now: datetime
) -> None:
    """Nobody waits any longer: the time is over (`expire`), or the customer turned back (`refuse`)."""
    attempt = authentication.authorization
    authentication.move(verb, concluded_at=now, next_step_at=None, shift_reasons=NO_SHIFT.reasons)
    known = {"status": authentication.trans_status, "eci": "", "version": authentication.version}
    attempt.note(three_ds=summary(**known, shift=NO_SHIFT), card_check=with_line(attempt, check_line("")))
    ends = "expire" if verb == "expire" else "decline"
    close_attempt(
        payment, attempt, why=why, verb=ends, asked=False, counted=why is AUTHENTICATION_EXPIRED, by=by, now=now
    )


@transaction_required
def settle_shift(payment: Payment, attempt: Authorization, *, value_became: str) -> None:
    """The authorization was given: whether the conditions of the shift are met can be said now."""
    if attempt.three_ds is None:
        return
    authentication = attempt.authentication
    shift = shift_of(_word(payment, authentication), value_became=value_became)
    authentication.note(shift_conditions_met=shift.conditions_met, shift_reasons=shift.reasons)
    attempt.note(
        three_ds=summary(
            status=authentication.trans_status, eci=authentication.eci, version=authentication.version, shift=shift
        )
    )


def _agree(
    payment: Payment, attempt: Authorization, authentication: Authentication, told: ThreeDSecure, *, now: datetime
) -> None:
    """The authorization may be asked for. Whoever wrote this goes on; due at once, in case that nobody does."""
    facts = _columns(told)
    for name, value in facts.items():
        setattr(authentication, name, value)
    shift = shift_of(_word(payment, authentication), value_became=None)
    authentication.move(
        "agree",
        **facts,
        shift_claimed=shift.claimed,
        shift_reasons=shift.reasons,
        concluded_at=now,
        next_step_at=now,
    )
    attempt.note(
        three_ds=summary(status=told.status, eci=told.eci, version=told.version, shift=shift),
        card_check=with_line(attempt, check_line(told.status, eci=told.eci, version=told.version)),
    )


def _refuse(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    payment: Payment,
    attempt: Authorization,
    authentication: Authentication,
    told: ThreeDSecure,
    *,
    why: DeclineFacts,
    counted: bool = True,
    by: Actor,
    now: datetime,
) -> None:
    authentication.move("refuse", **_columns(told), concluded_at=now, next_step_at=None, shift_reasons=NO_SHIFT.reasons)
    line = check_line("N" if why is AUTHENTICATION_FAILED else told.status, eci=told.eci, version=told.version)
    known = {"status": told.status, "eci": told.eci, "version": told.version}
    attempt.note(three_ds=summary(**known, shift=NO_SHIFT), card_check=with_line(attempt, line))
    close_attempt(payment, attempt, why=why, asked=False, counted=counted, by=by, now=now)


def _columns(told: ThreeDSecure) -> dict[str, object]:
    """What is kept of the issuer's word. A directory that said nothing changes nothing."""
    if told is NOBODY_KNOWS:
        return {}
    return {
        "version": told.version,
        "server_trans_id": told.server_trans_id,
        "ds_trans_id": told.ds_trans_id,
        "acs_trans_id": told.acs_trans_id,
        "trans_status": told.status,
        "status_reason": told.status_reason,
        "challenge_cancel": told.challenge_cancel,
        "challenge_url": told.challenge_url,
        "eci": told.eci,
        "has_value": bool(told.has_value),
        "prepaid": bool(told.prepaid),
        "asked_at": told.asked_at,
        "result_at": told.result_at,
    }


def _word(payment: Payment, authentication: Authentication) -> Word:
    return Word(
        brand=payment.card_brand,
        status=authentication.trans_status,
        eci=authentication.eci,
        has_value=authentication.has_value,
        prepaid=authentication.prepaid,
        category=payment.merchant.category_code,
    )
