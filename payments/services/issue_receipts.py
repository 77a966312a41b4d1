"""Sign the receipts that are due, and put each at the end of its wallet's chain; returns how many were dealt with.

Three short steps each: see what is due and what the chain ends with; have the safe sign, while no transaction is open;
keep it under two unique indexes, number of the wallet and thing that it is about. A crash before the last step leaves
the row due: it is signed again, and the first signature was never seen by anybody. Of two relays that add to the same
chain at once one is late, and signs anew after the other's.
"""

import logging
import secrets
from datetime import datetime, timedelta
from typing import Final

from common.db import outside_transaction, transaction
from common.ids import new_id
from common.insert_once import insert_once
from common.json import canonical
from common.jws import hash_of
from payments.models import Receipt, ReceiptDue
from payments.receipts import commitment
from payments.services._receipt import statement
from vault import services as vault
from vault.errors import ReceiptsUnavailable

logger = logging.getLogger(__name__)

_LEASE: Final = timedelta(seconds=60)
"""A relay that dies in the middle is replaced after this time."""
_SAFE_AWAY: Final = timedelta(seconds=5)
_MOST_RACES: Final = 20


@outside_transaction
def issue_receipts(now: datetime, *, limit: int = 50) -> int:
    taken = _take(now=now, limit=limit)
    for number, due in enumerate(taken):
        try:
            _issue(due, now=now)
        except ReceiptsUnavailable:
            _ask_again(taken[number:], at=now + _SAFE_AWAY)
            return number
        except Exception:
            # It stops no other customer's receipt; the row stays due after its lease.
            logger.exception("the receipt about %s could not be issued", due.about_ref)
    return len(taken)


@transaction
def _take(*, now: datetime, limit: int) -> list[ReceiptDue]:
    due = ReceiptDue.objects.filter(next_try_at__lte=now).order_by("happened_at", "about_ref")
    taken = list(due.select_for_update(skip_locked=True, no_key=True)[:limit])
    _ask_again(taken, at=now + _LEASE)
    return taken


def _ask_again(rows: list[ReceiptDue], *, at: datetime) -> None:
    for row in rows:
        ReceiptDue.objects.filter(about_ref=row.about_ref, kind=row.kind).update(next_try_at=at)


def _issue(due: ReceiptDue, *, now: datetime) -> None:
    for _race in range(_MOST_RACES):
        last = Receipt.objects.filter(wallet_id=due.wallet_id).order_by("-sequence").first()
        receipt_id, prev_hash, opening = new_id("rct"), last.hash if last else "", secrets.token_urlsafe(32)
        follows = commitment(opening=opening, prev_hash=prev_hash)
        said = statement(due, receipt_id=receipt_id, prev_commitment=follows, now=now)
        signed = vault.sign_receipt(payload=canonical(said), now=now)
        receipt = Receipt(
            id=receipt_id,
            wallet_id=due.wallet_id,
            payment_id=due.payment_id,
            kind=due.kind,
            about_ref=due.about_ref,
            sequence=last.sequence + 1 if last else 1,
            prev_hash=prev_hash,
            opening=opening,
            hash=hash_of(signed.jws),
            kid=signed.kid,
            jws=signed.jws,
            issued_at=now,
        )
        if _keep(receipt):
            return
    raise RuntimeError(f"{due.about_ref}: others were faster {_MOST_RACES} times")


@transaction
def _keep(receipt: Receipt) -> bool:
    """Whether there is a receipt about it now. False: somebody else took the place in the chain."""
    kept = insert_once(receipt)
    done = kept or Receipt.objects.filter(about_ref=receipt.about_ref, kind=receipt.kind).exists()
    if done:
        ReceiptDue.objects.filter(about_ref=receipt.about_ref, kind=receipt.kind).delete()
    return done
