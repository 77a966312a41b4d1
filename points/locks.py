"""One hand at a time in each wallet, where points may come back while others are still owed.

Rows that are locked in id order keep two hands from spending the same points. They do not keep one from bringing points
to life in one lot while the other finds none and lets another lot owe. Verbs that do either of the two come here first.

A page that brings thousands of lots to life cannot lock thousands of wallets: it locks them all, for a moment.

One order for all: wallets, then every lot that the commit will touch, in the order of ids, then the books. So whoever
brings points to a wallet with debts locks the lots that those may touch as well, before its first entry
(`PointsLot.touched_by_debts`).
"""

from collections.abc import Collection
from typing import Final

from django.db import connection

_WALLETS: Final = 0x7074
"""Names this room's advisory locks; nobody else's use it."""
_PAYMENTS: Final = 0x7076
PAGES: Final = 0x7075
"""Who brings points to life page by page has this one to itself (`points_activate.sql`); the others share it."""


def lock_payment(payment_id: str) -> None:
    """Until the transaction ends, and before all else: captures of one payment are heard one after the other, for what
    one may earn depends on what the others did.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_PAYMENTS, payment_id])


def lock_wallets(wallet_ids: Collection[str]) -> None:
    """Until the transaction ends. Several are locked in one order, so nobody waits in a circle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, 0)", [PAGES])
        cursor.execute(
            """
            SELECT pg_advisory_xact_lock(%s, wallet)
            FROM (SELECT DISTINCT hashtext(name) AS wallet FROM unnest(%s::text[]) AS name ORDER BY 1) AS wallets
            """,
            [_WALLETS, list(wallet_ids)],
        )
