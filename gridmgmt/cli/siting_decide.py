"""``gridmgmt siting decide | export``: the commission's word on a site, and the sites of a plan as files."""

from __future__ import annotations

import datetime
import getpass
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
import shapely
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.cli.language import label, say, tr
from gridmgmt.cli.session import city_today, transaction
from gridmgmt.crs import to_storage
from gridmgmt.errors import InvalidInputError
from gridmgmt.ingest.export import ExportFormat, ExportLayer, write_layer
from gridmgmt.siting import scenario_store, set_store
from gridmgmt.siting.decide import Ruling, decide
from gridmgmt.siting.scenario import CandidateTable, DemandTable, Verdict

SITE_FIELDS = ("rank", "code", "origin", "facility_code", "year", "adds", "alone", "street_office_code", "district_code", "verdict")


@click.command("decide")
@click.argument("plan_id", type=int)
@click.argument("rank", type=int)
@click.argument("verdict", type=click.Choice([one.value for one in Verdict]))
@click.option("--reason", default="", help="Why; required for a refusal.")
@click.option("--to", "point", nargs=2, type=float, metavar="X Y", help="New place of a moved site, longitude or easting first.")
@click.option("--crs", help="CRS of the new place: wgs84, gcj02, bd09 or EPSG:number.")
@click.option("--year", type=int, help="Year that the site counts for; the plan's otherwise.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Day of the decision (default: today in the city).")
def decide_command(
    *, plan_id: int, rank: int, verdict: str, reason: str, point: tuple[float, float] | None, crs: str | None, year: int | None,
    on: datetime.datetime | None,
) -> None:  # fmt: skip
    """Note the commission's decision about the site of a RANK; what is accepted enters the register and counts toward the programme."""
    if point is not None and crs is None:
        raise InvalidInputError("crs", "say in which system the new place is given", zh="请指明新坐标的坐标系")
    now = datetime.datetime.now(datetime.UTC)
    with transaction() as session:
        profile = city_store.get_profile(session)
        day = on.date() if on else city_today(profile)
        placed = None if point is None or crs is None else to_storage(*point, crs, profile)
        ruling = Ruling(rank, Verdict(verdict), reason, placed, year)
        done = decide(session, plan_id, ruling, on=day, at=now, by=getpass.getuser())
    words = f"{label(done.verdict)} {done.year or ''} {done.facility_code or ''}".strip()
    say(f"结果 {plan_id} 第 {rank} 个点位：{words}", f"site {rank} of plan {plan_id}: {words}")


@click.command("export")
@click.argument("plan_id", type=int)
@click.option("--format", "kind", type=click.Choice([kind.value for kind in ExportFormat]), required=True, help="Kind of file.")
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder; made where it is not there.")
@click.option("--crs", help="wgs84, EPSG:number, for tables also gcj02 or bd09 (default: storage CRS for gpkg, wgs84 otherwise).")
def export_command(plan_id: int, kind: str, folder: Path, crs: str | None) -> None:
    """Write the sites of a plan, the places dropped with their reasons, and the demand points."""
    with transaction() as session:
        profile = city_store.get_profile(session)
        plan = scenario_store.get_plan(session, plan_id)
        set_id = scenario_store.get_scenario(session, plan.scenario_id).set_id
        dropped = set_store.read_candidates(session, set_id, dropped=True)
        layers = (_sites(session, plan_id), dropped_layer(dropped), _demand(set_store.read_demand(session, set_id)))
    for layer in layers:
        path = write_layer(layer, folder, ExportFormat(kind), storage=f"epsg:{profile.storage_srid}", crs=crs)
        click.echo(f"{tr(layer.zh, layer.name)}: {len(layer)} → {path}")


def dropped_layer(table: CandidateTable) -> ExportLayer:
    """Return the places that rules forbid, each with the rule and the figures."""
    columns: dict[str, Sequence[object]] = {
        "code": table.code.tolist(), "origin": table.origin.tolist(), "rule": table.dropped.tolist(), "detail": table.detail.tolist(),
        "street_office_code": table.street_office.tolist(), "district_code": table.district.tolist(),
    }  # fmt: skip
    return ExportLayer("siting_dropped", "剔除的候选点", columns, np.asarray(shapely.points(table.xy), object).tolist(), "Point")


def _sites(session: Session, plan_id: int) -> ExportLayer:
    sites = scenario_store.list_sites(session, plan_id)
    columns = {name: [getattr(site, name) for site in sites] for name in SITE_FIELDS}
    return ExportLayer(f"siting_plan_{plan_id}", "选址点位", columns, [shapely.Point(site.x, site.y) for site in sites], "Point")


def _demand(demand: DemandTable) -> ExportLayer:
    columns: dict[str, Sequence[object]] = {
        "people": demand.people.tolist(), "shops": demand.shops.tolist(), "cases": demand.cases.tolist(),
        "unit_grid_code": demand.unit_grid.tolist(), "community_code": demand.community.tolist(),
    }  # fmt: skip
    return ExportLayer("siting_demand", "需求点", columns, np.asarray(shapely.points(demand.xy), object).tolist(), "Point")
