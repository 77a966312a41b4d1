"""`make bench`: the whole table, or `make bench ARGS="charge books"`; QUICK=1 in under two minutes."""

import argparse
import json
import os
import sys
import traceback
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.house import measured_house
from benchmarks.machine import machine
from benchmarks.measure import compare, show

SCENARIOS = ("charge", "approve", "books", "cards", "webhooks", "growth", "lists", "points")


def main() -> int:
    asked = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    asked.add_argument("scenarios", nargs="*", help=f"which ones; all of {', '.join(SCENARIOS)} without")
    asked.add_argument("--quick", action="store_true", default=bool(os.environ.get("QUICK")))
    asked.add_argument("--most", type=int, default=0, help="payments that growth grows to (10000000 takes its time)")
    asked.add_argument("--json", type=Path, default=Path("benchmarks/results/latest.json"))
    asked.add_argument("--against", type=Path, help="an earlier result of this machine")
    said = asked.parse_args()
    chosen = said.scenarios or SCENARIOS

    here, figures = machine(), []
    with measured_house() as house:
        bench = Bench(house, quick=said.quick, most=said.most or (50_000 if said.quick else 1_000_000))
        bench.settle_in()
        for name in chosen:
            try:
                for figure in import_module(f"benchmarks.scenarios.{name}").figures(bench):
                    figures.append(figure)
                    print(show([figure]).splitlines()[-1], flush=True)
            except Exception:  # noqa: BLE001 (one scenario that breaks must not take the others' figures with it)
                traceback.print_exc()
    result = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": here | {"load_after": [round(load, 2) for load in os.getloadavg()]},
        "quick": said.quick,
        "figures": [figure.as_json() for figure in figures],
    }
    said.json.parent.mkdir(parents=True, exist_ok=True)
    said.json.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    print(f"\n{here['processor']}, {here['cores']} cores, load before {here['load_before'][0]}\n")
    print(show(figures))
    print(f"\nAlso in {said.json}.")
    if said.against:
        print(compare(result, said.against))
    return 0


if __name__ == "__main__":
    sys.exit(main())
