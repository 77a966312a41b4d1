"""A tiny card network on a real TCP socket, scripted by the test: says yes unless told otherwise.

It is nobody's idea of a good network: it answers what the script says, in any bytes.
"""

import asyncio
import threading
from typing import Any

from vault.safe.wire.codec import HEADER, Fields, decode, framed

HANG_UP = object()


def answer_to(question: Fields, **changes: str) -> Fields:
    """A well-formed yes to `question`; `changes` name fields as f39="05". A field set to None is left out."""
    kept = {
        name: question[name] for name in ("2", "3", "4", "7", "11", "32", "37", "41", "42", "49") if name in question
    }
    mti = question["t"]
    fields = {**kept, "t": f"{mti[:2]}{int(mti[2]) + 1}0", "39": "00"}
    if mti == "0100":
        fields["38"] = "A1B2C3"
        if question["25"] == "51":
            fields["39"] = "85"
    if mti == "0800":
        fields["70"] = question["70"]
    fields |= {name.lstrip("f"): text for name, text in changes.items()}
    return {name: text for name, text in fields.items() if text is not None}


def no_answer(_question: Fields) -> list[Any]:
    return []


class StubNetwork:
    def __init__(self):
        self.heard: list[Fields] = []
        """Every message but 0800, in order."""
        self.signs_on = 0
        self.script: Any = answer_to
        """What to answer: one message or bytes, or a list of them with pauses (seconds) and HANG_UP between."""
        self._ready = threading.Event()
        self._writers: dict[Any, asyncio.StreamWriter] = {}

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def of_type(self, *types: str) -> list[Fields]:
        return [message for message in self.heard if message["t"] in types]

    def start(self, port: int = 0):
        self._ready.clear()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main(port)), daemon=True)
        self._thread.start()
        assert self._ready.wait(5)
        return self

    def stop(self):
        """Hang up and listen no more; stopping twice is harmless."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(5)

    def say(self, message: Fields | bytes):
        """Say something on every link, unasked."""
        data = message if isinstance(message, bytes) else framed(message)
        for writer in self._writers.values():
            self._loop.call_soon_threadsafe(writer.write, data)

    async def _main(self, port):
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._link, "127.0.0.1", port)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for writer in self._writers.values():
            writer.close()
        if self._writers:
            await asyncio.wait(list(self._writers), timeout=2)

    async def _link(self, reader, writer):
        self._writers[asyncio.current_task()] = writer
        answers = set()  # a task that nobody holds may be collected before it speaks
        try:
            while True:
                (length,) = HEADER.unpack(await reader.readexactly(HEADER.size))
                question = decode(await reader.readexactly(length))
                if question["t"] == "0800":
                    self.signs_on += question["70"] == "001"
                    writer.write(framed(answer_to(question)))
                    continue
                self.heard.append(question)
                task = asyncio.create_task(self._play(writer, self.script(question)))
                answers.add(task)
                task.add_done_callback(answers.discard)
        except (EOFError, OSError):
            pass
        finally:
            self._writers.pop(asyncio.current_task(), None)
            writer.close()

    async def _play(self, writer, answers):
        for answer in answers if isinstance(answers, list) else [answers]:
            if isinstance(answer, int | float):
                await asyncio.sleep(answer)
            elif answer is HANG_UP:
                writer.close()
            else:
                writer.write(answer if isinstance(answer, bytes) else framed(answer))
