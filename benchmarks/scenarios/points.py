"""Points by the million: lots become live, end, and their month is cleared.

Two floors, both bare SQL over the same rows. One only sums them, per wallet and funder: what nobody can go below. The
other writes what must be written for each lot, its row and its history, in one statement, without pages and books.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

from benchmarks.bench import Bench
from benchmarks.measure import Figure, Round

NAME = "points"
LOTS_PER_WALLET = 10

SEED = """
INSERT INTO points_pointslot (id, wallet_id, source, source_ref, rule_ref, payment_id, merchant_id, status,
    earned_minor, remaining_minor, held_minor, redeemed_minor, taken_minor, lent_minor, given_minor, expired_minor,
    written_off_minor, owed_minor, borrowed_minor, earned_at, available_from, expires_at, version)
SELECT uuidv7(), wallets.ids[1 + n %% cardinality(wallets.ids)], 'purchase', n || ' ' || %(begin)s, 'program:1',
       uuidv7(), (%(merchants)s::uuid[])[1 + n %% cardinality(%(merchants)s::uuid[])], 'pending', amount, amount,
       0, 0, 0, 0, 0, 0, 0, 0, 0, %(begin)s, %(begin)s, %(end)s, 0
FROM (SELECT array_agg(uuidv7()) AS ids FROM generate_series(1, %(wallets)s)) AS wallets,
     generate_series(1, %(lots)s) AS n, LATERAL (SELECT 1 + n %% 500) AS of (amount)
"""
SUM = """
SELECT count(*) FROM (
    SELECT wallet_id, merchant_id, sum(remaining_minor) FROM points_pointslot
    WHERE status = %(status)s AND remaining_minor > 0 AND earned_at = %(begin)s GROUP BY wallet_id, merchant_id
) AS sums
"""
WRITE = """
WITH moved AS (
    UPDATE points_pointslot SET status = %(becomes)s, funded_at = coalesce(funded_at, %(end)s), version = version + 1,
        expired_minor = CASE WHEN %(becomes)s = 'expired' THEN remaining_minor ELSE 0 END,
        remaining_minor = CASE WHEN %(becomes)s = 'expired' THEN 0 ELSE remaining_minor END
    WHERE status = %(status)s AND remaining_minor > 0 AND earned_at = %(begin)s
    RETURNING id, wallet_id, merchant_id, payment_id, version, earned_minor
)
INSERT INTO points_pointslotchange (id, lot_id, wallet_id, version, change, amount_minor, status, source_ref,
                                    payment_id, merchant_id, at)
SELECT uuidv7(), id, wallet_id, version, 'expired', earned_minor, %(becomes)s, 'bare', payment_id, merchant_id, %(end)s
FROM moved
"""
SUM_OF_MONTH = """
SELECT count(*) FROM (
    SELECT change, lot.merchant_id, sum(amount_minor) FROM points_pointslotchange AS note
    JOIN points_pointslot AS lot ON lot.id = note.lot_id
    WHERE at >= %(since)s AND at < %(until)s GROUP BY change, lot.merchant_id
) AS sums
"""


def figures(bench: Bench) -> Iterator[Figure]:
    from common.ids import read_id
    from points import services as points
    from points.clearing import month_span

    lots = 20_000 if bench.quick else 1_000_000
    named = {
        "lots": lots,
        "wallets": lots // LOTS_PER_WALLET,
        "merchants": [read_id(shop.merchant_id, prefix="mer") for shop in bench.sellers],
    }
    live = Figure(f"points: {lots:,} lots become live, beside bare writes", "lots/s")
    live_sum = Figure("… the same beside bare sums", "lots/s")
    end = Figure(f"points: {lots:,} lots end, beside bare writes", "lots/s", goal="≤ 2 ×")
    end_sum = Figure("… the same beside bare sums", "lots/s", goal="≤ 2 ×")
    clear = Figure(f"points: a month of {2 * lots:,} changes is cleared, beside bare sums", "changes/s", goal="≤ 2 ×")

    for turn in range(2 if bench.quick else 1):
        month = date(2027 + turn, 1, 1)
        begin = datetime(month.year, 1, 10, tzinfo=UTC)
        over = begin + timedelta(days=10)
        facts = named | {"begin": begin, "end": over}
        run(SEED, facts, vacuum=True)
        for figure, sums, status, becomes, verb in (
            (live, live_sum, "pending", "live", lambda: points.activate_points(now=begin)),
            (end, end_sum, "live", "expired", lambda: points.expire_points(now=over)),
        ):
            facts |= {"status": status, "becomes": becomes}
            sums.floor.append(timed(lots, lambda: run(SUM, facts)))
            figure.floor.append(timed(lots, lambda: run(WRITE, facts, keep=False)))
            run("SELECT 1", {}, vacuum=True)
            figure.ours.append(bench.counted(lambda: timed(lots, verb), "postgres"))
            sums.ours.append(figure.ours[-1])
        since, until = month_span(month)
        clear.floor.append(timed(2 * lots, lambda: run(SUM_OF_MONTH, {"since": since, "until": until})))
        cut = lambda: points.cut_clearing(month=month, now=until + timedelta(days=1))
        clear.ours.append(bench.counted(lambda: timed(2 * lots, cut), "postgres"))
    yield from (live, live_sum, end, end_sum, clear)


def timed(units: int, work: Callable[[], object]) -> Round:
    began = time.perf_counter()
    work()
    return Round(units=units, seconds=time.perf_counter() - began)


def run(statement: str, facts: dict[str, object], *, keep: bool = True, vacuum: bool = False) -> None:
    """One statement, however long it takes. Not kept: it is done, and taken back."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; BEGIN")
        cursor.execute(statement, facts)
        cursor.execute("COMMIT" if keep else "ROLLBACK")
        if vacuum:
            cursor.execute("VACUUM ANALYZE points_pointslot, points_pointslotchange")
