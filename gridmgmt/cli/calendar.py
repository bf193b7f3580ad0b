"""``gridmgmt calendar show | import | remove | hours``: working days and office hours."""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy.orm import Session

from gridmgmt.cases.refresh_clocks import refresh_clocks
from gridmgmt.city import calendar_store
from gridmgmt.city import store as city_store
from gridmgmt.city.calendar import OfficeHours, WorkingCalendar, parse_windows, weekday_label, windows_text
from gridmgmt.cli.ingest_list import read_list, refuse_rows
from gridmgmt.cli.ingest_options import DAY, as_day
from gridmgmt.cli.language import say
from gridmgmt.cli.session import city_today, transaction
from gridmgmt.cli.show_plan import say_dry_run, say_unchanged
from gridmgmt.ingest.calendar_rows import REQUIRED, WANTED, plan_calendar
from gridmgmt.ingest.store import lock_imports

LAYER = "calendar"
WEEKS = 4


@click.group()
def calendar() -> None:
    """Working days and office hours (工作日历): what counts as working time."""


@calendar.command("show")
@click.option("--from", "first", type=DAY, help="First day; today otherwise.")
@click.option("--to", "last", type=DAY, help=f"Last day; {WEEKS} weeks after the first otherwise.")
@click.option("--agency", help="With the office hours of an agency.")
@click.option("--special", is_flag=True, help="Only days that are not what their weekday says.")
def show_command(first: datetime.datetime | None, last: datetime.datetime | None, agency: str | None, special: bool) -> None:
    """Show day by day what is worked, when, and why."""
    with transaction() as session:
        profile = city_store.get_profile(session)
        known = calendar_store.load_calendar(session, agency)
    since = as_day(first) or city_today(profile)
    until = as_day(last) or since + datetime.timedelta(weeks=WEEKS)
    guessed = set()
    for day in (since + datetime.timedelta(days=number) for number in range((until - since).days + 1)):
        verdict = known.judge_day(day)
        guessed |= {day.year} if verdict.guessed else set()
        if not (special and verdict.by_weekday):
            click.echo(_day_line(known, day))
    announce_guessed(sorted(guessed))


@calendar.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--map", "maps", multiple=True, metavar="FIELD=HEADER", help=f"Column of a field; fields: {', '.join(WANTED)}.")
@click.option("--encoding", help="Encoding of a CSV; guessed and said otherwise.")
@click.option("--sheet", help="Sheet of a workbook with several.")
@click.option("--commit", is_flag=True, help="Write; without it nothing is changed.")
def import_command(file: Path, maps: tuple[str, ...], encoding: str | None, sheet: str | None, commit: bool) -> None:
    """Import holidays (休) and make-up working days (班) from FILE; they win over what is published."""
    with transaction() as session:
        city_store.get_profile(session)
        if commit:
            lock_imports(session)
        table = read_list(session, file, layer=LAYER, wanted=WANTED, required=REQUIRED, maps=maps, sheet=sheet, encoding=encoding)
        plan = plan_calendar(session, table)
        click.echo(f"工作日历 days: 新增 added {len(plan.added)}, 变更 changed {len(plan.changed)}, 不变 unchanged {plan.unchanged}")
        refuse_rows(table, plan.refused)
        if not commit:
            session.rollback()
            say_dry_run()
            return
        calendar_store.save_days(session, [*plan.added, *plan.changed])
        _refresh(session)
    if plan.added or plan.changed:
        say("已写入", "written")
    else:
        say_unchanged()


@calendar.command("remove")
@click.argument("days", nargs=-1, required=True, type=DAY)
def remove_command(days: Sequence[datetime.datetime]) -> None:
    """Take DAYS out of the table: they are what is published again."""
    with transaction() as session:
        removed = calendar_store.remove_days(session, [day.date() for day in days])
        _refresh(session)
    click.echo(f"已移除 {removed} 天 ({removed} of {len(days)} removed)")


@calendar.command("hours")
@click.argument("windows", required=False)
@click.option("--agency", help="Only for this agency; for the whole city otherwise.")
@click.option("--from", "first", type=DAY, help="First day of these hours; needed to set them.")
def hours_command(windows: str | None, agency: str | None, first: datetime.datetime | None) -> None:
    """Show office hours, or set WINDOWS such as 08:30-12:00,14:30-18:00 from a day on."""
    with transaction() as session:
        city_store.get_profile(session)
        if windows is not None:
            if first is None:
                raise click.UsageError("say from which day on: --from 2026-06-01")
            calendar_store.set_office_hours(session, OfficeHours(parse_windows(windows), agency, first.date()))
            _refresh(session)
        known = calendar_store.list_office_hours(session)
    click.echo(f"全市 · {windows_text(WorkingCalendar(zoneinfo.ZoneInfo('UTC')).windows_on(datetime.date.min))}（默认 default）")
    for entry in known:
        click.echo(f"{entry.agency or '全市'} · {windows_text(entry.windows)} · {entry.valid_from} – {entry.valid_to or ''}")


def announce_guessed(years: Sequence[int]) -> None:
    """Say of years nobody has published that their days are judged by weekday."""
    for year in years:
        click.echo(
            f"注意：{year} 年法定节假日尚未收录，未列入日历表的日子按周一至周五上班计算 "
            f"(the holidays of {year} are not known: days not in the calendar table are judged by weekday)",
            err=True,
        )


def _refresh(session: Session) -> None:
    moved = refresh_clocks(session)
    if moved:
        click.echo(f"{len(moved)} 件在办案卷的到期时间随之变动 (open cases due at another time: {len(moved)})")


def _day_line(known: WorkingCalendar, day: datetime.date) -> str:
    verdict = known.judge_day(day)
    hours = windows_text(known.windows_on(day)) if verdict.working else "—"
    return f"{day} {weekday_label(day)} {'班' if verdict.working else '休'} {verdict.zh} ({verdict.en}) {hours}"
