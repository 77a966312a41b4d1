"""Tables for spreadsheets, as CSV, which must not be able to act there.

A text that a spreadsheet would take for a formula gets an apostrophe in front: texts come from strangers often enough.
A number is ours and stays one, so that what is below zero can be added up too.
Written line by line, in pages by key: a year needs no more memory than a day.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from django.http import StreamingHttpResponse

Row = TypeVar("Row")
Row_co = TypeVar("Row_co", covariant=True)

BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it some spreadsheets read Japanese as noise."""
ROWS_AT_ONCE: Final = 500
_ACTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""The full-width forms too: some spreadsheets take them for the narrow ones."""


class Rows(Protocol[Row_co]):
    """A page of a list, the newest first."""

    @property
    def rows(self) -> Sequence[Row_co]: ...

    @property
    def has_more(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Whole(Generic[Row]):
    """A list that is read at once: one page is all of it."""

    rows: Sequence[Row]
    has_more: bool = False


def inert(cell: object) -> str:
    """The cell as text that no spreadsheet reads as a formula."""
    text = str(cell)
    return f"'{text}" if text.startswith(_ACTS) and not isinstance(cell, int) else text


def as_csv(
    columns: Sequence[str], *, page_after: Callable[[str], Rows[Row]], cells: Callable[[Row], Iterable[object]]
) -> Iterator[str]:
    """All that the list has, line by line. `page_after` gets the id of the last row, or an empty text."""
    writer = csv.writer(_Echo())
    yield BYTE_ORDER_MARK + writer.writerow(columns)
    last = ""
    while True:
        page = page_after(last)
        for row in page.rows:
            yield writer.writerow(inert(cell) for cell in cells(row))
        if not page.has_more:
            return
        last = str(page.rows[-1].pk)  # type: ignore[attr-defined]  # rows of tables


def csv_answer(lines: Iterator[str], *, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


class _Echo:
    """A file that hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line
