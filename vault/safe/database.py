"""The event loop's own way to the database: one statement, which is its own commit, without a detour over a thread.

For the few statements that every charge needs. All else runs in the desk's threads, with the tools of everywhere else.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from select import select
from typing import Any, Final

from django.db import connection
from psycopg import AsyncConnection

from common.functions import question

MOST_LINES: Final = 8


class Database:
    """Up to eight lines. A look at a line before it is used shows whether the server has closed it meanwhile."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(MOST_LINES)
        self._idle: list[AsyncConnection[Any]] = []

    async def call(self, function: str, document: Mapping[str, Any]) -> Any:
        """What a function of ours inside PostgreSQL answers. Raises psycopg.Error."""
        async with self._line() as line:
            cursor = await line.execute(*question(function, document))
            row = await cursor.fetchone()
        answer = row and row[0]
        # Django's types leave `jsonb` as text, for its own field to read.
        return json.loads(answer) if isinstance(answer, str) else answer

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    @asynccontextmanager
    async def _line(self) -> AsyncIterator[AsyncConnection[Any]]:
        async with self._free:
            line = await self._quiet_line() or await _open()
            try:
                yield line
            except BaseException:
                # Whatever it was, nobody knows where the line stands now.
                await line.close()
                raise
            self._idle.append(line)

    async def _quiet_line(self) -> AsyncConnection[Any] | None:
        while self._idle:
            line = self._idle.pop()
            if not line.closed and not select([line.fileno()], [], [], 0)[0]:
                return line
            await line.close()
        return None


async def _open() -> AsyncConnection[Any]:
    known = connection.get_connection_params()
    known.pop("cursor_factory")
    return await AsyncConnection.connect(**known, autocommit=True)
