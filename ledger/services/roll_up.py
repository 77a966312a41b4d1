"""Sum the postings of transactions that have ended into each account's roll-up, so that the tail stays short.

The watermark is the oldest transaction still running: below it nothing can appear any more, however many write at
once. The next roll-up goes on from there. Numbers of transactions begin anew in a restored database: then the
roll-ups lie ahead of it, are thrown away and built again. Returns how many accounts moved.
"""

from datetime import datetime
from typing import Final

from django.db import connection

from common.db import transaction

_LOCK: Final = 0x_2011
# All of them, also those whose mark lies behind: the sum goes on from one mark, and would miss what came before it.
_RESTORED: Final = """
DELETE FROM ledger_balancerollup
WHERE (SELECT max(upto) FROM ledger_balancerollup) > pg_snapshot_xmin(pg_current_snapshot())
"""
_ROLL_UP: Final = """
WITH mark AS MATERIALIZED (
    SELECT coalesce((SELECT max(upto) FROM ledger_balancerollup), '0'::xid8) AS since,
           pg_snapshot_xmin(pg_current_snapshot()) AS upto
), fresh AS MATERIALIZED (
    SELECT debit_account_id, credit_account_id, amount_minor FROM ledger_posting
    WHERE written_in >= (SELECT since FROM mark) AND written_in < (SELECT upto FROM mark)
), moved AS (
    SELECT account_id, sum(debit) AS debits, sum(credit) AS credits FROM (
        SELECT debit_account_id AS account_id, amount_minor AS debit, 0 AS credit FROM fresh
        UNION ALL
        SELECT credit_account_id, 0, amount_minor FROM fresh
    ) AS sides GROUP BY account_id
)
INSERT INTO ledger_balancerollup AS rollup (account_id, debits, credits, upto, rolled_up_at)
SELECT account_id, debits, credits, mark.upto, %s FROM moved, mark ORDER BY account_id
ON CONFLICT (account_id) DO UPDATE SET
    debits = rollup.debits + excluded.debits,
    credits = rollup.credits + excluded.credits,
    upto = excluded.upto,
    rolled_up_at = excluded.rolled_up_at
"""


@transaction
def roll_up(*, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        # The first one after a restore reads everything.
        cursor.execute("SET LOCAL statement_timeout = '10min'")
        cursor.execute(_RESTORED)
        cursor.execute(_ROLL_UP, [now])
        moved: int = cursor.rowcount
    return moved
