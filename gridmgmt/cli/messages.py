"""``gridmgmt messages list | dead | retry | channels | channel | ladder | rung``: what was told, what could not be sent, where it goes."""

from __future__ import annotations

import datetime
import zoneinfo

import click
from rich.table import Table
from rich.text import Text
from sqlalchemy.orm import Session

from gridmgmt.accounts import account_store
from gridmgmt.city import store as city_store
from gridmgmt.cli import session as door
from gridmgmt.cli.language import label, language, say, tr
from gridmgmt.cli.session import transaction
from gridmgmt.cli.show_plan import console
from gridmgmt.errors import InvalidInputError, NotFoundError
from gridmgmt.labels import in_language
from gridmgmt.messages import channel_store, delivery_store, inbox_store, job_store, ladder_store, outbox_store
from gridmgmt.messages.model import Channel, ChannelKind, DeadLetter, DeliveryState, EscalationRule, Rung, Topic


@click.group()
def messages() -> None:
    """Messages to people and machines (消息): told once, sent by the worker."""


@messages.command("list")
@click.argument("account")
@click.option("--unread", is_flag=True, help="Only what was not read.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
def list_command(account: str, unread: bool, limit: int) -> None:
    """List the inbox of ACCOUNT (a log-in name), newest first."""
    with transaction() as session:
        found = account_store.find_account(session, account)
        if found is None:
            raise NotFoundError(f"there is no account {account}", zh=f"没有账号 {account}")
        lines = inbox_store.list_inbox(session, found.id, unread_only=unread, limit=limit)
        count, zone = inbox_store.count_unread(session, found.id), _zone(session)
    table = Table(*tr("时间 主题 内容 已读", "time topic message read").split(), box=None, pad_edge=False)
    for line in lines:
        sentence = Text(line.message.sentence(language()))
        table.add_row(_when(line.message.created_at, zone), label(line.message.topic), sentence, "✓" if line.read_at else "")
    console().print(table)
    say(f"未读 {count} 条", f"{count} unread")


@messages.command("dead")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def dead_command(limit: int) -> None:
    """List what was given up, with every attempt; the worker's timetable and what waits."""
    with transaction() as session:
        letters, waiting, zone = delivery_store.list_dead(session, limit=limit), delivery_store.count_by_state(session), _zone(session)
        outgoing, timetable = outbox_store.count_outgoing(session), job_store.list_jobs(session)
    for letter in letters:
        _print_letter(letter, zone)
    sent_later, dead = waiting.get(DeliveryState.WAITING, 0), waiting.get(DeliveryState.DEAD, 0)
    say(
        f"待分发 {outgoing} 条，待发送 {sent_later} 条，发送失败 {dead} 条",
        f"{outgoing} in the outbox, {sent_later} waiting to be sent, {dead} given up",
    )
    for job in timetable:
        last = _when(job.last_at, zone) if job.last_at else tr("从未", "never")
        click.echo(f"  {job.name}: {last} {tr('失败 ', 'failed ') if job.failed else ''}{in_language(job.last_words, language())}")


@messages.command("retry")
@click.argument("delivery", type=int, required=False)
@click.option("--all", "everything", is_flag=True, help="Everything that was given up.")
def retry_command(delivery: int | None, everything: bool) -> None:
    """Send DELIVERY again (its number is in ``messages dead``), or everything that was given up."""
    if (delivery is None) != everything:
        raise InvalidInputError("delivery", "name one delivery or --all", zh="请指定一条，或用 --all")
    with transaction() as session:
        count = delivery_store.retry_dead(session, now=datetime.datetime.now(datetime.UTC), delivery_id=delivery)
    say(f"{count} 条将重新发送", f"{count} will be sent again")


@messages.command("channels")
def channels_command() -> None:
    """List the webhooks, and whether their address is set; addresses and secrets are never shown."""
    settings = door.settings()
    with transaction() as session:
        channels = channel_store.list_channels(session)
    headers = tr("编码 类型 名称 主题 单位 每分钟 启用 地址", "code kind name topics unit a_minute enabled address").split()
    table = Table(*headers, box=None, pad_edge=False)
    for channel in channels:
        topics = "、".join(map(label, channel.topics)) or tr("全部", "all")
        known = tr("已设置", "set") if channel.code in settings.webhooks else f"GRIDMGMT_WEBHOOK_{channel.code.upper()}_URL?"
        enabled = "✓" if channel.enabled else ""
        table.add_row(
            channel.code, label(channel.kind), channel.name, topics, channel.unit_code or "", str(channel.per_minute), enabled, known
        )
    console().print(table)
    say(f"电子邮件：{'已设置' if settings.smtp_url else '未设置'}", f"e-mail: {'set' if settings.smtp_url else 'not set'}")


@messages.command("channel")
@click.argument("code")
@click.option("--kind", type=click.Choice([kind.value for kind in ChannelKind]), default=ChannelKind.GENERIC.value, show_default=True)
@click.option("--name", default="", help="What people call it.")
@click.option("--topic", "topics", multiple=True, type=click.Choice([topic.value for topic in Topic]), help="Only these; all otherwise.")
@click.option("--unit", "unit_code", help="Only what is told to this unit.")
@click.option("--per-minute", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--disabled", is_flag=True, help="Keep it, send nothing.")
@click.option("--remove", is_flag=True, help="Delete it with what waits for it.")
def channel_command(
    code: str, kind: str, name: str, topics: tuple[str, ...], unit_code: str | None, per_minute: int, disabled: bool, remove: bool
) -> None:
    """Set up the webhook CODE; its address and secret are GRIDMGMT_WEBHOOK_<CODE>_URL and …_SECRET where the worker runs."""
    if not code.isidentifier() or not code.isascii() or code != code.lower() or code.startswith("_"):
        raise InvalidInputError("code", f"{code!r} is not lower-case letters, digits and _", zh=f"{code!r} 只能含小写字母、数字和 _")
    with transaction() as session:
        if remove:
            gone = channel_store.remove_channel(session, code)
            say("已删除" if gone else "没有该通道", "removed" if gone else "there is no such channel")
            return
        topics_of = tuple(map(Topic, topics))
        channel_store.put_channel(session, Channel(code, ChannelKind(kind), name or code, topics_of, unit_code, per_minute, not disabled))
    say(f"通道 {code} 已保存", f"channel {code} is stored")


@messages.command("ladder")
def ladder_command() -> None:
    """List who is told when a case is due soon or overdue."""
    with transaction() as session:
        rules = ladder_store.list_rules(session)
    for rule in rules:
        minutes = rule.after_minutes
        when = (
            tr(f"到期后 {minutes} 分钟", f"{minutes} minutes after")
            if minutes >= 0
            else tr(f"到期前 {-minutes} 分钟", f"{-minutes} minutes before")
        )
        only = f" ({rule.class_code})" if rule.class_code else ""
        click.echo(f"{rule.code}: {when} → {label(rule.tells)}{only}")


@messages.command("rung")
@click.argument("code")
@click.option("--after-minutes", type=int, default=0, show_default=True, help="Minutes after a case is due; negative: before.")
@click.option("--tells", type=click.Choice([rung.value for rung in Rung]), default=Rung.DISPATCHER.value, show_default=True)
@click.option("--class", "class_code", help="For cases of one class, which then has only rungs of its own.")
@click.option("--remove", is_flag=True, help="Delete it.")
def rung_command(code: str, after_minutes: int, tells: str, class_code: str | None, remove: bool) -> None:
    """Set up the rung CODE of the ladder."""
    with transaction() as session:
        if remove:
            ladder_store.remove_rule(session, code)
        else:
            ladder_store.put_rule(session, EscalationRule(code, after_minutes, Rung(tells), class_code))
    say(f"{code} 已删除" if remove else f"{code} 已保存", f"{code} is removed" if remove else f"{code} is stored")


def _print_letter(letter: DeadLetter, zone: zoneinfo.ZoneInfo) -> None:
    entry = letter.delivery
    where = entry.channel.name if entry.channel else entry.email or ""
    click.echo(f"{entry.id} → {where}: {entry.message.sentence(language())}")
    for attempt in letter.attempts:
        click.echo(f"    {attempt.number}. {_when(attempt.at, zone)} {label(attempt.state)} {attempt.words}")


def _zone(session: Session) -> zoneinfo.ZoneInfo:
    return city_store.get_profile(session).zone


def _when(moment: datetime.datetime, zone: zoneinfo.ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"
