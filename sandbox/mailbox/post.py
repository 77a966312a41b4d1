"""The SMTP side: takes whatever is sent, whoever it is for. Nothing is ever passed on."""

import asyncio
from typing import Any, Final

from aiosmtpd.smtp import SMTP

from common import clock
from sandbox.mailbox.letters import Letters, read_letter
from sandbox.web import Stop

_MOST_BYTES: Final = 5 * 1024 * 1024


class Postman:
    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    # The name and the capitals are what the library calls.
    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self._letters.add(read_letter(envelope.original_content, recipients=envelope.rcpt_tos, at=clock.now()))
        return "250 Taken in"


async def take_in_mail(letters: Letters, port: int) -> Stop:
    """Listen on 127.0.0.1; the answer stops it."""

    def talk() -> SMTP:
        return SMTP(Postman(letters), data_size_limit=_MOST_BYTES, hostname="mailbox.localhost", ident="mailbox")

    server = await asyncio.get_running_loop().create_server(talk, "127.0.0.1", port)

    async def stop() -> None:
        server.close()
        await server.wait_closed()

    return stop
