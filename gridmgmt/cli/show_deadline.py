"""A deadline and its explanation as lines on the screen, in local time."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Iterator

import click

from gridmgmt.cases.deadlines import ClockLine, Deadline
from gridmgmt.catalogue.model import ClassLimit
from gridmgmt.city.calendar import weekday_label
from gridmgmt.cli.calendar import announce_guessed


def print_limit(limit: ClassLimit) -> None:
    """Print the filing condition and its limit."""
    sample = " · 样例，非本市规定 (sample)" if limit.is_sample else ""
    click.echo(f"立案条件 {limit.condition_no}（第 {limit.version} 版）：{limit.filing_condition}")
    click.echo(f"处置时限：{limit.limit.label()}（{limit.limit.label('en')}）{sample} · 依据 {limit.provenance}")


def print_deadline(found: Deadline, zone: zoneinfo.ZoneInfo) -> None:
    """Print an explanation and the due instant, in local time."""
    for line in explain_lines(found.lines, zone):
        click.echo(f"  {line}")
    if found.due is None:
        click.echo(f"暂停中，余 {amount(found.left)} (the clock stands still)")
    else:
        click.echo(f"到期 due: {found.due.astimezone(zone):%Y-%m-%d %H:%M:%S} {weekday_label(found.due.astimezone(zone).date())}")
    announce_guessed(found.guessed_years)


def explain_lines(lines: tuple[ClockLine, ...], zone: zoneinfo.ZoneInfo) -> Iterator[str]:
    """Yield a line for every mark and stretch: from, to, what counted and what was left."""
    for line in lines:
        start = line.start.astimezone(zone)
        when = f"{start:%Y-%m-%d} {weekday_label(start.date())} {start:%H:%M}"
        if line.end is None or line.left is None:
            yield f"{when}  ● {line.zh} ({line.en})"
            continue
        end = line.end.astimezone(zone)
        until = f"{end:%H:%M}" if end.date() == start.date() else f"{end:%m-%d %H:%M}"
        counted = f"计 {amount(line.counted)}，余 {amount(line.left)}" if line.counted else "不计"
        yield f"{when} – {until}  {line.zh} ({line.en})：{counted}"


def amount(time: datetime.timedelta) -> str:
    """Return hours and minutes, seconds where there are any."""
    minutes, seconds = divmod(int(time.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} 小时" + (f" {minutes} 分" if minutes else "") + (f" {seconds} 秒" if seconds else "")
