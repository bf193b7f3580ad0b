"""A network that fails as networks do: no connection, an answer lost after the work was done, a request delivered twice."""

from __future__ import annotations

import io
import random
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

from gridmgmt.settings import Settings
from gridmgmt.web.app import create_app

SHARE_IN_STORM = 0.5
Environ = dict[str, Any]
Answer = Callable[..., Any]


class Weather:
    """Stands before an application; ``down`` cuts every connection, ``next_for`` says what happens to the next request for a path."""

    def __init__(self, inner: Callable[[Environ, Answer], Iterable[bytes]]) -> None:
        self.inner = inner
        self.down = False
        self.next_for: dict[str, str] = {}  # path → "lose", "twice" or "cut"
        self.seen: list[str] = []
        self.storm: random.Random | None = None  # every other request that changes something meets one of the three

    def __call__(self, environ: Environ, start: Answer) -> Iterable[bytes]:
        """Answer a request, or not."""
        path = str(environ["PATH_INFO"])
        self.seen.append(f"{environ['REQUEST_METHOD']} {path}")
        what = self.next_for.pop(path, "")
        if self.storm and environ["REQUEST_METHOD"] == "POST" and self.storm.random() < SHARE_IN_STORM:
            what = self.storm.choice(("lose", "twice", "cut"))
        if self.down or what == "cut":
            _cut(environ)
        if not what:
            return self.inner(environ, start)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if what == "twice":
            self._whole(environ, body, _nobody)
        answered = self._whole(environ, body, _nobody if what == "lose" else start)
        if what == "lose":
            _cut(environ)
        return answered

    def _whole(self, environ: Environ, body: bytes, start: Answer) -> list[bytes]:
        answer = self.inner({**environ, "wsgi.input": io.BytesIO(body)}, start)
        try:
            return list(answer)
        finally:
            getattr(answer, "close", lambda: None)()  # the end of a request, when its session is given back


def _cut(environ: Environ) -> None:
    """Close the connection without a word."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError


def _nobody(*_: object) -> None:
    """Take the head of an answer that nobody will see."""


@contextmanager
def served(database_url: str, var_dir: Path) -> Iterator[tuple[str, Flask, Weather]]:
    """Serve a city; give its address, its application and its weather."""
    app = create_app(Settings(database_url=database_url, var_dir=var_dir, rate_factor=0))
    weather = Weather(app.wsgi_app)
    app.wsgi_app = weather  # type: ignore[method-assign,assignment]
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}", app, weather
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["door"].engine.dispose()
