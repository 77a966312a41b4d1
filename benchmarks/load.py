"""Clients that cost little: raw HTTP/1.1 over connections that stay open, each request made before the clock runs.

Closed loop: every client asks again as soon as it has its answer. Open loop: requests leave at moments that were drawn
before, however late earlier answers are, and latency counts from the planned moment.
"""

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count

from benchmarks.measure import Round

Ask = Callable[[], bytes]
"""The next request, ready to be sent."""
_BYTES = 65_536


class Client:
    def __init__(self, port: int) -> None:
        self._port = port
        self._line = self._connect()

    def _connect(self) -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line

    def ask(self, request: bytes) -> tuple[int, bytes]:
        self._line.sendall(request)
        received = self._line.recv(_BYTES)
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        head = received[:end].lower()
        place = head.find(b"content-length:")
        length = int(head[place + 15 : head.find(b"\r", place) if head.find(b"\r", place) > 0 else None])
        while len(received) < end + 4 + length:
            received += self._more()
        return int(head[9:12]), received[end + 4 :]

    def _more(self) -> bytes:
        part = self._line.recv(_BYTES)
        if not part:
            raise ConnectionError("the server hung up")
        return part

    def close(self) -> None:
        self._line.close()


def closed_loop(ask: Ask, *, port: int, clients: int, seconds: float, good: int = 200, most: int = 10**9) -> Round:
    """`clients` at once for so many seconds, or until so many units were asked for."""
    left, total = count(), Counter[str]()
    latencies: list[list[float]] = [[] for _ in range(clients)]
    start = threading.Barrier(clients + 1)
    until = [0.0]

    def work(mine: list[float]) -> None:
        client = Client(port)
        start.wait()
        while (began := time.perf_counter()) < until[0] and next(left) < most:
            status, body = client.ask(ask())
            if status == good:
                mine.append(time.perf_counter() - began)
            else:
                total[f"{status} {body[:80].decode(errors='replace')}"] += 1
        client.close()

    threads = [threading.Thread(target=work, args=(mine,)) for mine in latencies]
    for thread in threads:
        thread.start()
    began = time.perf_counter()
    until[0] = began + seconds
    start.wait()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    done = [one for mine in latencies for one in mine]
    return Round(units=len(done), seconds=took, latencies=done, failed=total)


def open_loop(ask: Ask, *, port: int, rate: float, seconds: float, good: int = 200, clients: int = 64) -> Round:
    moments = _moments(rate=rate, seconds=seconds)
    lock, failed = threading.Lock(), Counter[str]()
    latencies: list[float] = []
    start = threading.Barrier(clients + 1)
    began = [0.0]

    def work() -> None:
        client = Client(port)
        start.wait()
        while True:
            with lock:
                planned = next(moments, None)
            if planned is None:
                break
            if (early := began[0] + planned - time.perf_counter()) > 0:
                time.sleep(early)
            status, body = client.ask(ask())
            if status == good:
                latencies.append(time.perf_counter() - began[0] - planned)
            else:
                failed[f"{status} {body[:80].decode(errors='replace')}"] += 1
        client.close()

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    began[0] = time.perf_counter()
    start.wait()
    for thread in threads:
        thread.join()
    return Round(units=len(latencies), seconds=time.perf_counter() - began[0], latencies=latencies, failed=failed)


def _moments(*, rate: float, seconds: float) -> Iterator[float]:
    """Arrivals as strangers make them: independent of each other."""
    chance, moment = random.Random(1), 0.0  # noqa: S311 (chance, not a secret; the same in every run)
    while (moment := moment + chance.expovariate(rate)) < seconds:
        yield moment
