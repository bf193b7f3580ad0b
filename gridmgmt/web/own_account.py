"""One's own account (我的账号): password, browsers signed in, tokens."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from gridmgmt.accounts import account_store, identity_store, make_token, role_store, signed_in_store, token_store
from gridmgmt.accounts.change_account import get_account, set_password
from gridmgmt.accounts.model import Account
from gridmgmt.accounts.password import SHORTEST, is_password
from gridmgmt.accounts.permission import Permission
from gridmgmt.accounts.sign_in import check_lock
from gridmgmt.errors import GridError, InvalidInputError, NotFoundError
from gridmgmt.web import asker, errors, language
from gridmgmt.web.asker import principal
from gridmgmt.web.browser_names import browser_name
from gridmgmt.web.door import now, profile, session, transaction
from gridmgmt.web.guard import for_a_person, needs
from gridmgmt.web.limits import limited
from gridmgmt.web.noted import by, note
from gridmgmt.web.params import id_of, number_of, text_of
from gridmgmt.web.security import keep_nothing

pages = Blueprint("own_account", __name__, url_prefix="/account")
pages.after_request(keep_nothing)  # tokens are shown once


@pages.get("")
@for_a_person
def get_account_page() -> ResponseReturnValue:
    """Show who one is, what one may do and sees, where one is signed in, which tokens one has."""
    return _page()


@pages.get("/password")
@for_a_person
def get_password() -> ResponseReturnValue:
    """Ask for the password so far and a new one."""
    return render_template("own_password.html", city=profile(), shortest=SHORTEST)


@pages.post("/password")
@for_a_person
@limited("login")
def post_password() -> ResponseReturnValue:
    """Change the own password; every other browser is signed out."""
    try:
        _change_password()
    except GridError as error:
        if errors.wants_problem():
            raise
        page = render_template("own_password.html", city=profile(), shortest=SHORTEST, sentence=language.said(error))
        return Response(page, errors.STATUS[error.code], errors.extra_headers(error))
    return redirect("/account", 303)


@pages.post("/browsers/close")
@for_a_person
def post_close_browsers() -> ResponseReturnValue:
    """Sign out everywhere else, or one browser (``id``)."""
    with transaction() as opened:
        account = own(opened)
        browser = id_of(request.form, "id")
        if browser is not None:
            if not signed_in_store.close_one(opened, account.id, browser):
                raise NotFoundError("there is no such browser", zh="没有该登录设备")
        else:
            signed_in_store.close_everywhere(opened, account.id, but=asker.signed_in_id())
        note(opened, "sign_in.close", account.name)
    return redirect("/account", 303)


@pages.post("/tokens")
@needs("token.own")
def post_token() -> ResponseReturnValue:
    """Make a token and show it, once."""
    title, days = text_of(request.form, "title", longest=80), number_of(request.form, "days")
    permissions = request.form.getlist("permissions")
    try:
        with transaction() as opened:
            token = make_token.make_token(opened, own(opened), title, permissions, days=int(days), now=now(), by=by())
    except GridError as error:
        if errors.wants_problem():
            raise
        return _page(sentence=language.said(error)), errors.STATUS[error.code]
    return _page(token=token)


@pages.post("/tokens/<int:token_id>/revoke")
@needs("token.own")
def post_revoke(token_id: int) -> ResponseReturnValue:
    """End one of the own tokens."""
    with transaction() as opened:
        if not make_token.revoke(opened, own(opened), token_id, now=now(), by=by()):
            raise NotFoundError("there is no such token in use", zh="没有该有效令牌")
    return redirect("/account", 303)


def own(opened: Session) -> Account:
    """Return the asker's account."""
    return get_account(opened, principal().name)


def _change_password() -> None:
    given, wanted = request.form.get("password", "")[:1000], request.form.get("wanted", "")[:1000]
    name = principal().name
    check_lock(session(), name, request.remote_addr, now=now())
    if wanted != request.form.get("again", "")[:1000]:
        raise InvalidInputError("again", "the two new passwords differ", zh="两次输入的新密码不一致")
    with transaction() as opened:
        account = own(opened)
        if not is_password(account_store.get_password_hash(opened, account.id), given):
            raise InvalidInputError("password", "is not the password so far", zh="原密码不正确")
        if wanted == given:
            raise InvalidInputError("wanted", "is the password so far", zh="新密码不能与原密码相同")
        set_password(opened, account, wanted, now=now(), by=by(), must_change=False, but=asker.signed_in_id())


def _page(*, token: str | None = None, sentence: str | None = None) -> str:
    opened = session()
    account, roles = own(opened), {role.code: role for role in role_store.list_roles(opened)}
    return render_template(
        "own_account.html", city=profile(), account=account, roles=[roles[code] for code in account.roles], token=token, sentence=sentence,
        browser_name=browser_name, browsers=signed_in_store.list_signed_in(opened, account.id, now=now(), idle=asker.IDLE), here=asker.signed_in_id(),
        tokens=token_store.list_tokens(opened, account.id), moment=now(), linked=identity_store.list_subjects(opened, account.id),
        grantable=[Permission(code) for code in make_token.grantable(opened, account)] if principal().may("token.own") else [],
    )  # fmt: skip
