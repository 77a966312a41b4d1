"""What is looked at before the issuer is asked, and what each no of our own means: as a refusal, or as a decline."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Q

from accounts.states import CardAttention, CardStatus, SecurityCodeResult
from common.clock import instant_text
from common.db import transaction_required
from common.money import Money
from payments.card_check import Check, CheckLine, Outcome, failed, not_checked, passed, unknown, what_stops
from payments.declines import (
    CARD_NOT_USABLE,
    CUSTOMER_RULES,
    DECLINES,
    NEW_DATA_WANTED,
    RETRY_NOT_ALLOWED,
    RETRY_TOO_EARLY,
    TOO_MANY_DECLINES,
    DeclineFacts,
)
from payments.errors import (
    CardClosed,
    CardExpired,
    CardFrozen,
    CardNotToBeTried,
    CardNotToBeTriedYet,
    CardNotUsable,
    TooManyDeclines,
)
from payments.models import Authorization, Payment
from payments.retries import DAY, EarlierNo, Rule, Wish, look_at_retries
from payments.states import AuthorizationStatus, Initiator

if TYPE_CHECKING:
    from accounts.models import Card, PaymentPasskey

HOUR: Final = timedelta(hours=1)
MOST_NOES: Final = ((20, HOUR), (60, DAY))
"""The issuers' noes that one wallet may collect in so long a time, at any shop: more looks like testing cards."""
NEW_FOR: Final = timedelta(hours=72)
"""How long a payment passkey counts as new."""


@transaction_required
def look_at(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    payment: Payment,
    *,
    card: "Card",
    amount: Money,
    initiator: Initiator = Initiator.CUSTOMER,
    passkey: "PaymentPasskey | None" = None,
    approval_kind: str = "",
    now: datetime,
) -> list[CheckLine]:
    """Everything that this house can tell by itself, apart from permissions and the customer's own rules.

    Two payments of one wallet at one moment are looked at one after the other if the caller has locked the wallet.
    """
    noes = _noes(card, shop_id=payment.shop_id, now=now)
    here = [_as_no(row) for row in noes if (row.card_token, row.payment.shop_id) == (card.card_token, payment.shop_id)]
    return [
        *_who_approved(passkey, approval_kind, initiator, now=now),
        *_about_the_card(card, here, [row.begun_at for row in noes], amount=amount, initiator=initiator, now=now),
    ]


def look_at_spotless(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    *,
    card: "Card",
    amount: Money,
    initiator: Initiator = Initiator.MERCHANT,
    passkey: "PaymentPasskey | None" = None,
    approval_kind: str = "",
    now: datetime,
) -> list[CheckLine]:
    """The same when it is known, or will be found out, that the wallet has no issuer's no that counts here."""
    return [
        *_who_approved(passkey, approval_kind, initiator, now=now),
        *_about_the_card(card, [], [], amount=amount, initiator=initiator, now=now),
    ]


def look_at_points_only(*, passkey: "PaymentPasskey", approval_kind: str, now: datetime) -> list[CheckLine]:
    """The same where points pay all of it: there is no card to look at, and no issuer is asked."""
    return [
        *_who_approved(passkey, approval_kind, Initiator.CUSTOMER, now=now),
        passed(Check.POINTS),
        not_checked(Check.ISSUER),
    ]


def _about_the_card(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    card: "Card",
    noes_here: list[EarlierNo],
    noes_anywhere: list[datetime],
    *,
    amount: Money,
    initiator: Initiator,
    now: datetime,
) -> list[CheckLine]:
    wish = Wish(amount=amount, brand=card.brand, initiator=initiator, data_changed_at=card.data_changed_at)
    return [
        *look_at_card(card, now=now),
        _verification_of(card),
        look_at_retries(noes_here, wish, now=now),
        _velocity(noes_anywhere, now=now),
    ]


def look_at_card(card: "Card", *, now: datetime) -> list[CheckLine]:
    """What may have changed about the card alone since it was looked at last."""
    expiry = failed(Check.CARD_EXPIRY) if card.is_expired(now=now) else passed(Check.CARD_EXPIRY)
    return [_state_of(card), expiry]


@transaction_required
def next_try_at(attempt: Authorization, *, card: "Card", shop_id: str, no: EarlierNo, now: datetime) -> datetime | None:
    """When the same question may be asked again after this `no`; None when time alone decides nothing."""
    noes = _noes(card, shop_id=shop_id, now=now)
    here = [_as_no(row) for row in noes if (row.card_token, row.payment.shop_id) == (card.card_token, shop_id)]
    wish = Wish(amount=no.amount, brand=card.brand, initiator=attempt.initiator, data_changed_at=card.data_changed_at)
    not_before = look_at_retries([*here, no], wish, now=now).facts.get("not_before")
    return datetime.fromisoformat(str(not_before)) if not_before else None


def refuse_what_stops(lines: Iterable[CheckLine], *, now: datetime) -> None:
    """For a customer who is there: the first thing that does not hold, as a refusal that says what to do."""
    line = what_stops(lines)
    if line is None:
        return
    match line.check, line.facts:
        case Check.CARD_STATE, {"reason": CardStatus.FROZEN}:
            raise CardFrozen
        case Check.CARD_STATE, {"reason": CardAttention.CLOSED}:
            raise CardClosed
        case Check.CARD_EXPIRY, _:
            raise CardExpired
        case Check.RETRIES, {"not_before": str(instant)}:
            raise CardNotToBeTriedYet(not_before=datetime.fromisoformat(instant))
        case Check.RETRIES, _:
            raise CardNotToBeTried
        case Check.VELOCITY, {"not_before": str(instant)}:
            wait = datetime.fromisoformat(instant) - now
            raise TooManyDeclines(retry_after_seconds=max(1, int(wait.total_seconds())))
        case _:
            raise CardNotUsable


_DECLINED_BECAUSE: Final = {
    (Check.CARD_EXPIRY, ""): DECLINES["54"],
    (Check.RETRIES, Rule.STOPPED): DECLINES["R3"],
    (Check.RETRIES, Rule.NEW_DATA): NEW_DATA_WANTED,
    (Check.RETRIES, Rule.NEVER): RETRY_NOT_ALLOWED,
    (Check.RETRIES, Rule.TOO_EARLY): RETRY_TOO_EARLY,
    (Check.RETRIES, Rule.TOO_OFTEN): RETRY_TOO_EARLY,
    (Check.RULES, ""): CUSTOMER_RULES,
    (Check.VELOCITY, ""): TOO_MANY_DECLINES,
}


def why_refused(line: CheckLine) -> DeclineFacts:
    """The same when nobody is there to be told: what the shop learns of it."""
    variant = str(line.facts.get("rule", "")) if line.check == Check.RETRIES else ""
    return _DECLINED_BECAUSE.get((line.check, variant), CARD_NOT_USABLE)


def not_before(line: CheckLine) -> datetime | None:
    """When time alone will have lifted it."""
    instant = line.facts.get("not_before")
    return datetime.fromisoformat(str(instant)) if instant else None


def _who_approved(
    passkey: "PaymentPasskey | None", kind: str, initiator: Initiator, *, now: datetime
) -> list[CheckLine]:
    if initiator == Initiator.MERCHANT:
        return [not_checked(Check.APPROVAL), not_checked(Check.DEVICE)]
    if passkey is None:
        return []  # a challenge is only being opened; who will answer it is not known yet
    age = {"age": "new"} if passkey.created_at > now - NEW_FOR else {}
    return [passed(Check.APPROVAL, kind=kind), passed(Check.DEVICE, passkey=passkey.id, **age)]


def _state_of(card: "Card") -> CheckLine:
    if card.status != CardStatus.USABLE:
        return failed(Check.CARD_STATE, reason=str(card.status))
    if card.attention == CardAttention.CLOSED:
        return failed(Check.CARD_STATE, reason=str(card.attention))
    return passed(Check.CARD_STATE)


def _verification_of(card: "Card") -> CheckLine:
    if card.verified_at is None:
        return unknown(Check.CARD_VERIFICATION)
    differs = card.security_code == SecurityCodeResult.NO_MATCH
    return CheckLine(
        Check.CARD_VERIFICATION,
        Outcome.FAILED if differs else Outcome.PASSED,
        {"security_code": str(card.security_code), "at": instant_text(card.verified_at)},
    )


def _noes(card: "Card", *, shop_id: str, now: datetime) -> list[Authorization]:
    """The issuers' noes to this wallet: of the last day all, and of any time those to this card at this shop."""
    declined = Authorization.objects.filter(wallet_id=card.wallet_id, status=AuthorizationStatus.DECLINED)
    wanted = Q(begun_at__gt=now - DAY) | Q(card_token=card.card_token, payment__shop_id=shop_id)
    rows = declined.exclude(response_code="").filter(wanted).select_related("payment").order_by("begun_at")
    return list(
        rows.only(
            "begun_at", "card_token", "amount_minor", "currency", "response_code", "advice_code", "payment__shop_id"
        )
    )


def _as_no(row: Authorization) -> EarlierNo:
    return EarlierNo(row.begun_at, row.amount, row.response_code, row.advice_code)


def _velocity(moments: list[datetime], *, now: datetime) -> CheckLine:
    facts: dict[str, str | int] = {}
    for name, (most, span) in zip(("hour", "day"), MOST_NOES, strict=True):
        counted = [at for at in moments if at > now - span]
        if len(counted) >= most:
            return failed(Check.VELOCITY, not_before=instant_text(counted[-most] + span), **{name: len(counted)})
        facts[name] = len(counted)
    return passed(Check.VELOCITY, **facts)
