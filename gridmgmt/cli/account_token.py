"""``gridmgmt account token``: tokens with which programs ask in a person's name."""

from __future__ import annotations

import datetime
import getpass

import click
from rich.table import Table

from gridmgmt.accounts import make_token, token_store
from gridmgmt.accounts.change_account import By, get_account
from gridmgmt.cli.language import say, tr
from gridmgmt.cli.session import transaction
from gridmgmt.cli.show_plan import console
from gridmgmt.errors import NotFoundError

NAME = click.argument("name")


@click.group()
def token() -> None:
    """Make and end the API tokens (接口令牌) of an account."""


@token.command("add")
@NAME
@click.option("--title", required=True, help="What it is for.")
@click.option("--permission", "permissions", multiple=True, required=True, help="What it may do, of what the account may; repeatable.")
@click.option("--days", type=click.IntRange(1, make_token.LONGEST_DAYS), default=90, show_default=True, help="How long it holds.")
def add_command(name: str, title: str, permissions: tuple[str, ...], days: int) -> None:
    """Make a token and print it, once."""
    with transaction() as session:
        made = make_token.make_token(
            session, get_account(session, name), title, permissions, days=days, now=_now(), by=By(_operator(), channel="command")
        )
    say(f"令牌（只显示这一次）：{made}", f"token, shown this once: {made}")


@token.command("list")
@NAME
def list_command(name: str) -> None:
    """List the tokens of an account."""
    with transaction() as session:
        tokens = token_store.list_tokens(session, get_account(session, name).id)
    table = Table(
        tr("编号", "id"),
        tr("用途", "title"),
        tr("权限", "permissions"),
        tr("到期", "expires"),
        tr("最近使用", "used"),
        tr("撤销", "revoked"),
    )
    for each in tokens:
        used, revoked = (f"{moment:%Y-%m-%d %H:%M}" if moment else "" for moment in (each.used_at, each.revoked_at))
        table.add_row(str(each.id), each.title, ", ".join(each.permissions), f"{each.expires_at:%Y-%m-%d}", used, revoked)
    console().print(table)


@token.command("revoke")
@NAME
@click.argument("token_id", type=int)
def revoke_command(name: str, token_id: int) -> None:
    """End a token at once."""
    with transaction() as session:
        by = By(_operator(), channel="command")
        if not make_token.revoke(session, get_account(session, name), token_id, now=_now(), by=by):
            raise NotFoundError(f"{name} has no token {token_id} in use", zh=f"{name} 没有有效令牌 {token_id}")
    say("已撤销", "revoked")


def _operator() -> str:
    return f"operator:{getpass.getuser()}"


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
