"""What protects the pages: content policy, form tokens, the secret they are signed with."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, g, request, session
from flask.sessions import SecureCookieSessionInterface
from werkzeug.middleware.proxy_fix import ProxyFix

from gridmgmt.errors import InvalidInputError
from gridmgmt.web import asker
from gridmgmt.web.door import door

TOKEN = "csrf_token"  # noqa: S105 - the name of a field, not a secret
TOKEN_HEADER = "X-CSRF-Token"  # noqa: S105


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SecureOverHttps(SecureCookieSessionInterface):
    """The session's cookie goes over https only, once a browser has come by https."""

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - flask's signature
        """Say whether the cookie of this answer is for https only."""
        return request.is_secure


def load_or_create_secret(var_dir: Path, name: str = "web_secret") -> str:
    """Return the secret of this installation, made at the first start; all workers share it."""
    var_dir.mkdir(parents=True, exist_ok=True)
    path = var_dir / name
    draft = var_dir / f"{name}.{os.getpid()}.{secrets.token_hex(4)}"
    if not path.exists():
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32), encoding="ascii")
        try:
            path.hardlink_to(draft)  # the first worker wins, whole or not at all
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()


def form_token() -> str:
    """Return the token this browser's forms must send back."""
    if TOKEN not in session:
        session[TOKEN] = secrets.token_urlsafe(24)
    return str(session[TOKEN])


def check_form_token(given: str) -> None:
    """Raise InvalidInputError where a form does not come from our own page."""
    if not hmac.compare_digest(given.encode(), str(session.get(TOKEN, "")).encode()) or not given:
        reason = "the form is out of date or cookies are off; open the page again"
        raise InvalidInputError(TOKEN, reason, zh="表单已过期或浏览器禁用了 Cookie，请重新打开页面")


def keep_nothing(response: Response) -> Response:
    """Keep an answer out of the browser's memory, unless it says itself how long it may be kept; for ``after_request`` of private pages."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def nonce() -> str:
    """Return this response's script nonce."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def _policy() -> str:
    base_map = urlsplit(door().settings.base_map_url.replace("{s}", "*"))
    pictures = f" {base_map.scheme}://{base_map.netloc}" if base_map.netloc else ""
    script = f"'self' 'nonce-{g.nonce}'" if "nonce" in g else "'self'"
    return (
        f"default-src 'none'; script-src {script}; style-src 'self'; img-src 'self' data: blob:{pictures}; font-src 'self';"
        " connect-src 'self'; worker-src 'self'; manifest-src 'self'; frame-src 'none'; object-src 'none'; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'none'"
    )


def register(app: Flask) -> None:
    """Send the policy with every response; give templates the nonce and the token; trust as many proxies as the settings say."""
    app.session_interface = SecureOverHttps()
    proxies = app.extensions["door"].settings.proxies
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _policy())  # a photo has a stricter one
        response.headers.update(HEADERS)
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = f"max-age={365 * 24 * 3600}"
        if asker.is_known() or response.mimetype == "text/html":
            response.headers.setdefault("Cache-Control", "private, no-cache")  # what one person sees is kept for nobody else
            response.vary.add("Cookie")
        return response

    app.context_processor(lambda: {"csp_nonce": nonce, TOKEN: form_token})
