"""``gridmgmt cases reassign``: what boundaries, zones and appointments of a day change for open cases, and writing it."""

from __future__ import annotations

import csv
import datetime
import itertools
import json
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text
from sqlalchemy.orm import Session

from gridmgmt import crs
from gridmgmt.cases.reassign import list_reassignments, reassign_batch
from gridmgmt.cases.reassign_store import COMPARED, Reassigned
from gridmgmt.city import store as city_store
from gridmgmt.cli.ingest_options import DAY, as_day
from gridmgmt.cli.language import label, say, tr
from gridmgmt.cli.session import transaction
from gridmgmt.cli.show_plan import console, say_dry_run
from gridmgmt.csv_cells import safe_cells
from gridmgmt.dispatch.reassigned import units_by_rules
from gridmgmt.errors import InvalidInputError, NotFoundError
from gridmgmt.hierarchy import store as hierarchy_store
from gridmgmt.responsibility.model import Basis

MOST_LINES = 20
FILE = click.Path(path_type=Path, dir_okay=False)
TITLES: Mapping[str, tuple[str, str]] = {
    "basis": ("依据", "basis"), "district_code": ("区", "district"), "street_office_code": ("街道", "street office"),
    "community_code": ("社区", "community"), "unit_grid_code": ("单元网格", "unit grid"), "segment_code": ("路段", "segment"),
    "zone_code": ("责任区", "zone"), "person_id": ("路长", "road chief"), "unit": ("建议单位", "unit by rules"),
}  # fmt: skip


@click.command("reassign")
@click.option("--on", "day", type=DAY, help="The day whose boundaries, zones and appointments count; today unless told.")
@click.option("--edition", help="The first day of this boundary edition (by name), or today when it is in force already.")
@click.option("--csv", "table", type=FILE, help="Write every change to this CSV.")
@click.option("--geojson", type=FILE, help="Write every change to this GeoJSON (EPSG:4326).")
@click.option("--actor", default="operator", show_default=True, help="Who does it.")
@click.option("--reason", help="Why; the day otherwise.")
@click.option("--commit", is_flag=True, help="Write; without it nothing is changed.")
def reassign_command(
    day: datetime.datetime | None, edition: str | None, table: Path | None, geojson: Path | None, actor: str, reason: str | None,
    commit: bool,
) -> None:  # fmt: skip
    """List what would change for open cases, by old and new grid, zone, road chief and unit; --commit writes a step for each.

    What people set by hand stays. Running it again changes nothing.
    """
    with transaction() as session:
        profile = city_store.get_profile(session)
        today = datetime.datetime.now(zoneinfo.ZoneInfo(profile.time_zone)).date()
        on = _day(session, as_day(day), edition, today)
        if commit and on > today:
            raise InvalidInputError("on", f"{on} has not come yet; list now, commit on the day", zh=f"{on} 尚未到来，届时再写入")
        changes, looked_at = _list(session, on)
        storage = f"epsg:{profile.storage_srid}"
        session.rollback()
    _show(changes, looked_at, on)
    if table is not None:
        _write_csv(table, changes)
    if geojson is not None:
        _write_geojson(geojson, changes, storage)
    if not commit:
        say_dry_run()
        return
    written = _commit(on, actor, reason or tr(f"按 {on} 的边界与任职重新归属", f"assigned anew as of {on}"))
    say(f"已改 {written} 件", f"{written} cases changed")


def _list(session: Session, on: datetime.date) -> tuple[list[tuple[Reassigned, tuple[str, str]]], int]:
    """Return what would change, each with the units that the rules of dispatch name before and after, and how many were looked at."""
    found: list[tuple[Reassigned, tuple[str, str]]] = []
    looked_at = 0
    for batch in list_reassignments(session, on=on):
        looked_at += batch.looked_at
        found += zip(batch.changes, units_by_rules(session, batch.changes, at=datetime.datetime.now(datetime.UTC)), strict=True)
    return found, looked_at


def _commit(on: datetime.date, actor: str, reason: str) -> int:
    """Write batch after batch, each in a transaction of its own, so that nobody waits long and a broken run goes on where it stopped."""
    after = written = 0
    while True:
        with transaction() as session:
            batch = reassign_batch(session, after, on=on, now=datetime.datetime.now(datetime.UTC), actor=actor, reason=reason)
        if batch is None:
            return written
        after, written = batch.last_id, written + batch.written


def _day(session: Session, day: datetime.date | None, edition: str | None, today: datetime.date) -> datetime.date:
    if day is not None and edition is not None:
        raise InvalidInputError("edition", "name either a day or an edition", zh="日期与边界版本只能指定一个")
    if edition is None:
        return day or today
    known = {each.name: each for each in hierarchy_store.list_editions(session)}
    if edition not in known:
        names = ", ".join(known)
        raise NotFoundError(f"there is no edition {edition!r}; there are: {names}", zh=f"没有边界版本“{edition}”；现有：{names}")
    chosen = known[edition]
    if chosen.valid_to is not None and chosen.valid_to <= today:
        raise InvalidInputError("edition", f"{edition} ended on {chosen.valid_to}", zh=f"“{edition}”已于 {chosen.valid_to} 失效")
    return max(chosen.valid_from, today)


def _show(changes: Sequence[tuple[Reassigned, tuple[str, str]]], looked_at: int, on: datetime.date) -> None:
    kept = sum(change.kept for change, _ in changes)
    say(
        f"{on}：在办 {looked_at} 件，{len(changes) - kept} 件归属有变，另有 {kept} 件为人工指定，保持不变",
        f"{on}: {looked_at} open cases, {len(changes) - kept} change hands, {kept} more were set by hand and stay",
    )
    if not changes:
        return
    table = Table(*tr("案卷号 状态 变化 人工指定", "case state change by_hand").split(), box=None, pad_edge=False)
    for change, units in changes[:MOST_LINES]:
        lines = [f"{title} {old or '—'} → {new or '—'}" for title, old, new in _differences(change, units)]
        table.add_row(change.case_no, label(change.state), Text("; ".join(lines)), tr("是", "yes") if change.kept else "")
    console().print(table)
    if len(changes) > MOST_LINES:
        say(f"… 另有 {len(changes) - MOST_LINES} 件，见 --csv", f"… and {len(changes) - MOST_LINES} more, see --csv")


def _differences(change: Reassigned, units: tuple[str, str]) -> Iterator[tuple[str, str | None, str | None]]:
    for name in change.changed:
        old, new = _shown(change, name)
        yield _title(name), old, new
    if units[0] != units[1]:
        yield _title("unit"), *units


def _title(name: str) -> str:

    return tr(*TITLES[name])


def _shown(change: Reassigned, name: str) -> tuple[str | None, str | None]:
    if name == "person_id":
        return change.chief_before, change.chief_after
    old, new = change.before[name], change.after[name]
    return (label(Basis(old)), label(Basis(new))) if name == "basis" else (old, new)


def _write_csv(path: Path, changes: Sequence[tuple[Reassigned, tuple[str, str]]]) -> None:
    sides = (tr("原", "old"), tr("新", "new"))
    names = (*COMPARED, "unit")
    head = [tr("案卷号", "case"), tr("状态", "state"), tr("承办单位", "unit"), tr("人工指定", "set by hand")]
    with path.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow([*head, *(f"{side} {_title(name)}" for name in names for side in sides)])
        for change, units in changes:
            cells = itertools.chain.from_iterable((*(_shown(change, name) for name in COMPARED), units))
            first = (change.case_no, label(change.state), change.unit_code or "", tr("是", "yes") if change.kept else "")
            writer.writerow(safe_cells([*first, *(cell or "" for cell in cells)]))
    say(f"已写入 {path}", f"written to {path}")


def _write_geojson(path: Path, changes: Sequence[tuple[Reassigned, tuple[str, str]]], storage: str) -> None:
    features = []
    lons, lats = crs.crs_to_crs([change.x for change, _ in changes], [change.y for change, _ in changes], storage, crs.WGS84)
    for (change, units), lon, lat in zip(changes, lons, lats, strict=True):
        properties: dict[str, Any] = {"case_no": change.case_no, "state": change.state.value, "set_by_hand": change.kept}
        for name in (*COMPARED, "unit"):
            old, new = units if name == "unit" else _shown(change, name)
            properties |= {f"old_{name}": old, f"new_{name}": new}
        geometry = {"type": "Point", "coordinates": [round(float(lon), 7), round(float(lat), 7)]}
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding="utf-8")
    say(f"已写入 {path}", f"written to {path}")
