"""Which database answers a request: the replica where reading from it cannot be told from reading the primary, else the primary.

- Only GET and HEAD of browsers; whoever has just written is led to the primary until the replica has repeated it (a cookie keeps the place
  in the log); programs with a token keep no cookies and are answered by the primary.
- What the replica cannot answer (it is gone, it does not know the page or the person yet) is asked again at the primary, unseen.
"""

from __future__ import annotations

import typing

from flask import Flask, Response, g, request
from sqlalchemy.exc import SQLAlchemyError

from gridmgmt.web.replica import Replica

if typing.TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

COOKIE = "gridmgmt_wrote"  # where the log ended after this browser's last write
KEPT_S = 120  # longer than a replica may ever lag
NOT_YET = (1 << 63) - 1  # a place no replica has reached
PRIMARY, AGAIN = "gridmgmt.primary", "gridmgmt.again"  # in the environment of a request
ASK_AGAIN = frozenset({302, 303, 401, 403, 404, 409, 410})  # what may only be so because the replica is behind
SERVER_FAULT = 500
LONGEST = 19  # digits of a place


def may_read(replica: Replica) -> bool:
    """Say whether this request may be answered by the replica."""
    if (
        request.method not in {"GET", "HEAD"}
        or request.path == "/health"
        or "Authorization" in request.headers
        or PRIMARY in request.environ
    ):
        return False
    wrote = request.cookies.get(COOKIE, "0")
    return wrote.isascii() and wrote.isdecimal() and len(wrote) <= LONGEST and replica.covers(int(wrote))


def note_write() -> None:
    """Remember that this request writes."""
    g.wrote = True


def register(app: Flask, replica: Replica) -> None:
    """Send a browser that wrote the place of the log; ask again at the primary what the replica could not answer."""
    app.wsgi_app = _AskAgain(app.wsgi_app)  # type: ignore[method-assign]

    @app.after_request
    def remember(response: Response) -> Response:
        if g.get("wrote"):
            response.set_cookie(COOKIE, str(_place(replica)), max_age=KEPT_S, secure=request.is_secure, httponly=True, samesite="Lax")
        elif g.get("from_replica") and (response.status_code in ASK_AGAIN or response.status_code >= SERVER_FAULT):
            request.environ[AGAIN] = True
            if response.status_code >= SERVER_FAULT:
                replica.distrust()
        return response


def _place(replica: Replica) -> int:
    try:
        return replica.written_up_to()
    except SQLAlchemyError:  # what was written is written: the answer must not fail for this
        return NOT_YET


class _AskAgain:
    """Holds an answer back until it is clear that it counts."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        held: list[tuple[str, list[tuple[str, str]]]] = []

        def hold(status: str, headers: list[tuple[str, str]], *_error: object) -> typing.Any:  # noqa: ANN401 - the writer of WSGI, unused
            held.append((status, headers))

        body = self._app(environ, hold)
        if AGAIN not in environ:
            start_response(*held[-1])
            return body
        close = getattr(body, "close", None)
        if close is not None:
            close()
        environ[PRIMARY] = True
        return self._app(environ, start_response)
