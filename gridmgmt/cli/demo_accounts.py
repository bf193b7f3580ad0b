"""``gridmgmt demo accounts``: an account for every role of the demo city, its password, and where to start as whom."""

from __future__ import annotations

import datetime
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from gridmgmt.cli.language import language, say, tr
from gridmgmt.cli.session import transaction, var_dir
from gridmgmt.cli.show_plan import console
from gridmgmt.demo.accounts import DemoPerson, list_people, make_accounts

PUBLIC = (("市民", "Public", "/report", "不用登录：上报、凭编号查询、评价", "No account: report, follow by number, say whether satisfied"),)


@click.command("accounts")
def accounts_command() -> None:
    """Make what is missing, and print every account with its password and where it starts.

    Passwords are made here and stored hashed; var/demo_accounts.json (readable by you alone) keeps them to be printed again.
    """
    path = var_dir() / "demo_accounts.json"
    with transaction() as session:
        passwords = make_accounts(session, _read(path), now=datetime.datetime.now(datetime.UTC))
        people = list_people(session)
    _write(path, passwords)
    _show(people, passwords)
    say(f"密码另存于 {path}（仅本机当前用户可读）；仅供演示", f"the passwords are in {path} too (readable by you alone); for the demo only")


def _show(people: list[DemoPerson], passwords: Mapping[str, str]) -> None:
    table = Table(*tr("角色 登录名 密码 从哪里开始 做什么", "role log-in password start what").split(), box=None, pad_edge=False)
    word = language()
    for person in people:
        start = person.start
        post, what = (start.zh_post, start.zh) if word == "zh" else (start.en_post, start.en)
        table.add_row(Text(post), person.name, Text(passwords.get(person.name, "—")), start.path, Text(what))
    for zh, en, path, zh_what, en_what in PUBLIC:
        table.add_row(tr(zh, en), "—", "—", path, tr(zh_what, en_what))
    console().print(table)


def _read(path: Path) -> dict[str, str]:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(password) for name, password in held.items()} if isinstance(held, dict) else {}


def _write(path: Path, passwords: Mapping[str, str]) -> None:
    """Write the file whole or not at all; nobody else may read it at any moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        json.dump(dict(passwords), opened, ensure_ascii=False, indent=1)
    draft.replace(path)
