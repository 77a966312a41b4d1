"""Move what a merchant's payable lies below zero to the account of what that merchant owes us, and back as it sells.

A refund may take more from a merchant than is owed to it. Nothing waits for that: accounts of merchants are hot and are
never locked, so a refund cannot know the balance it leaves. This verb looks now and then, one merchant after the other,
and one run at a time. Who asks for a balance takes both accounts together, and is right before and after. Answers how
many merchants were settled.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import connection

from common.db import transaction
from common.ids import new_id
from common.money import Money
from ledger import services as ledger
from ledger.queries import balances_of
from ledger.states import AccountKind, Reason
from ledger.types import Line
from payments.postings import owed_by, payable

_LOCK: Final = 0x5F411
"""The number under which PostgreSQL lets one run in at a time; it means nothing else."""


@transaction
def settle_shortfalls(*, now: datetime, currency: str = "JPY") -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0  # another run is at it
    owed_to = _posted(AccountKind.MERCHANT_PAYABLE, currency)
    owing = _posted(AccountKind.MERCHANT_OWES, currency)
    settled = 0
    for merchant_id, balance in sorted(owed_to.items()):
        if lines := _lines(merchant_id, balance, owing.get(merchant_id, Money(0, currency))):
            # A run leaves no row of its own, so the reference only has to be new.
            ledger.post_entry(lines=lines, reason=Reason.SHORTFALL, source_ref=new_id("req"), now=now)
            settled += 1
    return settled


def _lines(merchant_id: str, balance: Money, owes: Money) -> list[Line]:
    if balance.minor < 0:
        return [Line(debit=owed_by(merchant_id), credit=payable(merchant_id), amount=-balance)]
    if paid_off := min(balance, owes):
        return [Line(debit=payable(merchant_id), credit=owed_by(merchant_id), amount=paid_off)]
    return []


def _posted(kind: AccountKind, currency: str) -> Mapping[str, Money]:
    return {owner: posted for owner, (posted, _held) in balances_of(kind, currency).items()}
