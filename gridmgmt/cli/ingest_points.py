"""``gridmgmt ingest facilities | catalogue``: registers of facilities, and the catalogue of components and matters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from gridmgmt.catalogue.read_catalogue import read_catalogue
from gridmgmt.city import store as city_store
from gridmgmt.city.model import CityProfile
from gridmgmt.cli.ingest_options import Said, place_options, table_options
from gridmgmt.cli.ingest_source import Source
from gridmgmt.cli.language import label, say, tr
from gridmgmt.cli.session import transaction
from gridmgmt.cli.show_plan import say_dry_run, say_unchanged, show_faults, show_notes, show_report
from gridmgmt.facilities import store as facilities_store
from gridmgmt.facilities.model import FacilityKind
from gridmgmt.ingest.catalogue_rows import CataloguePlan, commit_catalogue, plan_catalogue
from gridmgmt.ingest.commit_areas import Provenance
from gridmgmt.ingest.commit_facilities import commit_facilities
from gridmgmt.ingest.facility_rows import FacilityPlan, changed_fields, plan_facilities
from gridmgmt.ingest.facility_values import detail_fields, shared_fields
from gridmgmt.ingest.mapping import apply_mapping, choose_mapping
from gridmgmt.ingest.mapping_store import find_mapping, save_mapping
from gridmgmt.ingest.place import place, source_crs
from gridmgmt.ingest.read_layer import OSM, read_layer
from gridmgmt.ingest.store import lock_imports

MOST_LINES = 12
OSM_THEMES = {FacilityKind.TOILET: "toilets"}


@click.command("facilities")
@click.argument("kind", type=click.Choice([kind.value for kind in FacilityKind]))
@click.option("--replace", is_flag=True, help="The source is the whole register: what it does not list is removed.")
@click.option("--x-field", help="Column of longitude or easting.")
@click.option("--y-field", help="Column of latitude or northing.")
@click.option(
    "--duplicate-radius",
    type=click.FloatRange(0, 1000),
    default=15.0,
    show_default=True,
    help="Metres within which two are suspected to be one.",
)
@click.option("--source-name", help="Where the register comes from, kept with each new facility; the file's name otherwise.")
@table_options
@place_options
@click.pass_context
def facilities(
    ctx: click.Context, /, kind: str, replace: bool, x_field: str | None, y_field: str | None, duplicate_radius: float,
    source_name: str | None, **said: Any,  # noqa: ANN401 - click hands the shared options over by name
) -> None:  # fmt: skip
    """Import the register of one KIND of facility from FILE: what is added, changed and removed, faults by row."""
    request, wanted = Said(**said), FacilityKind(kind)
    with transaction() as session:
        profile = city_store.get_profile(session)
        if request.commit:
            lock_imports(session)
        source = _placed(session, request, profile, wanted, (x_field, y_field))
        plan = plan_facilities(
            source.layer, wanted, facilities_store.list_facilities(session), source=source_name or request.file.name, replace=replace,
            duplicate_radius_m=duplicate_radius,
        )  # fmt: skip
        show_notes(source.layer.notes)
        refused = show_faults(plan.faults, request.accepted)
        show_report(plan.faults, request.file, request.report, srid=profile.storage_srid)
        _show(plan)
        provenance = Provenance(wanted.value, request.file, source.crs, {**request.for_the_record(), "mapping": source.mapping})
        if not request.commit:
            say_dry_run()
        elif commit_facilities(session, plan, provenance, accepted=request.accepted):
            save_mapping(session, source=request.file.name, layer=wanted.value, mapping=source.mapping)
            say("已写入", "written")
        else:
            say_unchanged()
    ctx.exit(1 if refused else 0)


@click.command("catalogue")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Classes of the file's standards that it does not list are removed.")
@click.option("--commit", is_flag=True, help="Write; without it nothing is changed.")
def catalogue(file: Path, replace: bool, commit: bool) -> None:
    """Import the catalogue of components and matters from the CSV FILE."""
    incoming = read_catalogue(file)
    with transaction() as session:
        if commit:
            lock_imports(session)
        plan = plan_catalogue(session, incoming, replace=replace)
        _count(tr("部件与事项", "classes"), plan)
        groups = (("+", plan.added), ("~", plan.changed), ("-", plan.removed))
        lines = [f"{sign} {label(entry.kind)} {entry.code} {entry.name}" for sign, group in groups for entry in group[:MOST_LINES]]
        _echo(lines, sum(max(0, len(group) - MOST_LINES) for _, group in groups))
        if not commit:
            say_dry_run()
        elif commit_catalogue(session, plan, file):
            say("已写入", "written")
        else:
            say_unchanged()


def _placed(session: Session, request: Said, profile: CityProfile, kind: FacilityKind, fields: tuple[str | None, str | None]) -> Source:
    """Read, map and place the register; of an OpenStreetMap extract its toilets are taken."""
    theme = request.layer or (OSM_THEMES.get(kind) if set(request.file.suffixes) & set(OSM) else None)
    layer = read_layer(request.file, layer=theme, encoding=request.encoding, x_field=fields[0], y_field=fields[1])
    remembered = find_mapping(session, source=request.file.name, layer=kind.value)
    headers = [str(header) for header in layer.attributes.columns]
    wanted = (*shared_fields(), *detail_fields(kind))
    mapping = choose_mapping(headers, wanted=wanted, required=("code",), given=request.given_mapping, remembered=remembered)
    layer = apply_mapping(layer, mapping)
    crs = source_crs(layer, request.crs)
    return Source(place(layer, crs=crs, shift=request.shift, profile=profile), crs, mapping)


def _show(plan: FacilityPlan) -> None:
    _count(label(plan.kind), plan)
    lines = [f"+ {facility.code} {facility.name}" for facility in plan.added[:MOST_LINES]]
    lines += [f"~ {after.code} {after.name}: {', '.join(changed_fields(before, after))}" for before, after in plan.changed[:MOST_LINES]]
    lines += [f"- {facility.code} {facility.name}" for facility in plan.removed[:MOST_LINES]]
    _echo(lines, sum(max(0, len(group) - MOST_LINES) for group in (plan.added, plan.changed, plan.removed)))


def _count(what: str, plan: FacilityPlan | CataloguePlan) -> None:
    added, changed, removed = (len(group) for group in (plan.added, plan.changed, plan.removed))
    say(
        f"{what}：新增 {added}，变更 {changed}，移除 {removed}，不变 {plan.unchanged}",
        f"{what}: added {added}, changed {changed}, removed {removed}, unchanged {plan.unchanged}",
    )


def _echo(lines: Sequence[str], more: int) -> None:
    for line in lines:
        click.echo(f"  {line}")
    if more:
        say(f"  … 另有 {more} 项", f"  … and {more} more")
