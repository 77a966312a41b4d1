"""Answers 204 to whatever is posted to it, as fast as it can, on lines that stay open: a process of its own.

It says its port first, and ends with whoever started it.
"""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def sink() -> Iterator[int]:
    command = [sys.executable, "-m", "benchmarks.sink"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()


def serve(line: socket.socket) -> None:
    received = b""
    with line:
        while part := line.recv(65_536):
            received += part
            end = received.find(b"\r\n\r\n")
            length = int(received.lower().partition(b"content-length:")[2].partition(b"\r")[0] or 0)
            if end >= 0 and len(received) >= end + 4 + length:
                line.sendall(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")
                received = b""


def listen(door: socket.socket) -> None:
    while True:
        line, _address = door.accept()
        threading.Thread(target=serve, args=(line,), daemon=True).start()


if __name__ == "__main__":
    place = socket.create_server(("127.0.0.1", 0))
    print(place.getsockname()[1], flush=True)
    threading.Thread(target=listen, args=(place,), daemon=True).start()
    sys.stdin.read()
