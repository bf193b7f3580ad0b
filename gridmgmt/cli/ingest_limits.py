"""``gridmgmt ingest limits``: filing conditions, handling limits and closing conditions of classes."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from gridmgmt.city import store as city_store
from gridmgmt.cli.ingest_list import read_list, refuse_rows
from gridmgmt.cli.ingest_options import DAY, as_day
from gridmgmt.cli.language import say
from gridmgmt.cli.session import city_today, transaction
from gridmgmt.cli.show_plan import say_dry_run, say_unchanged
from gridmgmt.ingest.limit_rows import LAYER, REQUIRED, WANTED, LimitPlan, commit_limits, plan_limits, refusals
from gridmgmt.ingest.store import lock_imports

MOST_LINES = 12


@click.command("limits")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--from", "first_day", type=DAY, help="First day of what is new, where the file does not say; today otherwise.")
@click.option("--standard", help="Standard of the class codes, where the file does not say; the city's otherwise.")
@click.option("--replace", is_flag=True, help="Conditions of the file's standards that it does not list end.")
@click.option("--map", "maps", multiple=True, metavar="FIELD=HEADER", help=f"Column of a field; fields: {', '.join(WANTED)}.")
@click.option("--encoding", help="Encoding of a CSV; guessed and said otherwise.")
@click.option("--sheet", help="Sheet of a workbook with several.")
@click.option("--commit", is_flag=True, help="Write; without it nothing is changed.")
def limits(
    file: Path, first_day: datetime.datetime | None, standard: str | None, replace: bool, maps: tuple[str, ...], encoding: str | None,
    sheet: str | None, commit: bool,
) -> None:  # fmt: skip
    """Import handling limits from FILE (CSV or XLSX); a change is a new version, cases already filed keep theirs."""
    with transaction() as session:
        profile = city_store.get_profile(session)
        if commit:
            lock_imports(session)
        table = read_list(session, file, layer=LAYER, wanted=WANTED, required=REQUIRED, maps=maps, sheet=sheet, encoding=encoding)
        today = city_today(profile)
        starts_on = as_day(first_day) or today
        plan = plan_limits(session, table, standard=standard or profile.catalogue_standard, starts_on=starts_on, replace=replace)
        _show(plan)
        refuse_rows(table, refusals(plan))
        if commit:
            if commit_limits(session, plan, file):
                say("已写入", "written")
            else:
                say_unchanged()
        else:
            session.rollback()
            say_dry_run()


def _show(plan: LimitPlan) -> None:
    counts = f"新增 added {len(plan.added)}, 新版本 new versions {len(plan.changed)}, 终止 ended {len(plan.ended)}, 不变 unchanged {plan.unchanged}"
    click.echo(f"处置时限 limits: {counts}")
    samples = sum(limit.is_sample for limit in (*plan.added, *(new for _, new in plan.changed)))
    if samples:
        click.echo(f"其中样例 {samples} 条，非本市规定 ({samples} are samples, not this city's rules)")
    lines = [f"+ {limit.class_code}/{limit.condition_no} {limit.limit.label()} · {limit.filing_condition}" for limit in plan.added]
    lines += [
        f"~ {new.class_code}/{new.condition_no} {old.limit.label()} → {new.limit.label()} 自 {new.valid_from} 起 (version {new.version})"
        for old, new in plan.changed
    ]
    lines += [f"- {limit.class_code}/{limit.condition_no} {limit.filing_condition}" for limit in plan.ended]
    for line in lines[:MOST_LINES]:
        click.echo(f"  {line}")
    if len(lines) > MOST_LINES:
        click.echo(f"  … 另有 {len(lines) - MOST_LINES} 项 (and more)")
