"""Sign in and out (登录、退出); who is signed in, for scripts."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue

from gridmgmt.accounts import audit_store, failure_store, signed_in_store
from gridmgmt.accounts.sign_in import check_lock, sign_in
from gridmgmt.errors import GridError, NotSignedInError
from gridmgmt.web import asker, errors, language, security
from gridmgmt.web.asker import principal
from gridmgmt.web.door import now, transaction
from gridmgmt.web.guard import open_to_all
from gridmgmt.web.limits import limited
from gridmgmt.web.noted import note
from gridmgmt.web.params import text_of
from gridmgmt.web.security import keep_nothing

pages = Blueprint("sign_in", __name__)
pages.after_request(keep_nothing)


@pages.get("/login")
@open_to_all
def get_form() -> ResponseReturnValue:
    """Ask for name and password; who is signed in goes on."""
    if principal().account_id is not None:
        return redirect(_next(), 303)
    return render_template("login.html", name=text_of(request.args, "name", longest=64), next=_next())


@pages.post("/login")
@open_to_all
@limited("login")
def post_form() -> ResponseReturnValue:
    """Sign in and go on to the page that was asked for."""
    name, password = text_of(request.form, "name", longest=64), request.form.get("password", "")[:1000]
    try:
        token = _sign_in(name, password)
    except GridError as error:
        if errors.wants_problem():
            raise
        sentence = language.said(error)
        page = render_template("login.html", name=name, next=_next(), sentence=sentence)
        return Response(page, errors.STATUS[error.code], errors.extra_headers(error))
    asker.remember(token)
    return redirect(_next(), 303)


@pages.post("/logout")
@open_to_all
def post_logout() -> ResponseReturnValue:
    """Sign this browser out."""
    token = cookie.get(asker.SIGNED_IN)
    if isinstance(token, str):
        who = principal()
        with transaction() as opened:
            signed_in_store.close_signed_in(opened, token)
            if who.account_id is not None:
                note(opened, "sign_in.out", who.name)
    asker.forget()
    return redirect("/", 303)


@pages.get("/api/session")
@open_to_all
def get_session() -> ResponseReturnValue:
    """Say who is signed in, what they may do, and the token their requests must carry in ``X-CSRF-Token``."""
    who = principal()
    return {
        "signed_in": who.account_id is not None, "name": who.name if who.account_id is not None else None, "shown_name": who.shown_name, "roles": list(who.roles),
        "unit_code": who.unit_code, "permissions": sorted(who.permissions), "csrf_token": security.form_token(),
    }  # fmt: skip


def _sign_in(name: str, password: str) -> str:
    ip = request.remote_addr
    with transaction() as opened:
        check_lock(opened, name, ip, now=now())
    try:
        with transaction() as opened:
            account = sign_in(opened, name, password, ip)
            token = signed_in_store.open_signed_in(
                opened, account.id, now=now(), lasts=asker.LASTS, ip=ip, browser=request.headers.get("User-Agent")
            )
            audit_store.note(opened, account.name, "sign_in.in", account.name, ip=ip, channel="page")
    except NotSignedInError:
        with transaction() as opened:
            failure_store.count_failure(opened, failure_store.counted(name, ip), now=now())
            audit_store.note(opened, "public", "sign_in.failed", None, ip=ip, channel="page")
        raise
    return token


def _next() -> str:
    """Return the page to go on to: one of ours, never another site's."""
    wanted = request.values.get("next", "")
    parts = urlsplit(wanted)
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc and wanted.isprintable()
    return wanted if ours and parts.path not in {"/login", "/logout"} else "/"
