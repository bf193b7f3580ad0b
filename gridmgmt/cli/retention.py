"""``gridmgmt retention run``: delete personal data whose time is over."""

from __future__ import annotations

import datetime

import click
from sqlalchemy.orm import Session

from gridmgmt.accounts import audit_store
from gridmgmt.cases.retention import Retention, run_retention
from gridmgmt.cli.language import say
from gridmgmt.cli.session import settings, transaction, var_dir
from gridmgmt.cli.show_plan import say_dry_run
from gridmgmt.settings import Settings


@click.group()
def retention() -> None:
    """Personal data whose time is over (个人信息清理)."""


@retention.command("run")
@click.option("--commit", is_flag=True, help="Delete; without it only say what would be deleted.")
@click.option("--contact-days", type=click.IntRange(min=0), help="Days after the end of a case; the setting otherwise.")
def run_command(commit: bool, contact_days: int | None) -> None:
    """Delete how to reach reporters of cases long over, and photos that nothing refers to."""
    chosen = settings()
    with transaction() as session:
        now = datetime.datetime.now(datetime.UTC)
        done = keep_to_retention(session, now, chosen, actor="operator", contact_days=contact_days, commit=commit)
    say(
        f"联系方式 {done.contacts} 条，照片位置与时间 {done.positions} 条，未使用照片 {done.photos} 张，残留文件 {done.files} 个",
        f"{done.contacts} contacts, {done.positions} positions of photos, {done.photos} unused photos, {done.files} stray files",
    )
    if commit:
        say("已删除", "deleted")
    else:
        say_dry_run()


def keep_to_retention(
    session: Session, now: datetime.datetime, chosen: Settings, *, actor: str, contact_days: int | None = None, commit: bool = True
) -> Retention:
    """Delete what is due by the settings, with a line in the audit log when anything was."""
    days = chosen.contact_days if contact_days is None else contact_days
    done = run_retention(
        session, var_dir() / "photos", now=now, contact_days=days, photo_position_days=chosen.photo_position_days, commit=commit
    )
    if commit and any((done.contacts, done.positions, done.photos, done.files)):
        counts = {"contacts": done.contacts, "positions": done.positions, "photos": done.photos, "files": done.files}
        audit_store.note(session, actor, "retention.run", details={**counts, "contact_days": days}, channel="command")
    return done
