"""``gridmgmt ingest areas``: districts, street offices, communities or unit grids from a layer of polygons."""

from __future__ import annotations

import datetime
from typing import Any

import click
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.city.model import CityProfile, Level
from gridmgmt.cli.ingest_options import Said, as_day, edition_options, place_options, table_options
from gridmgmt.cli.ingest_source import placed_layer
from gridmgmt.cli.language import say
from gridmgmt.cli.session import city_today, transaction
from gridmgmt.cli.show_plan import say_dry_run, say_unchanged, show_corrections, show_differences, show_faults, show_notes, show_report
from gridmgmt.hierarchy.apply_edition import Scope
from gridmgmt.hierarchy.model import GeometrySource
from gridmgmt.ingest.checks_shapes import Tolerance
from gridmgmt.ingest.commit_areas import Provenance, commit_areas
from gridmgmt.ingest.ingest_areas import AreaOrder, Plan, plan_areas, require_level
from gridmgmt.ingest.mapping_store import save_mapping
from gridmgmt.ingest.store import lock_imports
from gridmgmt.maps.rebuild import rebuild_shapes

WANTED = ("code", "name", "parent_code", "population", "land_use_class", "management_level", "remark")


@click.command("areas")
@click.option("--level", type=click.Choice([level.value for level in Level]), required=True, help="What the polygons are.")
@click.option(
    "--source-kind",
    type=click.Choice([source.value for source in GeometrySource]),
    help="What the shapes are; otherwise unchanged ones stay what they were and the others are imported.",
)
@click.option("--fix", is_flag=True, help="Repair invalid polygons and report the change of area.")
@click.option(
    "--tolerance-m2", type=float, default=Tolerance.area_m2, show_default=True, help="Overlaps and gaps up to this are not mentioned."
)
@click.option("--tolerance-width-m", type=float, default=Tolerance.width_m, show_default=True, help="... nor narrower ones than this.")
@click.option(
    "--sliver-width-m", type=float, default=Tolerance.sliver_m, show_default=True, help="Polygons narrower than this are slivers."
)
@table_options
@place_options
@edition_options
@click.pass_context
def areas(
    ctx: click.Context,
    /,
    level: str,
    source_kind: str | None,
    edition_from: datetime.datetime | None,
    edition_name: str | None,
    **said: Any,  # noqa: ANN401 - click hands the shared options over by name
) -> None:
    """Import areas of one level from FILE: checks, the difference to the newest edition, and with --commit the edition."""
    tolerance = Tolerance(said.pop("tolerance_m2"), said.pop("tolerance_width_m"), said.pop("sliver_width_m"))
    scope = Scope(said.pop("under"), said.pop("partial"))
    day = as_day(edition_from)
    order = AreaOrder(Level(level), GeometrySource(source_kind) if source_kind else None, scope, said.pop("fix"), tolerance, day)
    request = Said(**said)
    with transaction() as session:
        profile = city_store.get_profile(session)
        require_level(order.level, profile)
        if request.commit:
            lock_imports(session)
        source = placed_layer(session, request, profile, name=order.level.value, wanted=WANTED, required=("code",), level=order.level)
        plan = plan_areas(session, source.layer, order, profile, corrections=request.read_corrections())
        refused = show_plan(plan, request, profile)
        provenance = Provenance(order.level.value, request.file, source.crs, {**request.for_the_record(), "mapping": source.mapping})
        if request.commit:
            finish(session, plan, request, provenance, profile, edition_name=edition_name, day=day)
        else:
            say_dry_run()
    ctx.exit(1 if refused or source.suspicious else 0)


def show_plan(plan: Plan, request: Said, profile: CityProfile) -> bool:
    """Print remarks, faults and differences and write the report; return whether something blocks."""
    show_notes(plan.remarks)
    show_corrections(plan.corrections)
    refused = show_faults(plan.faults, request.accepted)
    show_report(plan.faults, request.file, request.report, srid=profile.storage_srid)
    say(f"要素：可用 {plan.features} 个，略去 {plan.rejected} 个", f"features: {plan.features} usable, {plan.rejected} left out")
    show_differences(plan.differences)
    return refused


def finish(
    session: Session,
    plan: Plan,
    request: Said,
    provenance: Provenance,
    profile: CityProfile,
    *,
    edition_name: str | None,
    day: datetime.date | None,
) -> None:
    """Commit a plan, remember its mapping, redraw the map, and say what came of it."""
    edition = commit_areas(session, plan, provenance, edition_name=edition_name, edition_from=day, accepted=request.accepted)
    if edition is None:
        say_unchanged()
        return
    save_mapping(session, source=request.file.name, layer=provenance.layer, mapping=provenance.said["mapping"])
    redraw(session, profile)
    say(f"已写入边界版本“{edition.name}”，自 {edition.valid_from} 起", f"edition {edition.name!r} written, from {edition.valid_from}")


def redraw(session: Session, profile: CityProfile) -> None:
    """Generalise what the map's tiles show, from today on."""
    today = city_today(profile)
    count = rebuild_shapes(session, on=today)
    say(f"已更新地图图形 {count} 个", f"{count} shapes redrawn for the map")
