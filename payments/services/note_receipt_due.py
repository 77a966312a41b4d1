"""Note that something happened of which its customer gets a receipt. Noting it twice changes nothing."""

from datetime import datetime

from common.db import transaction_required
from common.insert_once import insert_once
from payments.models import Receipt, ReceiptDue
from payments.states import ReceiptKind


@transaction_required
def note_receipt_due(  # noqa: PLR0913 (each is a fact of the story, and all are named)
    *, kind: ReceiptKind, about_ref: str, payment_id: str, wallet_id: str, happened_at: datetime, now: datetime
) -> None:
    if Receipt.objects.filter(about_ref=about_ref, kind=kind).exists():
        return
    insert_once(
        ReceiptDue(
            about_ref=about_ref,
            kind=kind,
            payment_id=payment_id,
            wallet_id=wallet_id,
            happened_at=happened_at,
            next_try_at=now,
        )
    )
