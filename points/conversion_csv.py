"""A file of old points as a shop writes it: pure. `source_id,email,points,expires_on`, one balance on each line."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from django.utils.translation import gettext as _

from common.errors import Refusal
from common.money import pts
from points.errors import ConversionFileTooLarge, SourceIdNotPossible
from points.giving import read_address
from points.types import ConversionLine, WrongLine

COLUMNS: Final = ["source_id", "email", "points", "expires_on"]
MOST_BYTES: Final = 5 * 1024 * 1024
MOST_LINES: Final = 50_000
_MOST_CELL: Final = 1_000
_SOURCE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/#-]{0,63}")
_WHOLE: Final = re.compile(r"[1-9][0-9]{0,8}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_source_id(text: str) -> str:
    """It cannot begin as a formula does, so it is harmless in every spreadsheet. Refuses: SourceIdNotPossible."""
    if not _SOURCE_ID.fullmatch(text):
        raise SourceIdNotPossible
    return text


def read_conversions_csv(content: bytes) -> tuple[list[ConversionLine], list[WrongLine]]:
    """What can be read, and every line that cannot. UTF-8, with or without a byte order mark.

    Refuses: ConversionFileTooLarge.
    """
    if len(content) > MOST_BYTES:
        raise ConversionFileTooLarge(most_bytes=MOST_BYTES, most_lines=MOST_LINES)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], [WrongLine(1, "file", "encoding", _("Must be UTF-8."))]
    if "\0" in text:
        return [], [WrongLine(1, "file", "characters", _("Holds characters that cannot be shown."))]
    rows = _rows(text)
    try:
        if next(rows, (1, []))[1] != COLUMNS:
            said = _("The first line must be {header}.").format(header=",".join(COLUMNS))
            return [], [WrongLine(1, "file", "header", said)]
        return _read(rows)
    except csv.Error:
        return [], [WrongLine(1, "file", "csv", _("Cannot be read as CSV."))]


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """With the line on which each begins to be read; empty ones are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    for row in reader:
        if row:
            yield reader.line_num, row


def _read(rows: Iterator[tuple[int, list[str]]]) -> tuple[list[ConversionLine], list[WrongLine]]:
    lines: list[ConversionLine] = []
    wrong: list[WrongLine] = []
    seen: dict[str, int] = {}
    for count, (number, row) in enumerate(rows, start=1):
        if count > MOST_LINES:
            raise ConversionFileTooLarge(most_bytes=MOST_BYTES, most_lines=MOST_LINES)
        line, faults = _line(number, row)
        if line is not None and (first := seen.setdefault(line.source_id, number)) != number:
            said = _("Stands on line {first} already.").format(first=first)
            faults = [WrongLine(number, "source_id", "twice", said)]
        wrong += faults
        if line is not None and not faults:
            lines.append(line)
    if not lines and not wrong:
        wrong.append(WrongLine(1, "file", "empty", _("Holds no line.")))
    return lines, wrong


def _line(number: int, row: list[str]) -> tuple[ConversionLine | None, list[WrongLine]]:
    if len(row) != len(COLUMNS) or any(len(cell) > _MOST_CELL for cell in row):
        said = _("Must have {count} cells.").format(count=len(COLUMNS))
        return None, [WrongLine(number, "line", "cells", said)]
    source_id, email, points, day = (cell.strip() for cell in row)
    wrong = []
    try:
        read_source_id(source_id)
    except Refusal as refusal:
        wrong.append(WrongLine(number, "source_id", refusal.code, str(refusal)))
    try:
        email = read_address(email)
    except Refusal as refusal:
        wrong.append(WrongLine(number, "email", refusal.code, str(refusal)))
    if not _WHOLE.fullmatch(points):
        wrong.append(WrongLine(number, "points", "number", _("Must be a whole number above zero, in digits alone.")))
    expires_on = _day(day)
    if day and expires_on is None:
        wrong.append(WrongLine(number, "expires_on", "day", _("Must be a day such as 2027-03-31, or empty.")))
    if wrong:
        return None, wrong
    return ConversionLine(source_id, email, pts(int(points)), expires_on, number), []


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
