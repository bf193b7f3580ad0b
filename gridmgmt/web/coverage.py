"""The planner's page: how far the facilities of a kind reach, on the map and per district."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gridmgmt.city.model import Level
from gridmgmt.facilities.coverage import RADIUS_RULES, DistrictCoverage
from gridmgmt.facilities.coverage_store import LARGEST_RADIUS_M, coverage_by_district, facilities_fingerprint
from gridmgmt.facilities.model import FacilityKind
from gridmgmt.hierarchy import tile_store
from gridmgmt.maps import styles
from gridmgmt.web import language
from gridmgmt.web.answers import label
from gridmgmt.web.door import door, profile, session, today
from gridmgmt.web.guard import needs
from gridmgmt.web.params import choice_of, query, radius_of
from gridmgmt.web.shells import coverage_shell
from gridmgmt.web.texts import script_texts

pages = Blueprint("coverage", __name__, url_prefix="/coverage")


@pages.get("/<kind>")
@needs("facility.read")
def get_coverage(kind: str) -> ResponseReturnValue:
    """Show the coverage of a kind with its own radius, or with ``?radius=`` metres."""
    facility_kind = choice_of(kind, "kind", FacilityKind)
    rule = RADIUS_RULES[facility_kind]
    radius_m = radius_of(query(), facility_kind)
    districts = _districts(facility_kind, radius_m)
    shares = {entry.code: entry.grid_share for entry in districts}
    data = {
        "kind": facility_kind.value,
        "radius": radius_m,
        "color": styles.FACILITY_COLORS[facility_kind],
        "gridsFromZoom": tile_store.ZOOM_BANDS[Level.UNIT_GRID][0],
        "topLayer": tile_store.LAYERS[profile().levels[0]],
        "shares": shares,
        "colors": {"covered": styles.COVERED, "uncovered": styles.UNCOVERED},
        "texts": script_texts(),
    }
    return render_template(
        "coverage.html", city=profile(), kind=facility_kind, kinds=list(FacilityKind), title=label(facility_kind), rule=rule,
        sentence=rule.zh if language.choose() == "zh" else rule.en, radius_m=radius_m, largest=LARGEST_RADIUS_M, districts=districts,
        total=total_of(districts), shell=coverage_shell(facility_kind, radius_m), data=data, top=label(profile().levels[0]),
        colors={"covered": styles.COVERED, "uncovered": styles.UNCOVERED}, color=styles.FACILITY_COLORS[facility_kind],
    )  # fmt: skip


def _districts(kind: FacilityKind, radius_m: float) -> list[DistrictCoverage]:
    """Return the figures of a kind, kept while neither a facility nor a boundary changes: planners go to and fro between them."""
    version = (today(), tile_store.tile_version(session()), *facilities_fingerprint(session()))
    return door().figures.get((version, kind, radius_m), lambda: coverage_by_district(session(), kind, radius_m=radius_m, on=today()))


def total_of(districts: list[DistrictCoverage]) -> DistrictCoverage:
    """Return the whole city as one line; people only where every district knows its own."""
    populations = [entry.population for entry in districts]
    people = None if not districts or None in populations else sum(population or 0 for population in populations)
    return DistrictCoverage(
        code="", name=None, facilities=sum(entry.facilities for entry in districts),
        unit_grids=sum(entry.unit_grids for entry in districts), covered_unit_grids=sum(entry.covered_unit_grids for entry in districts),
        area_m2=sum(entry.area_m2 for entry in districts), covered_area_m2=sum(entry.covered_area_m2 for entry in districts),
        population=people,
        covered_population=None if people is None else sum(entry.covered_population or 0.0 for entry in districts),
    )  # fmt: skip
