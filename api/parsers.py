"""JSON bodies, strictly; nothing else is parsed."""

from collections.abc import Mapping, Sequence
from typing import IO, Any

from rest_framework.parsers import BaseParser

from api.errors import BodyTooLarge
from common.json import MOST_BYTES, read_strict


class WholeFile(BaseParser):
    """A file that is the body itself, up to `most_bytes`. What it is, is for whoever keeps it to find out."""

    most_bytes = 0

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        content = stream.read(self.most_bytes + 1)
        if len(content) > self.most_bytes:
            raise BodyTooLarge(most_bytes=self.most_bytes)
        return content


def file_parsers(media_types: Sequence[str], *, most_bytes: int) -> tuple[type[WholeFile], ...]:
    """One parser for each type that a call takes."""
    return tuple(
        type("WholeFile", (WholeFile,), {"media_type": media_type, "most_bytes": most_bytes})
        for media_type in media_types
    )


class StrictJson(BaseParser):
    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise BodyTooLarge(most_bytes=MOST_BYTES)
        return read_strict(body) if body else {}
