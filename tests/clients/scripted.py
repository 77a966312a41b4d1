"""A commerce that answers what a story tells it to, over real sockets."""

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HANG_UP = object()
"""An answer that never comes: the connection is closed in the middle."""


@dataclass
class Scripted:
    answers: list = field(default_factory=list)
    """What comes next: (status, members) or (status, members, headers), or HANG_UP."""
    asked: list = field(default_factory=list)
    """(method, path, headers, body) of each request."""
    url: str = ""

    def keys(self):
        return [headers.get("Idempotency-Key") for _, _, headers, _ in self.asked]


@contextmanager
def scripted(*answers):
    script = Scripted(list(answers))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            is_json = self.headers.get("Content-Type") == "application/json"
            body = json.loads(raw) if length and is_json else raw or None
            script.asked.append((self.command, self.path, dict(self.headers), body))
            now = script.answers.pop(0)
            if now is HANG_UP:
                self.close_connection = True
                return
            status, members, *headers = now
            raw = members if isinstance(members, bytes) else json.dumps(members).encode()
            self.send_response(status)
            for name, value in (headers[0] if headers else {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 (the base class's own names)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
