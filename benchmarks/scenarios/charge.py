"""A charge under a permission, the whole stack over HTTP: key, idempotency, limits, safe, wire, books, outbox."""

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.floor import floor, prepare
from benchmarks.house import free_port
from benchmarks.load import closed_loop, open_loop
from benchmarks.measure import Figure, Round

NAME = "charge"


def _against_the_yardstick(bench: Bench) -> Figure:
    port = free_port()
    bench.house.web_beside(name="yardstick", module="benchmarks.plain_wsgi:application", port=port)
    asks = {"ours": bench.charges(bench.spread), "plain": bench.charges(bench.spread)}
    closed_loop(asks["plain"], port=port, clients=4, seconds=1, good=201)

    def run(which: str, at: int) -> Round:
        return closed_loop(asks[which], port=at, clients=4, seconds=bench.seconds, good=201)

    figure = Figure("charge, 4 clients, beside the plain way (floor: ORM and DRF)", "payments/s", goal="≥ 4 ×")
    bench.alternate(
        figure,
        lambda: bench.counted(lambda: run("ours", bench.house.ports.web)),
        lambda: bench.counted(lambda: run("plain", port), "yardstick", "safe", "network", "postgres"),
    )
    bench.house.supervisor.stop_parts("yardstick")
    return figure


def figures(bench: Bench) -> Iterator[Figure]:
    port = bench.house.ports.web
    closed_loop(bench.charges(bench.spread), port=port, clients=4, seconds=1, good=201)  # everybody wakes up
    best, units = 0.0, 400 if bench.quick else 4_000
    for clients, where in ((1, "spread"), (4, "spread"), (16, "spread"), (16, "one hot shop")):
        permissions = bench.spread if where == "spread" else bench.hot

        def ours(clients: int = clients, ask=bench.charges(permissions)) -> Round:  # noqa: B008 (bound now)
            work = lambda: closed_loop(ask, port=port, clients=clients, seconds=bench.seconds, good=201)
            return bench.counted(work)

        goal = "≥ 25 % of the floor" if where == "spread" else "≥ 95 % of spread"
        under = lambda clients=clients: floor(bench, clients=clients, number=units)
        prepare(bench.untouched, number=units * bench.rounds)
        figure = bench.alternate(Figure(f"charge, {clients} clients, {where}", "payments/s", goal=goal), ours, under)
        best = max(best, figure.rate if where == "spread" else 0.0)
        yield figure

    yield _against_the_yardstick(bench)

    def half() -> Round:
        ask = bench.charges(bench.spread)
        return bench.counted(lambda: open_loop(ask, port=port, rate=best / 2, seconds=bench.seconds * 2, good=201))

    goal = "p50 ≤ 8 ms, p99 ≤ 60 ms"
    note = "arrivals at half of the best rate; the network host answers at once, so nothing is subtracted"
    yield bench.alternate(Figure("charge, open loop at half of it", "payments/s", goal=goal, note=note), half)
