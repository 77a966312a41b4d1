"""A charge under a permission, the whole stack over HTTP: key, idempotency, limits, safe, wire, books, outbox."""

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.load import closed_loop, open_loop
from benchmarks.measure import Figure, Round

NAME = "charge"


def figures(bench: Bench) -> Iterator[Figure]:
    port = bench.house.ports.web
    closed_loop(bench.charges(bench.spread), port=port, clients=4, seconds=1, good=201)  # everybody wakes up
    best = 0.0
    for clients, where in ((1, "spread"), (4, "spread"), (16, "spread"), (16, "one hot shop")):
        permissions = bench.spread if where == "spread" else bench.hot

        def ours(clients: int = clients, ask=bench.charges(permissions)) -> Round:  # noqa: B008 (bound now)
            work = lambda: closed_loop(ask, port=port, clients=clients, seconds=bench.seconds, good=201)
            return bench.counted(work)

        goal = "≥ 25 % of the floor" if where == "spread" else "≥ 95 % of spread"
        figure = bench.alternate(Figure(f"charge, {clients} clients, {where}", "payments/s", goal=goal), ours)
        best = max(best, figure.rate if where == "spread" else 0.0)
        yield figure

    def half() -> Round:
        ask = bench.charges(bench.spread)
        return bench.counted(lambda: open_loop(ask, port=port, rate=best / 2, seconds=bench.seconds * 2, good=201))

    goal = "p50 ≤ 8 ms, p99 ≤ 60 ms"
    note = "arrivals at half of the best rate; the network host answers at once, so nothing is subtracted"
    yield bench.alternate(Figure("charge, open loop at half of it", "payments/s", goal=goal, note=note), half)
