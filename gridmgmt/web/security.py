"""What protects the pages: content policy, form tokens, the secret they are signed with."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, g, session

from gridmgmt.errors import InvalidInputError
from gridmgmt.web.door import door

TOKEN = "csrf_token"  # noqa: S105 - the name of a field, not a secret
TOKEN_HEADER = "X-CSRF-Token"  # noqa: S105


def load_or_create_secret(var_dir: Path) -> str:
    """Return the secret of this installation, made at the first start; all workers share it."""
    var_dir.mkdir(parents=True, exist_ok=True)
    path = var_dir / "web_secret"
    draft = var_dir / f"web_secret.{os.getpid()}.{secrets.token_hex(4)}"
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
        raise InvalidInputError(TOKEN, reason, zh="表单已过期或浏览器禁用了 Cookie,请重新打开页面")


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
        f"default-src 'self'; script-src {script}; style-src 'self'; img-src 'self' data:{pictures};"
        " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def register(app: Flask) -> None:
    """Send the policy with every response; give templates the nonce and the token."""

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _policy())
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "geolocation=(self)"
        return response

    app.context_processor(lambda: {"csp_nonce": nonce, TOKEN: form_token})
