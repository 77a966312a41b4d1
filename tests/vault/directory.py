"""A directory server on a real socket, scripted by the test: the issuer knows its customer unless told otherwise."""

import json
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CAVV = "AAABBZEEBgAAAAAAAAQGAAAAAAA="


def answer_to(question, **changes):
    """A well-formed ARes; a member set to None is left out."""
    answer = {
        "messageType": "ARes",
        "messageVersion": "2.2.0",
        "threeDSServerTransID": question["threeDSServerTransID"],
        "dsTransID": str(uuid.uuid4()),
        "acsTransID": str(uuid.uuid4()),
        "transStatus": "Y",
        "eci": "05",
        "authenticationValue": CAVV,
    } | changes
    return {name: value for name, value in answer.items() if value is not None}


def challenge_to(question, **changes):
    page = {"acsURL": "http://localhost:9/acs/challenge", "eci": None, "authenticationValue": None}
    return answer_to(question, **{"transStatus": "C", **page, **changes})


class StubDirectory:
    """`heard` are the questions; `script` makes an answer: a message, bytes, or (status, bytes)."""

    def __init__(self):
        self.heard, self.script = [], answer_to
        self.patience = threading.Event()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                stub.heard.append(question)
                answer = stub.script(question)
                status, body = answer if isinstance(answer, tuple) else (200, answer)
                body = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                if status == 302:
                    self.send_header("Location", stub.url)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_words):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/directory"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def keep_silent(self):
        """Take every question and answer none before the story ends."""

        def wait(_question):
            self.patience.wait(5)
            return b""

        self.script = wait

    def stop(self):
        self.patience.set()
        self._server.shutdown()
        self._server.server_close()
