"""Statements about how far facilities reach."""

from __future__ import annotations

import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.errors import InvalidInputError
from gridmgmt.facilities.coverage import ENDED, SERVING, DistrictCoverage
from gridmgmt.facilities.model import FacilityKind

_FOLDER = Path(__file__).parent
_BY_DISTRICT = text((_FOLDER / "coverage_by_district.sql").read_text(encoding="utf-8"))
_COVERED = (_FOLDER / "covered_unit_grids.sql").read_text(encoding="utf-8")
_WINDOW = "area.shape && st_transform(st_makeenvelope(:west, :south, :east, :north, 3857), (SELECT storage_srid FROM city_profile))"
_COVERED_ANYWHERE, _COVERED_HERE = text(_COVERED.replace("in_window", "TRUE")), text(_COVERED.replace("in_window", _WINDOW))
LARGEST_RADIUS_M = 50_000.0
Box = tuple[float, float, float, float]


def coverage_by_district(session: Session, kind: FacilityKind, *, radius_m: float, on: datetime.date) -> list[DistrictCoverage]:
    """Return how far a kind reaches on a day in each area of the topmost level, by code.

    Raises InvalidInputError for a radius that is no distance within a city.
    """
    rows = session.execute(_BY_DISTRICT, _values(kind, radius_m, on)).mappings()
    return [
        DistrictCoverage(
            code=row["code"], name=row["name"], facilities=row["facilities"], unit_grids=int(row["unit_grids"]),
            covered_unit_grids=int(row["covered_unit_grids"]), area_m2=row["area_m2"], covered_area_m2=row["covered_area_m2"],
            population=None if row["population"] is None else int(row["population"]), covered_population=row["covered_population"],
        )
        for row in rows
    ]  # fmt: skip


def covered_unit_grid_codes(
    session: Session, kind: FacilityKind, *, radius_m: float, on: datetime.date, box: Box | None = None
) -> list[str]:
    """Return the codes of the covered unit grids, those that touch a box (west, south, east, north in EPSG:3857) where one is given."""
    values = _values(kind, radius_m, on)
    if box is None:
        return list(session.scalars(_COVERED_ANYWHERE, values))
    west, south, east, north = box
    return list(session.scalars(_COVERED_HERE, {**values, "west": west, "south": south, "east": east, "north": north}))


def _values(kind: FacilityKind, radius_m: float, on: datetime.date) -> dict[str, object]:
    if not 0 < radius_m <= LARGEST_RADIUS_M:
        reason = f"{radius_m} is not a distance between 0 and {LARGEST_RADIUS_M:.0f} metres"
        raise InvalidInputError("radius_m", reason, zh=f"{radius_m} 不是 0 至 {LARGEST_RADIUS_M:.0f} 米之间的距离")
    serving, ended = [status.value for status in SERVING], [status.value for status in ENDED]
    return {"kind": kind.value, "radius_m": radius_m, "day": on, "serving": serving, "ended": ended}
