"""Where the bars of a small chart stand: pure arithmetic, so that a template only writes it down."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

WIDTH: Final = 420
HEIGHT: Final = 180
_TOP, _BOTTOM = 16, 26


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    value: int
    second: int | None
    x: int
    y: int
    width: int
    height: int
    second_x: int
    second_y: int
    second_height: int
    label_x: int
    label_y: int
    show_label: bool


@dataclass(frozen=True, slots=True)
class Chart:
    kind: str
    bars: list[Bar]
    lines: list[tuple[int, int]]
    """Grid lines: where, and which value."""
    path: str
    """The line's points, for kind `line`."""
    baseline: int
    width: int = WIDTH
    height: int = HEIGHT


def chart_of(rows: Sequence[tuple[Any, ...]], *, kind: str = "bars") -> Chart:
    """Rows are (label, value) or (label, value, second). Never a division by zero: an empty chart is a flat one."""
    most = max([max(row[1:]) for row in rows if len(row) > 1], default=0)
    top = _round_up(most)
    inside = HEIGHT - _TOP - _BOTTOM
    baseline = HEIGHT - _BOTTOM
    slot = WIDTH // max(len(rows), 1)
    every = max(1, -(-len(rows) // 6))  # at most six words under the axis

    def height(value: int) -> int:
        return max(value * inside // top, 2 if value else 0)

    bars = []
    for index, row in enumerate(rows):
        value, second = int(row[1]), int(row[2]) if len(row) > 2 else None
        both = min(slot * 6 // 10, 46)
        # Two values stand side by side, because stacked they would look like a sum.
        width = both if second is None else both // 2
        x = index * slot + (slot - both) // 2
        bars.append(
            Bar(
                label=str(row[0]),
                value=value,
                second=second,
                x=x,
                y=baseline - height(value),
                width=width,
                height=height(value),
                second_x=x + width,
                second_y=baseline - height(second or 0),
                second_height=height(second or 0),
                label_x=x + both // 2,
                label_y=HEIGHT - 6,
                show_label=index % every == 0,
            )
        )
    return Chart(
        kind=kind,
        bars=bars,
        lines=[(baseline - height(part), part) for part in ((top, top // 2) if most else ())],
        path=" ".join(f"{bar.label_x},{bar.y}" for bar in bars),
        baseline=baseline,
    )


def _round_up(most: int) -> int:
    """The next 1, 2 or 5 followed by zeros: a top that a reader can halve."""
    step = 1
    while step < most:
        for lead in (1, 2, 5):
            if lead * step >= most:
                return lead * step
        step *= 10
    return max(step, 1)
