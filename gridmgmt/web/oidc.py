"""Sign in through an identity provider (统一身份认证, OpenID Connect); off unless the settings name one.

Authorization code with PKCE, state and nonce. An account is found by the verified subject of the issuer and by nothing else: an
administrator links it, or its owner does while signed in. Nobody is made an account by signing in elsewhere.
"""

from __future__ import annotations

import logging
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError
from requests import RequestException

from gridmgmt.accounts import audit_store, identity_store, signed_in_store
from gridmgmt.accounts.change_account import get_account
from gridmgmt.errors import ConflictError, GridError, NotFoundError, NotReadyError, NotSignedInError
from gridmgmt.web import asker, errors, language
from gridmgmt.web.asker import principal
from gridmgmt.web.door import door, now, transaction
from gridmgmt.web.guard import for_a_person, open_to_all
from gridmgmt.web.limits import limited
from gridmgmt.web.noted import note

pages = Blueprint("oidc", __name__)

LINKING = "oidc_links"  # in the cookie: the account that is being linked, while its owner is away at the provider
EXTENSION = "oidc"
TIMEOUT_S = 10
_log = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Know the provider that the settings name, if any; nothing is asked of it before somebody signs in."""
    settings = app.extensions["door"].settings
    if settings.oidc_issuer:
        known = OAuth(app)
        known.register(
            name=EXTENSION, client_id=settings.oidc_client_id, client_secret=settings.oidc_client_secret,
            server_metadata_url=settings.oidc_issuer.rstrip("/") + "/.well-known/openid-configuration",
            client_kwargs={"scope": "openid profile", "code_challenge_method": "S256", "timeout": TIMEOUT_S},
        )  # fmt: skip
        app.extensions[EXTENSION] = known
    app.context_processor(lambda: {"identity_provider": settings.oidc_title if settings.oidc_issuer else None})


@pages.get("/login/oidc")
@open_to_all
@limited("login")
def get_away() -> ResponseReturnValue:
    """Lead to the provider."""
    cookie.pop(LINKING, None)
    return _away()


@pages.post("/account/oidc")
@for_a_person
def post_link() -> ResponseReturnValue:
    """Lead to the provider in order to link the own account to whoever signs in there."""
    cookie[LINKING] = principal().name
    return redirect(url_for("oidc.get_link"), 303)


@pages.get("/account/oidc")
@for_a_person
def get_link() -> ResponseReturnValue:
    """Show the way to the provider: a form may only lead to pages of ours, a link leads anywhere."""
    if cookie.get(LINKING) != principal().name:
        return redirect("/account", 303)
    return _away()


@pages.get("/login/oidc/back")
@open_to_all
@limited("login")
def get_back() -> ResponseReturnValue:
    """Take in what the provider says: sign in, or link."""
    linking = cookie.pop(LINKING, None)
    try:
        issuer, subject = _told()
        if linking is not None and linking == principal().name and principal().account_id is not None:
            _link(linking, issuer, subject)
            return redirect("/account", 303)
        asker.remember(_sign_in(issuer, subject))
    except GridError as error:
        sentence = language.said(error)
        return Response(render_template("login.html", name="", next="/", sentence=sentence), errors.STATUS[error.code])
    return redirect("/", 303)


def _client() -> Any:  # noqa: ANN401 - the library's own class has no types
    if EXTENSION not in current_app.extensions:
        raise NotFoundError("no identity provider is set up", zh="未配置统一身份认证")
    return getattr(current_app.extensions[EXTENSION], EXTENSION)


def _away() -> ResponseReturnValue:
    client = _client()
    try:
        answer: ResponseReturnValue = client.authorize_redirect(url_for("oidc.get_back", _external=True))
    except RequestException as error:
        _log.warning("identity provider: %s", error)
        raise NotReadyError("the identity provider does not answer", zh="统一身份认证服务无响应") from error
    return answer


def _told() -> tuple[str, str]:
    """Return issuer and subject that the provider vouches for; the library has checked state, nonce, signature, audience and time."""
    client = _client()
    try:
        told = client.authorize_access_token().get("userinfo") or {}
    except RequestException as error:
        _log.warning("identity provider: %s", error)
        raise NotReadyError("the identity provider does not answer", zh="统一身份认证服务无响应") from error
    except (OAuthError, JoseError, ValueError, KeyError) as error:
        _log.warning("identity provider: %s", error)
        raise NotSignedInError("the identity provider did not vouch for you; try again", zh="统一身份认证未通过，请重试") from error
    if not told.get("sub") or told.get("iss") != door().settings.oidc_issuer:
        raise NotSignedInError("the identity provider did not vouch for you; try again", zh="统一身份认证未通过，请重试")
    return str(told["iss"]), str(told["sub"])


def _sign_in(issuer: str, subject: str) -> str:
    ip = request.remote_addr
    with transaction() as opened:
        name = identity_store.find_name(opened, issuer, subject)
        if name is not None:
            account = get_account(opened, name)
            audit_store.note(opened, name, "sign_in.in", name, {"issuer": issuer}, ip=ip, channel="oidc")
            return signed_in_store.open_signed_in(
                opened, account.id, now=now(), lasts=asker.LASTS, ip=ip, browser=request.headers.get("User-Agent")
            )
        audit_store.note(opened, "public", "sign_in.failed", None, {"issuer": issuer, "subject": subject[:80]}, ip=ip, channel="oidc")
    raise NotSignedInError("no account is linked to this identity; ask an administrator", zh="该身份未关联账号，请联系管理员")


def _link(name: str, issuer: str, subject: str) -> None:
    with transaction() as opened:
        if not identity_store.link(opened, get_account(opened, name).id, issuer, subject):
            raise ConflictError("this identity is linked to another account", zh="该身份已关联其他账号")
        note(opened, "account.link", name, {"issuer": issuer, "subject": subject[:80]})
