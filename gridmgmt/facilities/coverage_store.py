"""Statements about how far facilities reach."""

from __future__ import annotations

import datetime
import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.errors import InvalidInputError
from gridmgmt.facilities.coverage import ENDED, SERVING, DistrictCoverage
from gridmgmt.facilities.model import FacilityKind

_FOLDER = Path(__file__).parent
_BY_DISTRICT = text((_FOLDER / "coverage_by_district.sql").read_text(encoding="utf-8"))
_SERVING_POINTS = text((_FOLDER / "serving_points.sql").read_text(encoding="utf-8"))
_FINGERPRINT = text("SELECT count(*), coalesce(sum(hashtextextended(facility::text, 0)), 0) FROM facility")
_COVERED = (_FOLDER / "covered_unit_grids.sql").read_text(encoding="utf-8")
_WINDOW = "area.shape && st_transform(st_makeenvelope(:west, :south, :east, :north, 3857), (SELECT storage_srid FROM city_profile))"
_COVERED_ANYWHERE, _COVERED_HERE = text(_COVERED.replace("in_window", "TRUE")), text(_COVERED.replace("in_window", _WINDOW))
LARGEST_RADIUS_M = 50_000.0
QUAD_SEGS = 8
# a polygon of 4 * QUAD_SEGS corners on a circle this much wider has the area of the circle
_WIDER = math.sqrt(math.pi / (2 * QUAD_SEGS * math.sin(math.pi / (2 * QUAD_SEGS))))
Shapes = npt.NDArray[np.object_]
Box = tuple[float, float, float, float]


def coverage_by_district(session: Session, kind: FacilityKind, *, radius_m: float, on: datetime.date) -> list[DistrictCoverage]:
    """Return how far a kind reaches on a day in each area of the topmost level, by code.

    Raises InvalidInputError for a radius that is no distance within a city.
    """
    values = _values(kind, radius_m, on)
    rows = session.execute(_BY_DISTRICT, values).mappings().all()
    points = shapely.from_wkb([bytes(point) for point in session.scalars(_SERVING_POINTS, values)])
    tops = shapely.from_wkb([bytes(row["shape"]) for row in rows])
    counts, areas = _facilities_inside(tops, points), _areas_within(tops, points, radius_m)
    return [
        DistrictCoverage(
            code=row["code"], name=row["name"], facilities=counts[n], unit_grids=int(row["unit_grids"]),
            covered_unit_grids=int(row["covered_unit_grids"]), area_m2=row["area_m2"], covered_area_m2=areas[n],
            population=None if row["population"] is None else int(row["population"]), covered_population=row["covered_population"],
        )
        for n, row in enumerate(rows)
    ]  # fmt: skip


def facilities_fingerprint(session: Session) -> tuple[int, int]:
    """Return two numbers that change whenever any facility is added, removed or altered."""
    count, digest = session.execute(_FINGERPRINT).one()
    return int(count), int(digest)


def _facilities_inside(tops: Shapes, points: Shapes) -> list[int]:
    """Return how many points each shape holds; one on the border of two belongs to the first."""
    top, point = shapely.STRtree(points).query(tops, predicate="covers")
    first = np.full(len(points), len(tops))
    np.minimum.at(first, point, top)
    return [int(count) for count in np.bincount(first, minlength=len(tops) + 1)[: len(tops)]]


def _areas_within(tops: Shapes, points: Shapes, radius_m: float) -> list[float]:
    """Return how much of each shape lies within the radius of a point; exact for circles drawn with 32 sides of the circle's area.

    Only the circles near a shape are united, and united before they are cut: that is several times quicker than the same in SQL.
    """
    circles = shapely.buffer(points, radius_m * _WIDER, quad_segs=QUAD_SEGS)
    tree = shapely.STRtree(circles)
    near = (circles[tree.query(top, predicate="intersects")] for top in tops)
    return [float(shapely.area(shapely.intersection(top, shapely.union_all(some)))) for top, some in zip(tops, near, strict=True)]


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
