"""Accounts, for the administrator (账号管理): list, add, change, disable."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from gridmgmt.accounts import account_store, add_account, change_account, role_store, signed_in_store
from gridmgmt.accounts.change_account import get_account
from gridmgmt.accounts.model import Account, NewAccount
from gridmgmt.accounts.password import make_password
from gridmgmt.cases import step_store
from gridmgmt.city.model import Level
from gridmgmt.errors import GridError, InvalidInputError
from gridmgmt.hierarchy import store as hierarchy_store
from gridmgmt.roads import chief_store
from gridmgmt.web import asker, errors, language
from gridmgmt.web.csv_stream import csv_response
from gridmgmt.web.door import now, profile, session, transaction
from gridmgmt.web.guard import needs
from gridmgmt.web.noted import by, note, note_export
from gridmgmt.web.params import query, text_of
from gridmgmt.web.security import keep_nothing

pages = Blueprint("accounts", __name__, url_prefix="/accounts")
pages.after_request(keep_nothing)  # passwords are shown once

FIELDS = ("name", "shown_name", "areas", "sees_units", "unit_code", "person_code", "email")
LIMIT = 200


@pages.get("")
@needs("account.manage")
def get_accounts() -> ResponseReturnValue:
    """List accounts, by words and by role."""
    words, role = text_of(query(), "q", longest=80), text_of(query(), "role")
    found = account_store.list_accounts(session(), text=words, role=role or None, limit=LIMIT)
    roles = role_store.list_roles(session())
    return render_template("accounts.html", city=profile(), accounts=found, words=words, role=role, roles=roles, limit=LIMIT)


@pages.get("/export.csv")
@needs("account.manage")
def get_csv() -> ResponseReturnValue:
    """Export the accounts that the list shows."""
    words, role = text_of(query(), "q", longest=80), text_of(query(), "role")
    note_export("account.export")
    found = account_store.list_accounts(session(), text=words, role=role or None, limit=100_000)
    head = ("name", "shown_name", "roles", "areas", "units", "everything", "unit", "email", "created_at", "last_sign_in_at", "disabled_at")
    return csv_response(head, (_cells(account) for account in found), "accounts.csv")


@pages.get("/new")
@needs("account.manage")
def get_new() -> ResponseReturnValue:
    """Show an empty form for an account."""
    return _form(None, dict.fromkeys(FIELDS, ""), [], everything=False)


@pages.post("/new")
@needs("account.manage")
def post_new() -> ResponseReturnValue:
    """Make an account with a password that is shown once."""
    values, roles, everything = _given()
    password = make_password()
    try:
        with transaction() as opened:
            areas, sees = areas_of(opened, values["areas"]), units_of(opened, values["sees_units"])
            units_of(opened, values["unit_code"])
            wanted = NewAccount(
                values["name"], values["shown_name"], tuple(roles), everything, tuple(areas), tuple(sees), values["person_code"] or None,
                values["unit_code"] or None, values["email"] or None,
            )  # fmt: skip
            made = add_account.add_account(opened, wanted, password=password, now=now(), is_generated=True)
            account_store.change_account(opened, made.id, must_change_password=True)
            note(opened, "account.add", made.name, {"roles": roles})
    except GridError as error:
        return _refused(error, None, values, roles, everything=everything)
    return _show(values["name"], password=password)


@pages.get("/<name>")
@needs("account.manage")
def get_one(name: str) -> ResponseReturnValue:
    """Show an account with everything that can be changed about it."""
    return _show(name)


@pages.post("/<name>")
@needs("account.manage")
def post_one(name: str) -> ResponseReturnValue:
    """Change what an account is called, may do and sees; one form, one transaction."""
    values, roles, everything = _given()
    account = get_account(session(), name)
    try:
        with transaction() as opened:
            areas, sees = areas_of(opened, values["areas"]), units_of(opened, values["sees_units"])
            units_of(opened, values["unit_code"])
            change_account.change_links(
                opened, account, shown_name=values["shown_name"], person_code=values["person_code"] or None,
                unit_code=values["unit_code"] or None, email=values["email"] or None, by=by(),
            )  # fmt: skip
            change_account.change_roles(opened, account, roles, by())
            change_account.change_scope(opened, account, everything=everything, areas=areas, unit_codes=sees, by=by())
    except GridError as error:
        return _refused(error, account, values, roles, everything=everything)
    return redirect(url_for("accounts.get_one", name=name, saved=1), 303)


@pages.post("/<name>/password")
@needs("account.manage")
def post_password(name: str) -> ResponseReturnValue:
    """Give an account a new password, shown once, to be changed at the next sign-in."""
    password = make_password()
    with transaction() as opened:
        change_account.set_password(opened, get_account(opened, name), password, now=now(), by=by(), must_change=True)
    return _show(name, password=password)


@pages.post("/<name>/disable")
@needs("account.manage")
def post_disable(name: str) -> ResponseReturnValue:
    """Take an account out of use."""
    return _change(name, lambda opened, account: change_account.disable(opened, account, now=now(), by=by()))


@pages.post("/<name>/enable")
@needs("account.manage")
def post_enable(name: str) -> ResponseReturnValue:
    """Take an account into use again."""
    return _change(name, lambda opened, account: change_account.enable(opened, account, by=by()))


@pages.post("/<name>/unlock")
@needs("account.manage")
def post_unlock(name: str) -> ResponseReturnValue:
    """Let somebody try again who failed too often."""
    return _change(name, lambda opened, account: change_account.unlock(opened, account, by=by()))


@pages.post("/<name>/sign-out")
@needs("account.manage")
def post_sign_out(name: str) -> ResponseReturnValue:
    """Sign an account out of every browser."""

    def close(opened: Session, account: Account) -> None:
        signed_in_store.close_everywhere(opened, account.id)
        note(opened, "sign_in.close", account.name)

    return _change(name, close)


def areas_of(opened: Session, given: str) -> list[tuple[Level, str]]:
    """Return the areas in a text, one a word: a code, or ``level:code`` where a code alone could be of two levels."""
    found = []
    for word in given.split():
        level, _, code = word.rpartition(":")
        levels = {area.level for area in hierarchy_store.list_history(opened, code)}
        if level:
            levels &= {each for each in Level if each.value == level}
        if len(levels) != 1:
            raise InvalidInputError(
                "areas", f"{word}: no such area, or one of several levels", zh=f"没有区域 {word}，或须写明层级（层级:编码）"
            )
        found.append((levels.pop(), code))
    return found


def units_of(opened: Session, given: str) -> list[str]:
    """Return the handling units in a text, one a word; raise InvalidInputError for one that is not there."""
    codes = given.split()
    for code in codes:
        if step_store.find_unit(opened, code) is None:
            raise InvalidInputError("unit_code", f"there is no unit {code}", zh=f"没有处置单位 {code}")
    return codes


def _given() -> tuple[dict[str, str], list[str], bool]:
    values = {field: text_of(request.form, field, longest=4000 if field in {"areas", "sees_units"} else 200) for field in FIELDS}
    return values, request.form.getlist("roles"), "everything" in request.form


def _change(name: str, change: Callable[[Session, Account], object]) -> ResponseReturnValue:
    with transaction() as opened:
        change(opened, get_account(opened, name))
    return redirect(url_for("accounts.get_one", name=name, saved=1), 303)


def _show(name: str, *, password: str | None = None) -> str:
    account = get_account(session(), name)
    person = chief_store.find_person_by_id(session(), account.person_id) if account.person_id else None
    own_unit = {account.unit_code} if account.unit_code else set()
    values = {
        "name": account.name, "shown_name": account.shown_name, "unit_code": account.unit_code or "", "email": account.email or "",
        "areas": "\n".join(f"{level.value}:{code}" for level, code in account.scope.areas),
        "sees_units": " ".join(code for code in account.scope.unit_codes if code not in own_unit),
        "person_code": person.code if person else "",
    }  # fmt: skip
    return _form(account, values, list(account.roles), everything=account.scope.everything, password=password)


def _refused(
    error: GridError, account: Account | None, values: dict[str, str], roles: list[str], *, everything: bool
) -> ResponseReturnValue:
    if errors.wants_problem():
        raise error
    sentence = language.said(error)
    return _form(account, values, roles, everything=everything, sentence=sentence), errors.STATUS[error.code]


def _form(
    account: Account | None, values: dict[str, str], chosen: list[str], *, everything: bool, sentence: str | None = None,
    password: str | None = None,
) -> str:  # fmt: skip
    opened = session()
    browsers = signed_in_store.list_signed_in(opened, account.id, now=now(), idle=asker.IDLE) if account else []
    roles = [role for role in role_store.list_roles(opened) if role.code != add_account.PUBLIC_ROLE]
    return render_template(
        "account.html", city=profile(), account=account, values=values, chosen=chosen, everything=everything, sentence=sentence,
        password=password, roles=roles, browsers=browsers, units=step_store.list_units(opened), saved="saved" in request.args,
    )  # fmt: skip


def _cells(account: Account) -> tuple[object, ...]:
    areas = " ".join(f"{level.value}:{code}" for level, code in account.scope.areas)
    return (
        account.name, account.shown_name, " ".join(account.roles), areas, " ".join(account.scope.unit_codes),
        "yes" if account.scope.everything else "", account.unit_code, account.email, account.created_at, account.last_sign_in_at,
        account.disabled_at,
    )  # fmt: skip
