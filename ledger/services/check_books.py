"""Check the books against themselves: each rule is one question that should find nothing.

(a) debits equal credits per entry and currency: each posting has both sides by its shape, so what is left to ask is
that both accounts and the posting speak of one currency, and that no entry is empty; (b) every balance is the sum of
its postings: counters of covered accounts, their holds, and the roll-ups.
"""

from datetime import datetime
from typing import Final

from django.db import connection

from common.db import transaction
from common.findings import Finding

_RULES: Final = {
    "ledger.one_currency": (
        "a posting and its accounts differ in currency",
        """
        SELECT posting.entry_id FROM ledger_posting AS posting
        JOIN ledger_ledgeraccount AS debit ON debit.id = posting.debit_account_id
        JOIN ledger_ledgeraccount AS credit ON credit.id = posting.credit_account_id
        WHERE posting.currency <> debit.currency OR posting.currency <> credit.currency OR posting.amount_minor <= 0
        """,
    ),
    "ledger.no_empty_entry": (
        "an entry has no posting",
        """
        SELECT entry.id FROM ledger_entry AS entry
        WHERE NOT EXISTS (SELECT FROM ledger_posting AS posting WHERE posting.entry_id = entry.id)
        """,
    ),
    "ledger.counters": (
        "the counters are not the sum of the postings",
        """
        SELECT account.id FROM ledger_ledgeraccount AS account WHERE account.covered AND (
            account.debits_posted <> coalesce(
                (SELECT sum(amount_minor) FROM ledger_posting WHERE debit_account_id = account.id), 0)
            OR account.credits_posted <> coalesce(
                (SELECT sum(amount_minor) FROM ledger_posting WHERE credit_account_id = account.id), 0))
        """,
    ),
    "ledger.holds": (
        "what is pending is not the sum of the holds",
        """
        SELECT account.id FROM ledger_ledgeraccount AS account WHERE account.debits_pending <> coalesce(
            (SELECT sum(amount_minor) FROM ledger_hold WHERE account_id = account.id AND status = 'held'), 0)
        """,
    ),
    "ledger.covered": (
        "a covered account is overdrawn",
        """
        SELECT id FROM ledger_ledgeraccount WHERE covered AND credits_posted < debits_posted + debits_pending
        """,
    ),
    "ledger.rollups": (
        "the roll-up is not the sum of the postings before its mark",
        """
        SELECT rollup.account_id FROM ledger_balancerollup AS rollup
        WHERE rollup.upto <= pg_snapshot_xmin(pg_current_snapshot()) AND (
            rollup.debits <> coalesce((SELECT sum(amount_minor) FROM ledger_posting
                WHERE debit_account_id = rollup.account_id AND written_in < rollup.upto), 0)
            OR rollup.credits <> coalesce((SELECT sum(amount_minor) FROM ledger_posting
                WHERE credit_account_id = rollup.account_id AND written_in < rollup.upto), 0))
        """,
    ),
}


@transaction
def check_books(now: datetime) -> list[Finding]:  # noqa: ARG001 (every check of the books is asked the same way)
    findings = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10min'")
        for check, (text, question) in _RULES.items():
            cursor.execute(f"SELECT DISTINCT found.* FROM ({question}) AS found LIMIT 100")  # noqa: S608 (our own text)
            findings += [Finding(check=check, subject=str(row[0]), text=text) for row in cursor.fetchall()]
    return findings
