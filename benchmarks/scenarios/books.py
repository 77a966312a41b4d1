"""An entry in the books, alone: the plain verb and the function, beside the bare function in pgbench."""

import time
from collections.abc import Callable, Iterator

from benchmarks.bench import Bench
from benchmarks.measure import Figure, Round

NAME = "books"

FLOOR = """
WITH entry AS (
    INSERT INTO ledger_entry (id, reason, source_ref, business_date, posted_at)
    SELECT uuidv7(), 'capture', gen_random_uuid()::text, current_date, now() RETURNING id
)
INSERT INTO ledger_posting (id, entry_id, debit_account_id, credit_account_id, amount_minor, currency)
SELECT uuidv7(), entry.id, '{debit}', '{credit}', 1200, 'JPY' FROM entry;
"""


def figures(bench: Bench) -> Iterator[Figure]:
    from common import clock
    from common.db import transaction
    from common.ids import new_id, read_id
    from common.money import yen
    from ledger import services as ledger
    from ledger.services.open_accounts import open_accounts
    from ledger.states import OPERATOR, AccountKind, Reason
    from ledger.types import AccountRef, Line

    receivable = AccountRef(OPERATOR, AccountKind.NETWORK_RECEIVABLE)
    payable = AccountRef(bench.sellers[0].merchant_id, AccountKind.MERCHANT_PAYABLE)
    lines = [Line(debit=receivable, credit=payable, amount=yen(1_200))]
    ids = transaction(open_accounts)(keys={(receivable, "JPY"), (payable, "JPY")}, now=clock.now())
    sides = {
        "debit": read_id(ids[receivable, "JPY"], prefix="acc"),
        "credit": read_id(ids[payable, "JPY"], prefix="acc"),
    }

    def floor() -> Round:
        return bench.house.pgbench(FLOOR.format(**sides), clients=1, seconds=bench.seconds)

    def posting(verb: Callable[..., object]) -> Callable[[], Round]:
        def once() -> None:
            verb(lines=lines, reason=Reason.CAPTURE, source_ref=new_id("cap"), now=clock.now())

        return lambda: bench.counted(lambda: for_a_while(once, seconds=bench.seconds), "postgres")

    for name, verb in (("plain verb", transaction(ledger.post_entry)), ("function", ledger.post_entry_at_once)):
        yield bench.alternate(Figure(f"an entry in the books, {name}, 1 client", "entries/s"), posting(verb), floor)


def for_a_while(once: Callable[[], object], *, seconds: float) -> Round:
    began, latencies = time.perf_counter(), list[float]()
    until = began + seconds
    while (start := time.perf_counter()) < until:
        once()
        latencies.append(time.perf_counter() - start)
    return Round(units=len(latencies), seconds=time.perf_counter() - began, latencies=latencies)
