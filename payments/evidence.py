"""What a file of evidence is, read from its bytes; and what its name may be. Pure.

Only a file that is whole and ends where its type says is taken: nothing may follow that another program would read as
something else. A name is never believed, but it may not contradict the content either.
"""

import re
import struct
import unicodedata
import zlib
from pathlib import PurePosixPath
from typing import Final

from common.text import inert_paragraphs

PDF, PNG, JPEG, TEXT = "application/pdf", "image/png", "image/jpeg", "text/plain"
ENDINGS: Final = {PDF: ("pdf",), PNG: ("png",), JPEG: ("jpg", "jpeg"), TEXT: ("txt", "csv")}
"""How the names of such files end; the first is what we call them."""

LONGEST_NAME: Final = 120
_PNG_BEGINS: Final = b"\x89PNG\r\n\x1a\n"
_MOST_PIXELS: Final = 30_000
_CAN_ACT: Final = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToE|GoToR)(?![A-Za-z])"
)
"""Names in a PDF that make it do something, or carry another file."""
_NAME_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_MARKUP: Final = re.compile(
    r"<\s*(!doctype|\?xml|html|head|body|script|svg|iframe|object|embed|style|meta|link|img|form|base)\b", re.IGNORECASE
)
_ZIP_ENDS: Final = b"PK\x05\x06"


def media_type_of(content: bytes) -> str | None:
    """One of the four types, or None for everything else: damaged, trailing, active or unknown."""
    if content.startswith(b"%PDF-"):
        return PDF if _is_whole_pdf(content) else None
    if content.startswith(_PNG_BEGINS):
        return PNG if _is_whole_png(content) else None
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG if _is_whole_jpeg(content) else None
    return TEXT if _is_plain_text(content) else None


def name_fits(name: str, media_type: str) -> bool:
    return PurePosixPath(name.lower()).suffix.removeprefix(".") in ENDINGS[media_type]


def harmless_name(name: str) -> str:
    """The name as it may be shown: no folders, no control, invisible or direction-changing characters, not too long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = " ".join(inert_paragraphs(last).split()).lstrip(".")
    stem, dot, ending = shown.rpartition(".")
    if dot and len(shown) > LONGEST_NAME:
        return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"[:LONGEST_NAME]
    return shown[:LONGEST_NAME]


def _is_whole_pdf(content: bytes) -> bool:
    """Begins and ends as a PDF, and neither acts nor carries. What is compressed inside is not looked at: it is served
    as an attachment only, and opened by whoever reads evidence.
    """
    version = re.match(rb"%PDF-[12]\.[0-9][\r\n ]", content)
    end = content.rstrip(b"\r\n\t \x00")
    # A name may be written with escapes: /J#61vaScript is /JavaScript.
    names = _NAME_ESCAPE.sub(lambda one: bytes([int(one[1], 16)]), content)
    return bool(version) and end.endswith(b"%%EOF") and not _CAN_ACT.search(names) and _ZIP_ENDS not in content


def _is_whole_png(content: bytes) -> bool:
    at, first = len(_PNG_BEGINS), True
    while at + 12 <= len(content):
        (size,) = struct.unpack_from(">I", content, at)
        kind, end = content[at + 4 : at + 8], at + 12 + size
        if end > len(content) or zlib.crc32(content[at + 4 : end - 4]) != struct.unpack_from(">I", content, end - 4)[0]:
            return False
        if first:
            if kind != b"IHDR" or size != 13:
                return False
            width, height = struct.unpack_from(">II", content, at + 8)
            if not (0 < width <= _MOST_PIXELS and 0 < height <= _MOST_PIXELS):
                return False
        if kind == b"IEND":
            return bool(size == 0 and end == len(content))
        at, first = end, False
    return False


def _is_whole_jpeg(content: bytes) -> bool:
    """Segment after segment to the scan, and the end marker at the very end."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # fill
            at += 1
            continue
        (size,) = struct.unpack_from(">H", content, at + 2)
        if size < 2 or marker in {0x00, 0xD8, 0xD9}:
            return False
        at += 2 + size
        if marker == 0xDA:
            # In a scan 0xFF is followed by zero or a restart: the first end marker is the end of the picture.
            end = content.find(b"\xff\xd9", at)
            return end != -1 and end == len(content) - 2
    return False


def _is_plain_text(content: bytes) -> bool:
    """UTF-8 without control characters, and nothing that a browser would take for a page."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    plain = all(letter in "\r\n\t" or unicodedata.category(letter) not in {"Cc", "Cs", "Co", "Cn"} for letter in text)
    return bool(text.strip()) and plain and not _MARKUP.search(text) and not text.startswith("%!")
