"""Whether the signed receipts are all there, whole, and say what the rows say."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef

from common.db import look_at_one_instant, transaction
from common.findings import Finding
from common.jws import NotSound, hash_of
from payments.models import Capture, DisputeChange, Receipt, ReceiptDue, Refund
from payments.queries.receipts import published_keys
from payments.receipts import follows, verify_receipt
from payments.states import OPEN_DISPUTES, CaptureStatus, ReceiptKind, RefundStatus

_CHECK: Final = "payments.receipts"
_CHUNK: Final = 500
_ON_ITS_WAY: Final = timedelta(hours=1)
"""The relay tells, the safe signs: so long a receipt may be under way without anybody having to be called."""


@transaction
def check_receipts(now: datetime) -> list[Finding]:
    """(f) the receipts' chains are whole, and each captured payment has its receipt, each refund too."""
    look_at_one_instant()
    return [*_chains(), *_missing(now), *_stuck(now)]


def _chains() -> Iterator[Finding]:
    keys = published_keys()
    before: Receipt | None = None
    for receipt in Receipt.objects.order_by("wallet_id", "sequence").iterator(chunk_size=_CHUNK):
        last = before if before and before.wallet_id == receipt.wallet_id else None
        if receipt.sequence != (last.sequence + 1 if last else 1):
            yield Finding(_CHECK, receipt.id, f"number {receipt.sequence} follows {last.sequence if last else 0}")
        if receipt.prev_hash != (last.hash if last else ""):
            yield Finding(_CHECK, receipt.id, "it does not name the receipt before it")
        yield from _one(receipt, keys)
        before = receipt


def _one(receipt: Receipt, keys: dict[str, Any]) -> Iterator[Finding]:
    try:
        said = verify_receipt(receipt.jws, keys)
    except NotSound as no:
        yield Finding(_CHECK, receipt.id, no.why)
        return
    if hash_of(receipt.jws) != receipt.hash:
        yield Finding(_CHECK, receipt.id, "its hash is not the one that is written down")
    names_the_last = follows(said, opening=receipt.opening, prev_hash=receipt.prev_hash)
    wanted = (receipt.id, receipt.payment_id, str(receipt.kind))
    if (said["id"], said["payment"], said["kind"]) != wanted or not names_the_last:
        yield Finding(_CHECK, receipt.id, "it states something else than its row")


def _missing(now: datetime) -> Iterator[Finding]:
    captures = Capture.objects.exclude(status=CaptureStatus.REFUSED).filter(created_at__lte=now - _ON_ITS_WAY)
    refunds = Refund.objects.filter(status=RefundStatus.SUCCEEDED, decided_at__lte=now - _ON_ITS_WAY)
    ends = DisputeChange.objects.filter(old__in=OPEN_DISPUTES).exclude(new__in=OPEN_DISPUTES)
    ended = ends.filter(at__lte=now - _ON_ITS_WAY)
    for kind, rows, payment in (
        (ReceiptKind.CAPTURE, captures, "payment_id"),
        (ReceiptKind.REFUND, refunds, "payment_id"),
        (ReceiptKind.DISPUTE, ended, "dispute__payment_id"),
    ):
        known, due = set(_about(Receipt, kind)), set(_about(ReceiptDue, kind))
        for pk, payment_id in rows.values_list("pk", payment).iterator(chunk_size=_CHUNK):
            if pk not in known and pk not in due:
                yield Finding(_CHECK, payment_id, f"there is no receipt about {pk}, and none is due")


def _about(model: type[Receipt] | type[ReceiptDue], kind: ReceiptKind) -> Iterator[str]:
    return model.objects.filter(kind=kind).values_list("about_ref", flat=True).iterator(chunk_size=_CHUNK)


def _stuck(now: datetime) -> Iterator[Finding]:
    """A safe that is away is not forgotten: what waits for longer than an hour wants a person."""
    waiting = ReceiptDue.objects.filter(happened_at__lte=now - _ON_ITS_WAY)
    done = Receipt.objects.filter(about_ref=OuterRef("about_ref"), kind=OuterRef("kind"))
    for due in waiting.annotate(done=Exists(done)).order_by("happened_at")[:_CHUNK]:
        text = "is due although it was issued" if due.done else f"waits for its signature since {due.happened_at}"
        yield Finding(_CHECK, due.payment_id, f"the receipt about {due.about_ref} {text}")
