"""``gridmgmt hierarchy``: editions, areas and their history, differences, checks, assessment units."""

from __future__ import annotations

import datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.city.model import Level
from gridmgmt.cli.ingest_options import DAY, as_day
from gridmgmt.cli.language import label, say, tr
from gridmgmt.cli.session import transaction
from gridmgmt.cli.show_plan import say_dry_run, show_differences, show_faults, show_report
from gridmgmt.errors import NotFoundError
from gridmgmt.hierarchy import assessment_store, edition_store, store
from gridmgmt.hierarchy.diff import Difference, compare_areas
from gridmgmt.hierarchy.model import Area, BoundaryEdition
from gridmgmt.ingest.assessment_units import FIELDS, REQUIRED, to_memberships
from gridmgmt.ingest.check_stored import check_stored_level
from gridmgmt.ingest.checks_shapes import Tolerance
from gridmgmt.ingest.mapping import apply_mapping, choose_mapping, parse_map_flags
from gridmgmt.ingest.read_layer import read_layer


@click.group()
def hierarchy() -> None:
    """Look at areas, editions and their history."""


@hierarchy.command()
def editions() -> None:
    """List the boundary editions and how many areas each level has."""
    with transaction() as session:
        for edition in store.list_editions(session):
            counts = store.count_areas(session, on=edition.valid_from)
            areas = ", ".join(f"{label(level)} {count}" for level, count in counts.items())
            click.echo(f"{edition.id}  {edition.name}  {_days(edition.valid_from, edition.valid_to)}  {areas}")


@hierarchy.command()
@click.argument("code")
def show(code: str) -> None:
    """Say what an area is and was."""
    with transaction() as session:
        history = store.list_history(session, code)
        if not history:
            message = f"no area has or had the code {code}"
            raise NotFoundError(message, zh=f"没有编码为 {code} 的区域")
        for area in history:
            click.echo(_area_line(area))
            retired = edition_store.list_retired_codes(session, area.level).get(code)
            if retired and area is history[-1]:
                heir = retired.successor_code
                zh, en = (f"，由 {heir} 继任", f", succeeded by {heir}") if heir else ("", "")
                say(f"  停用于 {retired.retired_on}{zh}", f"  retired on {retired.retired_on}{en}")


@hierarchy.command()
@click.argument("edition_a")
@click.argument("edition_b")
def diff(edition_a: str, edition_b: str) -> None:
    """Compare two editions, each named by number, name or first day."""
    with transaction() as session:
        profile = city_store.get_profile(session)
        old, new = _edition(session, edition_a), _edition(session, edition_b)
        differences = [_difference(session, level, old, new) for level in profile.levels]
    show_differences(differences)


@hierarchy.command()
@click.option(
    "--tolerance-m2", type=float, default=Tolerance.area_m2, show_default=True, help="Overlaps and gaps up to this are not mentioned."
)
@click.option("--report", type=click.Path(path_type=Path, file_okay=False), help="Folder of the fault reports, one a level.")
@click.pass_context
def check(ctx: click.Context, tolerance_m2: float, report: Path | None) -> None:
    """Run the checks of an import on what is stored; exit code 1 where something would block."""
    blocked = False
    with transaction() as session:
        profile = city_store.get_profile(session)
        for level in profile.levels:
            count, faults = check_stored_level(session, level, profile, tolerance=Tolerance(tolerance_m2))
            click.echo(f"{label(level)}: {count}")
            blocked |= show_faults(faults, ()) if count else False
            if report:
                show_report(faults, Path(level.value), report, srid=profile.storage_srid)
    ctx.exit(1 if blocked else 0)


@hierarchy.command("assessment-units")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--map", "maps", multiple=True, metavar="FIELD=HEADER", help=f"Column of a field; fields: {', '.join(FIELDS)}.")
@click.option("--encoding", help="Encoding of a CSV; guessed and said otherwise.")
@click.option("--on", type=DAY, help="List the units of this day; today otherwise.")
@click.option("--commit", is_flag=True, help="Write; without it nothing is changed.")
def assessment_units(file: Path | None, maps: tuple[str, ...], encoding: str | None, on: datetime.datetime | None, commit: bool) -> None:
    """Store which street office counts for which assessment unit (FILE), or list them."""
    with transaction() as session:
        if file is not None:
            table = read_layer(file, encoding=encoding)
            headers = [str(header) for header in table.attributes.columns]
            mapping = choose_mapping(headers, wanted=FIELDS, required=REQUIRED, given=parse_map_flags(maps))
            fresh = assessment_store.add_memberships(session, to_memberships(apply_mapping(table, mapping)))
            say(f"新增 {fresh} 条", f"new memberships: {fresh}")
            if not commit:
                session.rollback()
                say_dry_run()
            return
        zone = city_store.get_profile(session).zone
        for entry in assessment_store.list_memberships(session, on=as_day(on) or datetime.datetime.now(zone).date()):
            days = _days(entry.valid_from, entry.valid_to)
            click.echo(f"{entry.unit_code}  {entry.unit_name}  {entry.league or '-'}  {entry.street_office_code}  {days}")


def _difference(session: Session, level: Level, old: BoundaryEdition, new: BoundaryEdition) -> Difference:
    """Compare a level in two editions; what became of a code that ended is what was stored then."""
    ended = edition_store.list_retired_codes(session, level)
    heirs = {code: entry.successor_code for code, entry in ended.items() if entry.successor_code}
    before, after = (store.list_areas(session, level, on=edition.valid_from) for edition in (old, new))
    return compare_areas(level, before, after, declared=heirs)


def _edition(session: Session, named: str) -> BoundaryEdition:
    found = [
        edition for edition in store.list_editions(session) if named in {str(edition.id), edition.name, edition.valid_from.isoformat()}
    ]
    if len(found) != 1:
        message = f"{named!r} names {len(found)} editions; see gridmgmt hierarchy editions"
        raise NotFoundError(message, zh=f"“{named}”对应 {len(found)} 个边界版本；请见 gridmgmt hierarchy editions")
    return found[0]


def _area_line(area: Area) -> str:
    size = f"{area.shape.area:,.0f} m²" if area.shape is not None else tr("无边界", "no shape")
    source = label(area.geometry_source) if area.geometry_source else "-"
    days = _days(area.valid_from, area.valid_to)
    parent = f"{tr('上级', 'parent')} {area.parent_code or '-'}"
    return f"{label(area.level)} {area.code}  {area.name or '-'}  {days}  {parent}  {size}  {source}"


def _days(start: datetime.date, end: datetime.date | None) -> str:
    return f"{start} – {end}" if end else f"{start} –"
