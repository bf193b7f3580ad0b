"""``gridmgmt siting prepare | sets``: demand and candidates from the city, and what was dropped and why."""

from __future__ import annotations

import dataclasses
import datetime
import getpass
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import shapely
from rich.table import Table
from sqlalchemy.orm import Session

from gridmgmt.cases.area_count_store import count_by_unit_grid
from gridmgmt.city import store as city_store
from gridmgmt.city.model import CityProfile
from gridmgmt.cli.language import label, say, sentence, tr
from gridmgmt.cli.session import ROOT, city_today, transaction
from gridmgmt.cli.show_plan import console
from gridmgmt.cli.siting_decide import dropped_layer
from gridmgmt.errors import InvalidInputError
from gridmgmt.facilities.model import FacilityKind
from gridmgmt.ingest.export import ExportFormat, write_layer
from gridmgmt.ingest.layer import SourceLayer
from gridmgmt.ingest.own_layer import LayerFaultsError, read_own_layer
from gridmgmt.patrol.shop_point_store import list_shop_points
from gridmgmt.siting import set_store
from gridmgmt.siting.candidates import Place
from gridmgmt.siting.demand import Given, Homes
from gridmgmt.siting.ground import Shapes
from gridmgmt.siting.layer import places_of, read_features
from gridmgmt.siting.prepare import DEFAULTS, Recipe, prepare
from gridmgmt.siting.scenario import PreparedSet

KINDS = {"toilets": FacilityKind.TOILET, "stations": FacilityKind.TRANSFER_STATION, "houses": FacilityKind.COLLECTION_HOUSE}
RULES = ROOT / "geodata" / "siting"
YEAR = datetime.timedelta(days=365)
MOST_FAULTS = 50
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("prepare")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.option("--name", help="Name of the set; kind and day otherwise.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="As of a day (default: today in the city).")
@click.option("--step", type=click.FloatRange(20, 2000), help="Metres between frontage points.")
@click.option("--cell", type=click.FloatRange(20, 2000), help="Metres: side of the cells that demand is gathered in.")
@click.option("--most", type=click.IntRange(1, 100_000), help="The most candidates.")
@click.option("--homes", type=FILE, help="Layer of homes by which people are spread (points, or shapes by a point inside).")
@click.option("--homes-weight", metavar="FIELD", help="Field of the homes' weight (households); each counts 1 otherwise.")
@click.option("--candidates", "planned", type=FILE, help="The planner's own places (fields name, area_m2).")
@click.option(
    "--layer", "layers", multiple=True, metavar="SUBJECT=FILE", help="What rules keep away from: drinking_water_source, school, …"
)
@click.option("--crs", help="CRS of files that declare none: wgs84, gcj02, bd09 or EPSG:number.")
@click.option(
    "--rules",
    "folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=RULES,
    help="Folder of rules.csv and programmes.csv.",
    show_default="geodata/siting",
)
@click.option(
    "--dropped-to",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for a GeoPackage of the places dropped, each with its reason.",
)
def prepare_command(
    *, kind: str, name: str | None, on: datetime.datetime | None, step: float | None, cell: float | None, most: int | None, homes: Path | None,
    homes_weight: str | None, planned: Path | None, layers: tuple[str, ...], crs: str | None, folder: Path, dropped_to: Path | None,
) -> None:  # fmt: skip
    """Prepare and store a set of demand points and candidates for toilets, stations or houses."""
    wanted, now = KINDS[kind], datetime.datetime.now(datetime.UTC)
    with transaction() as session:
        profile = city_store.get_profile(session)
        day = on.date() if on else city_today(profile)
        read = _Reader(profile, crs)
        changes: dict[str, Any] = {
            "given": dataclasses.replace(
                list_given(session, profile, day), homes=None if homes is None else _homes(read, homes, homes_weight)
            ),
            "planned": _planned(read, planned),
            "layers": _layers(read, layers),
            "sources": {"homes": homes.name if homes else "", "candidates": planned.name if planned else "", "layers": ", ".join(layers)},
        }
        changes |= {field: value for field, value in (("step_m", step), ("cell_m", cell), ("most_candidates", most)) if value is not None}
        recipe: Recipe = dataclasses.replace(DEFAULTS[wanted], **changes)
        title = name or f"{wanted.zh} {day}"
        found = prepare(session, wanted, recipe, folder=folder, name=title, on=day, at=now, by=getpass.getuser())
        dropped = set_store.read_candidates(session, found.id, dropped=True) if dropped_to else None
    show_set(found)
    if dropped_to is not None and dropped is not None:
        path = write_layer(dropped_layer(dropped), dropped_to, ExportFormat.GPKG, storage=f"epsg:{profile.storage_srid}")
        say(f"  剔除的候选点 {len(dropped.code):,} → {path}", f"  {len(dropped.code):,} places dropped → {path}")


@click.command("sets")
def sets_command() -> None:
    """List the prepared sets, newest first."""
    with transaction() as session:
        found = set_store.list_sets(session)
    table = Table(
        *tr("编号 类别 名称 需求点 人口 候选点 编制人", "id kind name demand people candidates by").split(), box=None, pad_edge=False
    )
    for one in found:
        demand, places = one.summary["demand"], one.summary["candidates"]
        table.add_row(
            str(one.id), label(one.kind), one.name, f"{demand['points']:,}", f"{demand['people']:,}", f"{places['kept']:,}", one.made_by
        )
    console().print(table)


def show_set(found: PreparedSet) -> None:
    """Print what a prepared set holds, how people were spread, and what each rule dropped or why it was not checked."""
    demand, places, standing = (found.summary[name] for name in ("demand", "candidates", "standing"))
    say(f"数据集 {found.id}：{found.name}", f"set {found.id}: {found.name}")
    proxies = "  ".join(f"{name} {count}" for name, count in demand["communities_by_proxy"].items())
    widths = "  ".join(f"{width} m {people:,}" for width, people in demand["people_by_cell_m"].items())
    say(
        f"  需求点 {demand['points']:,}，人口 {demand['people']:,}；按网格边长的人口：{widths}；按此分摊的社区数：{proxies}",
        f"  {demand['points']:,} demand points, {demand['people']:,} people; people by width of cell: {widths}; communities by proxy: {proxies}",
    )
    origins = "  ".join(f"{name} {count:,}" for name, count in places["by_origin"].items())
    say(f"  候选点 {places['kept']:,}（{origins}）", f"  {places['kept']:,} candidates ({origins})")
    for key, count in places["dropped"].items():
        say(f"    剔除 {key}：{count:,}", f"    dropped {key}: {count:,}")
    say(
        f"  现有在用 {standing['in_service']:,}，达标 {standing['meets']:,}",
        f"  {standing['in_service']:,} in service, {standing['meets']:,} meet the standard",
    )
    for rule in found.summary["rules"]:
        if rule["rule"] in {"keep_away", "spacing_standing"} and rule["unchecked"]:
            say(
                f"    未校核 {rule['key']}（{rule['source']}）：{rule['unchecked']}",
                f"    not checked {rule['key']} ({rule['source']}): {rule['unchecked']}",
            )


@dataclasses.dataclass(frozen=True)
class _Reader:
    """Reads layers into the storage CRS; a feature without a usable shape refuses the file, every fault is told."""

    profile: CityProfile
    crs: str | None

    def read(self, path: Path) -> SourceLayer:
        try:
            return read_own_layer(path, crs=self.crs, profile=self.profile, declared_first=True)
        except LayerFaultsError as error:
            for fault in error.faults[:MOST_FAULTS]:
                click.echo(f"· {path.name} {sentence(fault)}", err=True)
            raise

    def points(self, path: Path) -> tuple[SourceLayer, Any]:
        layer = self.read(path)
        return layer, shapely.get_coordinates(shapely.point_on_surface(layer.shapes))


def list_given(session: Session, profile: CityProfile, day: datetime.date) -> Given:
    """Return the shops of a day and the cases of the year before it."""
    midnight = datetime.datetime.combine(day, datetime.time(), profile.zone)
    cases = count_by_unit_grid(session, since=midnight - YEAR, before=midnight)
    shops = np.array(list_shop_points(session, on=day), np.float64).reshape(-1, 2)
    return Given(shops=shops, cases=cases)


def _homes(read: _Reader, path: Path, field: str | None) -> Homes:
    layer, xy = read.points(path)
    values = [1.0] * len(xy) if field is None else [_number(layer, row, field) or 0.0 for row in range(len(xy))]
    weights = np.array(values, np.float64)
    if not (weights >= 0).all():
        raise InvalidInputError(field or "weight", "is negative", row=int(np.argmax(weights < 0)) + 1, zh="不能为负")
    return Homes(xy, weights)


def _planned(read: _Reader, path: Path | None) -> Sequence[Place]:
    if path is None:
        return ()
    layer = read.read(path)
    return places_of(read_features(layer.numbers.tolist(), layer.columns(), layer.shapes.tolist()))


def _layers(read: _Reader, flags: Sequence[str]) -> Mapping[str, Shapes]:
    found: dict[str, Shapes] = {}
    for flag in flags:
        subject, _, file = flag.partition("=")
        if not (subject and file and Path(file).exists()):
            raise InvalidInputError("layer", f"{flag!r} is not SUBJECT=FILE", zh=f"{flag!r} 应写作 主题=文件")
        found[subject] = read.read(Path(file)).shapes
    return found


def _number(layer: SourceLayer, row: int, field: str) -> float | None:
    if field not in layer.attributes:
        raise InvalidInputError(field, "there is no such field", zh="没有该字段")
    value = layer.attributes[field].iloc[row]
    if value is None or str(value).strip() in {"", "nan", "None"}:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InvalidInputError(field, f"{value!r} is no number", row=int(layer.numbers[row]), zh=f"{value!r} 不是数字") from None
