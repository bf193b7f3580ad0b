"""Receivers on this machine: an SMTP server and an HTTP server that behave as they are told."""

from __future__ import annotations

import dataclasses
import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message as Mail

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Handler
from aiosmtpd.smtp import SMTP, Envelope, Session

Answering = Callable[[int], tuple[int, bytes, float]]  # number of the request → status, body, seconds to wait


@dataclasses.dataclass
class Received:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclasses.dataclass
class WebServer:
    """Where it listens, and what arrived."""

    url: str
    received: list[Received]


def always(status: int = 200, body: bytes = b"", wait_s: float = 0.0) -> Answering:
    """Answer everything alike."""
    return lambda _number: (status, body, wait_s)


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128  # of five, as the library has it, the sixth caller at once waits a second


@contextmanager
def web_server(answering: Answering) -> Iterator[WebServer]:
    """Listen on loopback for POST requests."""
    received: list[Received] = []

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            received.append(Received(self.path, dict(self.headers), body))
            status, answer, wait_s = answering(len(received))
            time.sleep(wait_s)
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            if status in {301, 302, 307}:
                self.send_header("Location", "/elsewhere")
            if status == 429:
                self.send_header("Retry-After", "120")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = _Server(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield WebServer(f"http://127.0.0.1:{server.server_port}/hook?key=geheim", received)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Postbox(Handler):
    """Keeps every mail; refuses whom it is told to refuse."""

    def __init__(self, refuse: str = "") -> None:
        super().__init__()
        self.mails: list[Mail] = []
        self.refuse = refuse

    def handle_message(self, message: Mail) -> None:
        """Keep it."""
        self.mails.append(message)

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:  # noqa: N802
        """Answer as told."""
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"


@contextmanager
def smtp_server(box: Postbox) -> Iterator[tuple[str, int]]:
    """Listen on loopback for mail."""
    with socket.socket() as probe:  # the controller wants to know its port beforehand
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield "127.0.0.1", port
    finally:
        controller.stop()
