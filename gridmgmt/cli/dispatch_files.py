"""``gridmgmt dispatch import | export | activate | dry-run``: sets of rules as files, tried out before they are put in force."""

from __future__ import annotations

import csv
import datetime
import zoneinfo
from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import EVERYWHERE
from gridmgmt.city import store as city_store
from gridmgmt.cli.ingest_list import read_list, refuse_rows
from gridmgmt.cli.language import say, tr
from gridmgmt.cli.session import transaction
from gridmgmt.cli.show_plan import console, say_dry_run
from gridmgmt.csv_cells import safe_cells
from gridmgmt.dispatch import edit, rule_store
from gridmgmt.dispatch.dry_run import DryRun, month_before, month_of, run_dry
from gridmgmt.dispatch.edit import Edit
from gridmgmt.dispatch.model import DispatchRule
from gridmgmt.dispatch.read_rule import FIELDS, load_known, read_rules, write_rule
from gridmgmt.errors import InvalidInputError, NotFoundError
from gridmgmt.ingest.aliases import column_name
from gridmgmt.ingest.table_values import text_rows

LAYER = "dispatch"
REQUIRED = ("rule_name", "unit_code")
FILE = click.Path(path_type=Path, dir_okay=False)
INSTANT = click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"])
MOST_FLOWS = 30


@click.command("import")
@click.argument("file", type=FILE)
@click.option("--name", help="Name of the draft; that of the file otherwise.")
@click.option("--actor", default="operator", show_default=True, help="Who makes it.")
@click.option("--reason", default="导入", show_default=True, help="Why.")
@click.option("--map", "maps", multiple=True, metavar="FIELD=HEADER", help=f"Column of a field; fields: {', '.join(FIELDS)}.")
@click.option("--encoding", help="Encoding of a CSV; guessed and said otherwise.")
@click.option("--sheet", help="Sheet of a workbook with several.")
@click.option("--commit", is_flag=True, help="Write a draft; without it nothing is changed.")
def import_command(
    file: Path, name: str | None, actor: str, reason: str, maps: tuple[str, ...], encoding: str | None, sheet: str | None, commit: bool
) -> None:
    """Read rules from FILE (CSV or XLSX) into a new draft; all or nothing, faults by row and field."""
    with transaction() as session:
        rules = _read(session, file, maps=maps, encoding=encoding, sheet=sheet)
        say(f"{len(rules)} 条规则", f"{len(rules)} rules")
        if commit:
            made = edit.open_draft(session, name or file.stem, Edit(actor, _now(), reason), rules=rules)
            say(f"已写入草稿 {made.id}“{made.name}”", f"written as draft {made.id} {made.name!r}")
        else:
            session.rollback()
            say_dry_run()


@click.command("export")
@click.argument("file", type=FILE)
@click.option("--set", "set_id", type=int, help="Which set; the one in force unless told.")
def export_command(file: Path, set_id: int | None) -> None:
    """Write the rules of a set to FILE (CSV), as import reads them."""
    with transaction() as session:
        rules = rule_store.list_rules(session, _set_id(session, set_id))
    with file.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow([column_name(field) for field in FIELDS])
        writer.writerows(safe_cells(write_rule(rule)[field] for field in FIELDS) for rule in rules)
    say(f"已写入 {file}（{len(rules)} 条）", f"{len(rules)} rules written to {file}")


@click.command("activate")
@click.argument("set_id", type=int)
@click.option("--from", "since", type=INSTANT, help="From when on the city's clock; at once unless told.")
@click.option("--actor", default="operator", show_default=True, help="Who does it.")
@click.option("--reason", required=True, help="Why.")
def activate_command(set_id: int, since: datetime.datetime | None, actor: str, reason: str) -> None:
    """Put a draft in force; the rules that held until then end."""
    with transaction() as session:
        zone = city_store.get_profile(session).zone
        start = since.replace(tzinfo=zone) if since else None
        done = edit.put_in_force(session, set_id, Edit(actor, _now(), reason), since=start)
        from_when = f"{done.in_force_from.astimezone(zone):%Y-%m-%d %H:%M}" if done.in_force_from else ""
    say(f"“{done.name}”自 {from_when} 起生效", f"{done.name!r} is in force from {from_when}")


@click.command("dry-run")
@click.argument("file", type=FILE, required=False)
@click.option("--set", "set_id", type=int, help="A stored set instead of a FILE.")
@click.option("--month", metavar="YYYY-MM", help="Over the cases of this month; last month's unless told.")
@click.option("--against", type=click.Choice(["rules", "people"]), help="Compare with the rules in force or with what people did.")
@click.option("--list", "listing", type=FILE, help="Write every case that would move to this CSV.")
def dry_run_command(file: Path | None, set_id: int | None, month: str | None, against: str | None, listing: Path | None) -> None:
    """Say how a month's cases would move if the rules of FILE, or of a set, had been in force."""
    if (file is None) == (set_id is None):
        raise InvalidInputError("file", "name either a file or --set", zh="请指定文件或 --set（二选一）")
    with transaction() as session:
        zone = city_store.get_profile(session).zone
        after = _read(session, file) if file else rule_store.list_rules(session, _set_id(session, set_id))
        current = rule_store.find_in_force(session, _now())
        before = rule_store.list_rules(session, current.id) if current and against != "people" else None
        moved: list[tuple[str, ...]] = []
        span = _month(month, zone) if month else month_before(_now().astimezone(zone).date(), zone)
        done = run_dry(
            session, EVERYWHERE, after, before, month=span,
            on_moved=lambda case: moved.append((case.case_no, case.class_code or "", case.before, case.after, case.sent_to or "")),
        )  # fmt: skip
        session.rollback()
    _show(done, by_rules=before is not None)
    if listing is not None:
        with listing.open("w", encoding="utf-8-sig", newline="") as opened:
            head = tr("案卷号 类别 原派往 将派往 实际派往", "case class before after sent_to").split()
            csv.writer(opened).writerows([head, *map(safe_cells, moved)])
        say(f"明细见 {listing}", f"the list: {listing}")


def _show(done: DryRun, *, by_rules: bool) -> None:
    base = tr("按现行规则", "the rules in force") if by_rules else tr("按实际派遣", "what people did")
    span = f"{done.since:%Y-%m-%d} – {done.until:%Y-%m-%d}"
    say(
        f"{span} 共 {done.cases} 件，对照{base}，{done.moved} 件改变去向",
        f"{span}: {done.cases} cases against {base}, {done.moved} would move",
    )
    table = Table(*tr("原派往 将派往 件数", "before after cases").split(), box=None, pad_edge=False)
    for was, becomes, count in done.flows[:MOST_FLOWS]:
        table.add_row(Text(f"{was} {done.units.get(was, '')}"), Text(f"{becomes} {done.units.get(becomes, '')}"), str(count))
    if done.flows:
        console().print(table)
    if len(done.flows) > MOST_FLOWS:
        say(f"… 另有 {len(done.flows) - MOST_FLOWS} 种流向", f"… and {len(done.flows) - MOST_FLOWS} more")


def _read(
    session: Session, file: Path, *, maps: Sequence[str] = (), encoding: str | None = None, sheet: str | None = None
) -> list[DispatchRule]:
    table = read_list(session, file, layer=LAYER, wanted=FIELDS, required=REQUIRED, maps=maps, sheet=sheet, encoding=encoding)
    rows = list(text_rows(table))
    zone = city_store.get_profile(session).zone
    rules, refused = read_rules(rows, load_known(session, [row for _, row in rows], on=_now().astimezone(zone).date()))
    refuse_rows(table, refused)
    return rules


def _set_id(session: Session, set_id: int | None) -> int:
    if set_id is not None:
        return edit.get_rule_set(session, set_id).id
    current = rule_store.find_in_force(session, _now())
    if current is None:
        raise NotFoundError("no set of rules is in force", zh="没有生效的规则集")
    return current.id


def _month(month: str, zone: zoneinfo.ZoneInfo) -> tuple[datetime.datetime, datetime.datetime]:
    try:
        first = datetime.datetime.strptime(month, "%Y-%m")
    except ValueError:
        raise InvalidInputError("month", f"{month!r} is not a month such as 2026-10", zh=f"{month} 不是月份（例：2026-10）") from None
    return month_of(first.year, first.month, zone)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
