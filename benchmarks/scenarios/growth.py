"""The same charges with few and with many payments in every table that grows with them."""

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.load import closed_loop
from benchmarks.measure import Figure, Round

NAME = "growth"


def figures(bench: Bench) -> Iterator[Figure]:
    ask = bench.charges(bench.spread)

    def charges() -> Round:
        work = lambda: closed_loop(ask, port=bench.house.ports.web, clients=4, seconds=bench.seconds, good=201)
        return bench.counted(work)

    charges()
    few = [charges() for _ in range(bench.rounds)]
    total = bench.grow()
    charges()  # what the copies left in caches and logs is worked off
    figure = Figure(f"charge, 4 clients, {total:,} payments beside few", "payments/s", goal="≥ 90 % of few", floor=few)
    yield bench.alternate(figure, charges)
