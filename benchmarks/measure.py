"""Numbers, and how they are shown: medians over rounds, percentiles over all calls, CPU per unit by process."""

import json
import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Round:
    """One stretch of work: how many units in how many seconds, how long each took, whose CPU it cost."""

    units: int
    seconds: float
    latencies: list[float] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)
    failed: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        return self.units / self.seconds if self.seconds else 0.0


@dataclass(slots=True)
class Figure:
    """One line of the table: the rounds of ours, alternating with those of the floor under it."""

    name: str
    unit: str
    ours: list[Round] = field(default_factory=list)
    floor: list[Round] = field(default_factory=list)
    goal: str = ""
    note: str = ""

    @property
    def rate(self) -> float:
        return statistics.median(one.rate for one in self.ours)

    @property
    def ratio(self) -> float | None:
        """The median of the ratios within each round: what else ran on the machine hit both sides of it."""
        pairs = [one.rate / under.rate for one, under in zip(self.ours, self.floor, strict=False) if under.rate]
        return statistics.median(pairs) if pairs else None

    @property
    def spread(self) -> float:
        rates = [one.rate for one in self.ours]
        return (max(rates) - min(rates)) / self.rate if self.rate else 0.0

    def percentile_ms(self, share: float) -> float | None:
        calls = sorted(seconds for one in self.ours for seconds in one.latencies)
        if not calls:
            return None
        return calls[min(len(calls) - 1, math.ceil(share * len(calls)) - 1)] * 1_000

    def cpu_ms(self, rounds: Sequence[Round]) -> dict[str, float]:
        """Milliseconds of CPU per unit, by process."""
        units = sum(one.units for one in rounds) or 1
        spent: Counter[str] = Counter()
        for one in rounds:
            spent.update(one.cpu)
        return {name: seconds / units * 1_000 for name, seconds in spent.items() if seconds}

    def as_json(self) -> dict[str, Any]:
        failed = sum((one.failed for one in self.ours), Counter())
        return {
            "name": self.name,
            "unit": self.unit,
            "per_second": round(self.rate, 1),
            "floor_per_second": round(statistics.median(one.rate for one in self.floor), 1) if self.floor else None,
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "spread": round(self.spread, 3),
            "ms": {f"p{share}": _rounded(self.percentile_ms(share / 100)) for share in (50, 95, 99)},
            "cpu_ms_per_unit": {name: round(ms, 3) for name, ms in self.cpu_ms(self.ours).items()},
            "floor_cpu_ms_per_unit": {name: round(ms, 3) for name, ms in self.cpu_ms(self.floor).items()},
            "failed": dict(failed),
            "goal": self.goal,
            "note": self.note,
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


COLUMNS = ("scenario", "per second", "floor", "ratio", "spread", "p50 ms", "p95 ms", "p99 ms", "CPU ms per unit")


def show(figures: Sequence[Figure]) -> str:
    rows = [COLUMNS, *(_row(figure.as_json()) for figure in figures)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _row(said: Mapping[str, Any]) -> tuple[str, ...]:
    cpu = ", ".join(f"{name} {ms:.2f}" for name, ms in sorted(said["cpu_ms_per_unit"].items(), key=lambda one: -one[1]))
    failed = f" · FAILED {said['failed']}" if said["failed"] else ""
    times = [f"{ms:.1f}" if ms is not None else "" for ms in said["ms"].values()]
    return (
        said["name"],
        f"{said['per_second']:,.0f} {said['unit']}",
        f"{said['floor_per_second']:,.0f}" if said["floor_per_second"] else "",
        f"{said['ratio']:.0%}" if said["ratio"] is not None else "",
        f"±{said['spread'] / 2:.0%}",
        *times,
        cpu + failed,
    )


def compare(now: Mapping[str, Any], before: Path) -> str:
    """Against an earlier run of the same machine. Figures of two machines say nothing about our code."""
    earlier = json.loads(before.read_text())
    if earlier["machine"]["is"] != now["machine"]["is"]:
        return f"Not compared: {before} was measured on another machine ({earlier['machine']['processor']})."
    known = {figure["name"]: figure for figure in earlier["figures"]}
    lines = [f"Against {before} of {earlier['at']}:"]
    for figure in now["figures"]:
        if (old := known.get(figure["name"])) and old["ratio"] and figure["ratio"]:
            lines.append(f"  {figure['name']}: ratio {old['ratio']:.1%} → {figure['ratio']:.1%}")
        elif old:
            lines.append(f"  {figure['name']}: {old['per_second']:,.0f} → {figure['per_second']:,.0f} per second")
    return "\n".join(lines)
