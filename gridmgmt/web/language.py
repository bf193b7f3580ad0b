"""Chinese first, English on request: by ``?lang=en``, kept in a cookie."""

from __future__ import annotations

from urllib.parse import urlencode

from babel.support import NullTranslations, Translations
from flask import Flask, Response, current_app, g, request
from flask_babel import Domain

from gridmgmt.errors import GridError, InvalidInputError
from gridmgmt.labels import Words

LANGUAGES = ("zh", "en")
COOKIE = "lang"
COOKIE_SECONDS = 365 * 24 * 3600


def choose() -> str:
    """Return the language of this request."""
    for wanted in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if wanted in LANGUAGES:
            return wanted
    return LANGUAGES[0]


def said(sentence: GridError | Words) -> str:
    """Return a sentence of a room, an error's or another, in the language of this request."""
    return sentence.zh if choose() == "zh" else str(sentence)


def reason(error: InvalidInputError) -> str:
    """Return what is wrong with a value, without the name of its field, in the language of this request."""
    return error.zh_reason if choose() == "zh" else error.reason


class KeptDomain(Domain):  # type: ignore[misc]  # untyped
    """The texts, whose language is worked out once a request and not once a word."""

    def get_translations(self) -> Translations | NullTranslations:
        """Return the texts of this request's language."""
        try:
            found: Translations | NullTranslations = g.translations
        except AttributeError:
            found = g.translations = super().get_translations()
        except RuntimeError:  # outside of a request
            found = super().get_translations()
        return found


TEXTS = KeptDomain()


def gettext(text: str, **values: object) -> str:
    """Return a text in the language of this request, as flask-babel's does, for what is said a hundred times a page."""
    said: str = TEXTS.gettext(text, **values)
    return said


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
    """Return this page's address in the other language; a page that answers a form leads back to the page that has the form."""
    other = "zh" if choose() == "en" else "en"
    if request.method == "GET":
        return f"{request.path}?{urlencode({**{key: value for key, value in request.args.items() if key != 'lang'}, 'lang': other})}"
    return f"{_page_of(request.path)}?lang={other}"


def _page_of(path: str) -> str:
    """Return the nearest address above a form's own that shows a page."""
    known = current_app.url_map.bind("")
    while path and not known.test(path, "GET"):
        path = path.rpartition("/")[0]
    return path or "/"
