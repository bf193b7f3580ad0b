"""Roles and their permissions, for the administrator (角色与权限)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from gridmgmt.accounts import change_account, role_store
from gridmgmt.accounts.model import Role
from gridmgmt.accounts.permission import Permission
from gridmgmt.errors import GridError, NotFoundError
from gridmgmt.web import errors, language
from gridmgmt.web.door import profile, session, transaction
from gridmgmt.web.guard import needs
from gridmgmt.web.noted import by
from gridmgmt.web.params import text_of

pages = Blueprint("roles", __name__, url_prefix="/roles")

NEW = Role("", "", "", frozenset())


@pages.get("")
@needs("account.manage")
def get_roles() -> ResponseReturnValue:
    """List roles with how many have them."""
    roles = [(role, role_store.count_holders(session(), role.code)) for role in role_store.list_roles(session())]
    return render_template("roles.html", city=profile(), roles=roles, permissions=list(Permission))


@pages.get("/new")
@needs("account.manage")
def get_new() -> ResponseReturnValue:
    """Show an empty form for a role."""
    return _form(NEW, is_new=True)


@pages.get("/<code>")
@needs("account.manage")
def get_role(code: str) -> ResponseReturnValue:
    """Show a role with every permission there is."""
    role = role_store.find_role(session(), code)
    if role is None:
        raise NotFoundError(f"there is no role {code}", zh=f"没有角色 {code}")
    return _form(role, is_new=False)


@pages.post("")
@needs("account.manage")
def post_role() -> ResponseReturnValue:
    """Make a role or change one."""
    code, zh, en = (text_of(request.form, field, longest=80) for field in ("code", "zh", "en"))
    permissions, is_new = request.form.getlist("permissions"), "is_new" in request.form
    try:
        with transaction() as opened:
            change_account.put_role(opened, code, zh, en, permissions, by=by())
    except GridError as error:
        if errors.wants_problem():
            raise
        sentence = language.said(error)
        return _form(Role(code, zh, en, frozenset(permissions)), is_new=is_new, sentence=sentence), errors.STATUS[error.code]
    return redirect("/roles", 303)


@pages.post("/<code>/remove")
@needs("account.manage")
def post_remove(code: str) -> ResponseReturnValue:
    """Delete a role that nobody has."""
    with transaction() as opened:
        change_account.remove_role(opened, code, by=by())
    return redirect("/roles", 303)


def _form(role: Role, *, is_new: bool, sentence: str | None = None) -> str:
    holders = 0 if is_new else role_store.count_holders(session(), role.code)
    return render_template(
        "role.html", city=profile(), role=role, is_new=is_new, holders=holders, sentence=sentence, permissions=list(Permission)
    )
