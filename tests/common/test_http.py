"""Addresses that others gave us: what is opened, and what is not."""

import socket
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import takewhile
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from common.http import Caller, NoAnswer, UnacceptableAddress, checked_address, post

REFUSED = [
    "http://komorebi.example/webhooks",
    "ftp://komorebi.example/",
    "https://komorebi.example:8000/webhooks",
    "https://komorebi.example:22/",
    "https://user:password@komorebi.example/",
    "https://komorebi.example/#part",
    "https:///webhooks",
    "https://komorebi.example:99999/",
    "https://komorebi.example/with space",
    "https://コモレビ.example/",
    "//komorebi.example/",
    "https://10.0.0.1/webhooks",
    "https://169.254.169.254/latest",
    "https://[fd00::1]/",
    "",
]


class TestAnAddress:
    @pytest.mark.parametrize("url", ["https://komorebi.example/webhooks?x=1", "https://komorebi.example:8443/"])
    def test_over_https_is_fine(self, url):
        assert checked_address(url) == url

    @pytest.mark.parametrize("url", REFUSED)
    def test_of_another_shape_is_refused(self, url):
        with pytest.raises(UnacceptableAddress):
            checked_address(url)

    def test_on_this_machine_is_fine_in_the_sandbox_only(self, settings):
        home = "http://127.0.0.1:8001/webhooks"
        assert checked_address(home) == home
        settings.SANDBOX = False
        with pytest.raises(UnacceptableAddress):
            checked_address(home)


@contextmanager
def resolving_to(address):
    """The name server, played. Undone at once, since the guard on sockets replaces the same function per test."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    found = [(family, socket.SOCK_STREAM, 6, "", (address, 443))]
    with patch.object(socket, "getaddrinfo", lambda *_a, **_k: found):
        yield


class TestASend:
    @pytest.mark.parametrize(
        "inside",
        ["10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "fd00::1", "::ffff:10.0.0.1"],
    )
    def test_never_reaches_a_private_network(self, inside):
        with resolving_to(inside), pytest.raises(NoAnswer, match="InvalidIPAddress"):
            post("https://rebinding.example/", body=b"{}", headers={})

    def test_never_reaches_this_machine_in_live_mode(self, settings):
        settings.SANDBOX = False
        with resolving_to("127.0.0.1"), pytest.raises(NoAnswer, match="InvalidIPAddress"):
            post("https://rebinding.example/", body=b"{}", headers={})


@pytest.fixture
def endpoint():
    """A small server whose path says how it behaves."""
    heard = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/slow":
                time.sleep(0.6)  # longer than the test lets it take
            self.send_response(302 if self.path == "/redirect" else 200)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(b"x" * (100_000 if self.path == "/talks" else 2))

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.heard = heard
    server.url = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.loopback
class TestAnAnswer:
    def test_comes_with_status_and_body_and_the_bytes_arrive_as_they_are(self, endpoint):
        answer = post(f"{endpoint.url}/ok", body=b'{"a":1}', headers={})
        assert (answer.status, answer.body, endpoint.heard) == (200, b"xx", [b'{"a":1}'])

    def test_that_redirects_is_not_followed(self, endpoint):
        assert post(f"{endpoint.url}/redirect", body=b"{}", headers={}).status == 302
        assert len(endpoint.heard) == 1

    def test_that_talks_too_much_is_cut(self, endpoint):
        assert len(post(f"{endpoint.url}/talks", body=b"{}", headers={}).body) == 16 * 1024

    def test_that_is_too_slow_is_none(self, endpoint):
        with pytest.raises(NoAnswer, match="timeout"):
            post(f"{endpoint.url}/slow", body=b"{}", headers={}, total_seconds=0.2)

    def test_from_nobody_is_none(self):
        with pytest.raises(NoAnswer, match="ConnectionError"):
            post("http://127.0.0.1:9/", body=b"{}", headers={})

    def test_ignores_a_proxy_of_the_environment(self, endpoint, monkeypatch):
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        assert post(f"{endpoint.url}/ok", body=b"{}", headers={}).status == 200


@pytest.fixture
def keeper():
    """A server that keeps its lines open: what was asked on which. After `hangs_up_after` answers a line is dropped."""
    listener, lines = socket.create_server(("127.0.0.1", 0)), []

    def serve(line, asked):
        with line, suppress(OSError), line.makefile("rb") as heard:
            while head := b"".join(takewhile(lambda one: one.strip(), heard)):
                assert heard.read(2) == b"{}"
                asked.append(head)
                if head.startswith(b"POST /silence"):
                    time.sleep(0.6)  # longer than the test lets it take
                line.sendall(b"HTTP/1.1 200 OK\r\nSet-Cookie: who=me\r\nContent-Length: 2\r\n\r\nok")
                if len(asked) == played.hangs_up_after:
                    return

    def listen():
        with suppress(OSError):
            while True:
                line, _ = listener.accept()
                lines.append([])
                threading.Thread(target=serve, args=(line, lines[-1]), daemon=True).start()

    played = SimpleNamespace(lines=lines, hangs_up_after=0, url=f"http://127.0.0.1:{listener.getsockname()[1]}")
    threading.Thread(target=listen, daemon=True).start()
    yield played
    listener.close()


@pytest.mark.loopback
class TestACaller:
    def test_asks_again_on_the_line_that_is_open(self, keeper):
        with Caller() as caller:
            for _ in range(3):
                assert caller.post(f"{keeper.url}/", body=b"{}", headers={}).body == b"ok"
        assert [len(asked) for asked in keeper.lines] == [3]

    def test_tells_nobody_what_somebody_said_before(self, keeper):
        with Caller() as caller:
            for _ in range(2):
                caller.post(f"{keeper.url}/", body=b"{}", headers={})
        assert b"cookie" not in keeper.lines[0][1].lower()

    def test_opens_another_line_when_the_first_was_hung_up(self, keeper):
        keeper.hangs_up_after = 1
        with Caller() as caller:
            for _ in range(3):
                assert caller.post(f"{keeper.url}/", body=b"{}", headers={}).status == 200
        assert [len(asked) for asked in keeper.lines] == [1, 1, 1]

    def test_says_it_again_when_a_kept_line_goes_while_it_speaks(self, keeper):
        with Caller() as caller:
            caller.post(f"{keeper.url}/", body=b"{}", headers={})
            with patch("urllib3.connectionpool.is_connection_dropped", return_value=False):
                caller._watch._hang_up()  # as if the other side did
                assert caller.post(f"{keeper.url}/", body=b"{}", headers={}).status == 200
        assert [len(asked) for asked in keeper.lines] == [1, 1]

    def test_looks_at_the_address_before_every_post(self, keeper):
        with Caller() as caller:
            caller.post(f"{keeper.url}/", body=b"{}", headers={})
            with resolving_to("10.0.0.1"), pytest.raises(NoAnswer, match="InvalidIPAddress"):
                caller.post(f"{keeper.url}/", body=b"{}", headers={})

    def test_goes_on_after_somebody_was_too_slow(self, keeper):
        with Caller() as caller:
            caller.post(f"{keeper.url}/", body=b"{}", headers={})
            with pytest.raises(NoAnswer, match="timeout"):
                caller.post(f"{keeper.url}/silence", body=b"{}", headers={}, total_seconds=0.5)
            assert caller.post(f"{keeper.url}/", body=b"{}", headers={}).body == b"ok"
        assert [len(asked) for asked in keeper.lines] == [2, 1]


@contextmanager
def saying(*pieces, every=0.0):
    """A stranger at the other end of a bare connection, who says these bytes one after the other."""
    listener = socket.create_server(("127.0.0.1", 0))

    def speak():
        line, _ = listener.accept()
        with line, suppress(OSError):
            line.recv(65_536)
            for piece in pieces:
                line.sendall(piece)
                time.sleep(every)

    threading.Thread(target=speak, daemon=True).start()
    yield f"127.0.0.1:{listener.getsockname()[1]}"
    listener.close()


@pytest.mark.loopback
class TestAStrangerWhoMeansHarm:
    @pytest.mark.parametrize(
        ("scheme", "first", "drop"),
        [
            ("http", b"HTTP/1.1 200 OK\r\nX: ", b"x"),
            ("http", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", b"x"),
            ("http", b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
            ("http", b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
            ("https", b"\x16\x03\x03\x40\x00", b"x"),
        ],
        ids=["header", "body", "body without an end", "early answers", "TLS"],
    )
    def test_cannot_hold_us_longer_than_the_whole_time_by_a_drop_now_and_then(self, scheme, first, drop):
        began = time.monotonic()
        with saying(first, *[drop] * 40, every=0.1) as place, pytest.raises(NoAnswer, match="timeout"):
            post(f"{scheme}://{place}/", body=b"{}", headers={}, total_seconds=0.5)
        assert time.monotonic() - began < 1.5

    def test_cannot_hold_up_a_line_that_is_used_again(self):
        began = time.monotonic()
        first = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        with saying(first, *[b""] * 3, b"HTTP/1.1 200 OK\r\nX: ", *[b"x"] * 40, every=0.1) as place, Caller() as caller:
            caller.post(f"http://{place}/", body=b"{}", headers={})
            with pytest.raises(NoAnswer, match="timeout"):
                caller.post(f"http://{place}/", body=b"{}", headers={}, total_seconds=0.8)
        assert time.monotonic() - began < 1.8

    def test_is_not_read_to_the_end_because_he_redirects(self):
        flood = [b"x" * 100_000] * 40
        began = time.monotonic()
        with saying(b"HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n", *flood, every=0.1) as place:
            answer = post(f"http://{place}/", body=b"{}", headers={})
        assert (answer.status, len(answer.body)) == (302, 16 * 1024)
        assert time.monotonic() - began < 1.5

    @pytest.mark.parametrize(
        "said",
        [
            b"HTTP/1.1 301 Moved\r\nLocation: http://[\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
            b"\x00\x01\x02",
        ],
    )
    def test_is_answered_or_is_no_answer_and_never_an_exception(self, said):
        with saying(said) as place, suppress(NoAnswer):
            assert post(f"http://{place}/", body=b"{}", headers={}).status in {200, 301}
