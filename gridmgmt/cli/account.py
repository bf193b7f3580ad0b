"""``gridmgmt account``: people who sign in, what they may do and see."""

from __future__ import annotations

import datetime
import getpass
import sys

import click
from rich.table import Table
from sqlalchemy.orm import Session

from gridmgmt.accounts import account_store, add_account, change_account
from gridmgmt.accounts.change_account import By, get_account
from gridmgmt.accounts.model import Account, NewAccount, Scope
from gridmgmt.accounts.password import make_password
from gridmgmt.cases import step_store
from gridmgmt.city.model import Level
from gridmgmt.cli.account_link import link
from gridmgmt.cli.account_role import role
from gridmgmt.cli.account_token import token
from gridmgmt.cli.language import say, tr
from gridmgmt.cli.session import transaction
from gridmgmt.cli.show_plan import console
from gridmgmt.errors import InvalidInputError

NAME = click.argument("name")
ROLES = click.option("--role", "roles", multiple=True, help="What they may do; repeatable. gridmgmt account role list")
AREAS = click.option(
    "--area", "areas", multiple=True, metavar="LEVEL:CODE", help="What they see, such as street_office:420106001; repeatable."
)
SEES_UNITS = click.option("--sees-unit", "sees", multiple=True, metavar="UNIT", help="A unit whose cases they see; repeatable.")
EVERYTHING = click.option("--everything", is_flag=True, help="They see the whole city.")
GENERATE = click.option("--generate", is_flag=True, help="Make a password and print it, once; asked for otherwise.")


@click.group()
def account() -> None:
    """People who sign in (账号): what they may do, what they see, their passwords and tokens."""


account.add_command(role)
account.add_command(token)
account.add_command(link)


@account.command("add")
@NAME
@click.option("--name", "shown_name", required=True, help="What they are called, such as 张三.")
@ROLES
@AREAS
@SEES_UNITS
@EVERYTHING
@click.option("--unit", help="The handling unit they speak for; they see its cases.")
@click.option("--person", help="Their staff number on the roster of road chiefs.")
@click.option("--email", help="Where messages go.")
@GENERATE
@click.option("--no-password", is_flag=True, help="They sign in through the identity provider only.")
def add_command(
    name: str, shown_name: str, roles: tuple[str, ...], areas: tuple[str, ...], sees: tuple[str, ...], unit: str | None, person: str | None,
    email: str | None, *, everything: bool, generate: bool, no_password: bool,
) -> None:  # fmt: skip
    """Make an account."""
    wanted = NewAccount(name, shown_name, roles, everything, tuple(map(area_of, areas)), sees, person, unit, email)
    password = None if no_password else _password(generate=generate)
    with transaction() as session:
        check_units(session, [*sees, *([unit] if unit else [])])
        change_account.check_areas(session, wanted.areas)
        made = add_account.add_account(session, wanted, password=password, now=_now())
        change_account.note(session, by(), "account.add", made.name, {"roles": list(roles)})
    say(f"已建立账号 {name}", f"account {name} is made")
    _tell_password(password, generate=generate)


@account.command("list")
@click.option("--role", "role_code", help="Only those with a role.")
@click.option("--text", default="", help="Only those with this in a name, the unit or the e-mail address.")
def list_command(role_code: str | None, text: str) -> None:
    """List accounts with their roles and what they see."""
    with transaction() as session:
        accounts = account_store.list_accounts(session, text=text, role=role_code)
    titles = (("登录名", "name"), ("姓名", "shown name"), ("角色", "roles"), ("数据范围", "sees"), ("状态", "status"))
    table = Table(*(tr(*title) for title in titles))
    for each in accounts:
        status = tr("停用", "disabled") if each.disabled_at else tr("启用", "in use")
        table.add_row(each.name, each.shown_name, ", ".join(each.roles), scope_text(each), status)
    console().print(table)


@account.command("roles")
@NAME
@click.argument("roles", nargs=-1, required=True)
def roles_command(name: str, roles: tuple[str, ...]) -> None:
    """Give an account these roles and no others."""
    with transaction() as session:
        change_account.change_roles(session, get_account(session, name), roles, by())
    say(f"{name} 的角色：{'、'.join(roles)}", f"{name} is now {', '.join(roles)}")


@account.command("scope")
@NAME
@AREAS
@SEES_UNITS
@EVERYTHING
def scope_command(name: str, areas: tuple[str, ...], sees: tuple[str, ...], *, everything: bool) -> None:
    """Let an account see these areas and units' cases and nothing else, besides its own unit's and its own reports."""
    with transaction() as session:
        check_units(session, sees)
        found, parts = get_account(session, name), list(map(area_of, areas))
        change_account.change_scope(session, found, everything=everything, areas=parts, unit_codes=sees, by=by())
        told = scope_text(get_account(session, name))
    say(f"{name} 的数据范围：{told or '无'}", f"{name} sees {told or 'nothing'}")


@account.command("password")
@NAME
@GENERATE
def password_command(name: str, *, generate: bool) -> None:
    """Set a password, to be changed at the next sign-in; signs the account out everywhere."""
    with transaction() as session:
        get_account(session, name)
    password = _password(generate=generate)
    with transaction() as session:
        change_account.set_password(session, get_account(session, name), password, now=_now(), by=by(), must_change=True)
    say(f"{name} 的密码已重设，下次登录须修改", f"{name} has a new password, to be changed at the next sign-in")
    _tell_password(password, generate=generate)


@account.command("disable")
@NAME
def disable_command(name: str) -> None:
    """Take an account out of use and sign it out everywhere."""
    with transaction() as session:
        change_account.disable(session, get_account(session, name), now=_now(), by=by())
    say(f"{name} 已停用", f"{name} is disabled")


@account.command("enable")
@NAME
def enable_command(name: str) -> None:
    """Take an account into use again."""
    with transaction() as session:
        change_account.enable(session, get_account(session, name), by=by())
    say(f"{name} 已启用", f"{name} is in use again")


@account.command("unlock")
@NAME
def unlock_command(name: str) -> None:
    """Let somebody sign in again at once after too many failures."""
    with transaction() as session:
        change_account.unlock(session, get_account(session, name), by=by())
    say(f"{name} 已解除锁定", f"{name} may try again")


def by() -> By:
    """Return who types the command."""
    return By(f"operator:{getpass.getuser()}", channel="command")


def area_of(given: str) -> tuple[Level, str]:
    """Return level and code written ``level:code``; raise InvalidInputError."""
    level, _, code = given.partition(":")
    if level not in set(Level) or not code:
        raise InvalidInputError("--area", f"{given!r} is not LEVEL:CODE with one of {', '.join(Level)}", zh=f"“{given}”不是“层级:编码”")
    return Level(level), code


def check_units(session: Session, codes: list[str] | tuple[str, ...]) -> None:
    """Raise InvalidInputError for a handling unit that is not there."""
    for code in codes:
        if step_store.find_unit(session, code) is None:
            raise InvalidInputError("unit", f"there is no unit {code}", zh=f"没有处置单位 {code}")


def scope_text(found: Account) -> str:
    """Return what an account sees in one line."""
    scope: Scope = found.scope
    parts = [tr("全市", "the whole city")] if scope.everything else []
    parts += [f"{level.value}:{code}" for level, code in scope.areas]
    return ", ".join([*parts, *(f"unit {code}" for code in scope.unit_codes)])


def _password(*, generate: bool) -> str:
    if generate:
        return make_password()
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt(tr("密码", "Password"), hide_input=True, confirmation_prompt=True))


def _tell_password(password: str | None, *, generate: bool) -> None:
    if generate and password:
        say(f"密码（只显示这一次）：{password}", f"password, shown this once: {password}")


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
