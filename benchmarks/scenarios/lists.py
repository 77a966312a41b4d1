"""The newest page of payments, and one in the middle, of a shop with many; over HTTP, with the API key."""

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.load import closed_loop
from benchmarks.measure import Figure, Round

NAME = "lists"


def figures(bench: Bench) -> Iterator[Figure]:
    total = bench.grow()
    shop, half = bench.sellers[0], bench.middle_of(bench.sellers[0])
    for name, path in (
        ("first page", "/v1/payments?limit=25"),
        ("middle", f"/v1/payments?limit=25&starting_after={half}"),
    ):
        request = bench.request("GET", path, key=shop.key)

        def ours(request: bytes = request) -> Round:
            work = lambda: closed_loop(
                lambda: request, port=bench.house.ports.web, clients=1, seconds=bench.seconds / 2
            )
            return bench.counted(work, "web", "postgres")

        yield bench.alternate(Figure(f"list 25 of {total:,} payments, {name}", "pages/s", goal="p99 ≤ 30 ms"), ours)
