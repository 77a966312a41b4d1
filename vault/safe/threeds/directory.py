"""The way to the directory server: one question, one answer, over HTTP that ends in time and follows no redirect."""

import json
import logging
from typing import Any, Final

import aiohttp

logger = logging.getLogger(__name__)

CONNECT_SECONDS: Final = 3
MOST_BYTES: Final = 64 * 1024


class DirectorySilent(Exception):
    """No answer. Whether the question arrived is not known, and does not matter: it moves no money."""


class Directory:
    """Opened with the first question, so that a safe without 3-D Secure opens nothing."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, message: dict[str, Any], *, seconds: float) -> bytes:
        """The body of the answer, whatever it is. Raises DirectorySilent, and never says what was asked."""
        limit = aiohttp.ClientTimeout(total=max(seconds, 0.01), connect=CONNECT_SECONDS)
        try:
            async with self._opened().post(
                self._url, data=json.dumps(message).encode(), timeout=limit, allow_redirects=False
            ) as answer:
                body = await answer.content.read(MOST_BYTES + 1)
                while len(body) <= MOST_BYTES and (more := await answer.content.read(MOST_BYTES + 1)):
                    body += more
        except TimeoutError:
            raise DirectorySilent("the directory did not answer in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise DirectorySilent(f"the directory cannot be asked: {type(error).__name__}") from None
        if answer.status != 200 or len(body) > MOST_BYTES:
            raise DirectorySilent(f"the directory answered {answer.status} with {len(body)} bytes")
        return body

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            headers = {"Content-Type": "application/json; charset=UTF-8", "Accept": "application/json"}
            self._session = aiohttp.ClientSession(headers=headers, trust_env=False, cookie_jar=aiohttp.DummyCookieJar())
        return self._session
