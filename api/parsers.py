"""JSON bodies, strictly; nothing else is parsed."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from api.errors import BodyTooLarge
from common.json import MOST_BYTES, read_strict


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
