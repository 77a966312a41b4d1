"""The second person's yes: the points are given or taken in the same commit, and their owner gets a mail.

Given points are a lot that the commerce pays for, live at once; what the wallet owes is paid from it. Taken are live
points, the oldest expiry first, and their reserve falls to their funder, as when they expire. Of two who countersign at
once, one does.

Refuses: SignatureNotFound, SamePersonTwice, SignatureTooLate, SignatureDiffers, OwnWallet, AdjustmentBeyondLive,
TransitionRefused (decided already).
"""

from datetime import datetime

from common.actors import Actor
from common.db import transaction, transaction_required
from common.money import Money
from events import services as events
from ledger import services as ledger
from ledger.states import OPERATOR, Reason
from points.adjustment_mails import mail_about_adjustment
from points.dates import expiry_of
from points.errors import AdjustmentBeyondLive
from points.locks import lock_wallets
from points.lots import activate_lot, add_lot
from points.models import PointsAdjustment, PointsLot, PointsProgram
from points.postings import ended_lines
from points.services._adjustment import refuse_own_wallet
from points.states import Change, Source


@transaction
def countersign_adjustment(*, adjustment_id: str, digest: str, by: Actor, now: datetime) -> PointsAdjustment:
    adjustment = PointsAdjustment.locked(adjustment_id)
    adjustment.refuse_unless_second_person(digest=digest, by=by, now=now)
    refuse_own_wallet(adjustment.wallet_id, by=by)
    adjustment.decide("countersign", by=by, now=now)
    if adjustment.amount_minor > 0:
        _give(adjustment, now=now)
    else:
        _take(adjustment, now=now)
    facts = {
        "wallet": adjustment.wallet_id,
        "points_minor": adjustment.amount_minor,
        "proposed_by": adjustment.proposed_by,
        "digest": digest,
    }
    events.write_audit("points.adjusted", subject=adjustment.id, by=by, at=now, data=facts)
    mail_about_adjustment(adjustment, now=now)
    return adjustment


@transaction_required
def _give(adjustment: PointsAdjustment, *, now: datetime) -> None:
    lock_wallets([adjustment.wallet_id])
    lot = add_lot(
        wallet_id=adjustment.wallet_id,
        source=Source.ADJUSTMENT,
        source_ref=adjustment.id,
        rule_ref="",
        funder=OPERATOR,
        amount=adjustment.amount,
        available_from=now,
        expires_at=expiry_of(now, months=PointsProgram.at(now).expiry_months),
        now=now,
    )
    activate_lot(lot, now=now)


@transaction_required
def _take(adjustment: PointsAdjustment, *, now: datetime) -> None:
    lock_wallets([adjustment.wallet_id])
    missing, lines = Money(-adjustment.amount_minor, "PTS"), []
    for lot in PointsLot.locked_spendable(adjustment.wallet_id, now=now):
        if share := min(lot.remaining, missing):
            lot.shift(Change.TAKEN_BACK, share, source_ref=adjustment.id, now=now)
            lines += ended_lines(wallet_id=lot.wallet_id, funder=lot.funder, amount=share, in_favour_of=lot.funder)
            missing -= share
    if missing:
        raise AdjustmentBeyondLive(available=-adjustment.amount - missing)
    ledger.post_entry(lines=lines, reason=Reason.POINTS_TAKEN_BACK, source_ref=adjustment.id, now=now)
