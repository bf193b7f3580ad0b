"""``gridmgmt account role``: roles are sets of permissions, kept as data."""

from __future__ import annotations

import getpass
from pathlib import Path

import click
from rich.table import Table

from gridmgmt.accounts import change_account, role_store
from gridmgmt.accounts.change_account import By
from gridmgmt.accounts.permission import Permission
from gridmgmt.accounts.read_roles import read_roles
from gridmgmt.cli.language import label, language, say, tr
from gridmgmt.cli.session import transaction
from gridmgmt.cli.show_plan import console
from gridmgmt.errors import NotFoundError


@click.group()
def role() -> None:
    """Roles (角色) and the permissions they hold."""


@role.command("list")
def list_command() -> None:
    """List the roles, how many people have them and what they may do."""
    with transaction() as session:
        roles = [(each, role_store.count_holders(session, each.code)) for each in role_store.list_roles(session)]
    table = Table(tr("角色", "role"), tr("名称", "name"), tr("人数", "people"), tr("权限", "permissions"))
    for each, holders in roles:
        table.add_row(each.code, each.label(language()), str(holders), ", ".join(sorted(each.permissions)))
    console().print(table)


@role.command("permissions")
def permissions_command() -> None:
    """List every permission there is."""
    for permission in Permission:
        click.echo(f"{permission.value:<28}{label(permission)}")


@role.command("set")
@click.argument("code")
@click.option("--zh", help="Its Chinese name; a new role needs one.")
@click.option("--en", help="Its English name; a new role needs one.")
@click.option("--permission", "permissions", multiple=True, help="Exactly these permissions; repeatable.")
@click.option("--add", "added", multiple=True, help="These as well; repeatable.")
@click.option("--remove", "removed", multiple=True, help="Without these; repeatable.")
def set_command(
    code: str, zh: str | None, en: str | None, permissions: tuple[str, ...], added: tuple[str, ...], removed: tuple[str, ...]
) -> None:
    """Make a role, or change one."""
    with transaction() as session:
        known = role_store.find_role(session, code)
        wanted = set(permissions) if permissions else set(known.permissions if known else ())
        names = (zh or (known.zh if known else ""), en or (known.en if known else ""))
        put = change_account.put_role(session, code, *names, sorted((wanted | set(added)) - set(removed)), by=_by())
    say(f"角色 {code}：{len(put.permissions)} 项权限", f"role {code}: {len(put.permissions)} permissions")


@role.command("load")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
def load_command(path: Path | None) -> None:
    """Store the roles of a TOML file over those of the same codes; without a file, those every new city starts with."""
    roles = read_roles(path) if path else read_roles()
    with transaction() as session:
        for each in roles:
            change_account.put_role(session, each.code, each.zh, each.en, sorted(each.permissions), by=_by())
    say(f"已载入 {len(roles)} 个角色", f"{len(roles)} roles loaded")


@role.command("remove")
@click.argument("code")
def remove_command(code: str) -> None:
    """Delete a role that nobody has."""
    with transaction() as session:
        if role_store.find_role(session, code) is None:
            raise NotFoundError(f"there is no role {code}", zh=f"没有角色 {code}")
        change_account.remove_role(session, code, by=_by())
    say(f"角色 {code} 已删除", f"role {code} is deleted")


def _by() -> By:
    return By(f"operator:{getpass.getuser()}", channel="command")
