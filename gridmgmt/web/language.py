"""Chinese first, English on request: by ``?lang=en``, kept in a cookie."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Flask, Response, request

LANGUAGES = ("zh", "en")
COOKIE = "lang"
COOKIE_SECONDS = 365 * 24 * 3600


def choose() -> str:
    """Return the language of this request."""
    for wanted in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if wanted in LANGUAGES:
            return wanted
    return LANGUAGES[0]


def register(app: Flask) -> None:
    """Keep a language asked for in the address, and tell templates which one holds."""

    @app.after_request
    def keep(response: Response) -> Response:
        wanted = request.args.get("lang")
        if wanted in LANGUAGES:
            response.set_cookie(COOKIE, wanted, max_age=COOKIE_SECONDS, samesite="Lax")
        return response

    app.context_processor(lambda: {"lang": choose(), "other_language_url": other_language_url})


def other_language_url() -> str:
    """Return this page's address in the other language; a page that answers a form leads back to the empty form."""
    other = "zh" if choose() == "en" else "en"
    kept = {key: value for key, value in request.args.items() if key != "lang"} if request.method == "GET" else {}
    path = request.path if request.method == "GET" else "/report"
    return f"{path}?{urlencode({**kept, 'lang': other})}"
