"""Streets and segments together: drawn everywhere, or real where a file of roads reaches."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence

import numpy as np
import shapely

from gridmgmt.demo.boundaries import FIRST_EDITION
from gridmgmt.demo.density import density_at
from gridmgmt.demo.draw import DrawnCity
from gridmgmt.demo.mesh import Shapes
from gridmgmt.demo.plan import DemoPlan
from gridmgmt.demo.real_shapes import RealRoad, read_roads
from gridmgmt.demo.segments import name_segments, segment_code
from gridmgmt.demo.streets import Street, draw_streets
from gridmgmt.demo.through_routes import upgrade_through_routes
from gridmgmt.roads.model import RoadSegment

REAL_SOURCE = "OpenStreetMap (ODbL 1.0, © OpenStreetMap contributors)"


@dataclasses.dataclass(frozen=True)
class Network:
    """Streets (what lies beside them) and segments (what is stored), one to one."""

    streets: tuple[Street, ...]
    segments: tuple[RoadSegment, ...]
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> Shapes:
        """Return the lines."""
        return np.array([segment.line for segment in self.segments], dtype=object)


def lay_roads(plan: DemoPlan, city: DrawnCity, storage_srid: int) -> Network:
    """Draw the network; real roads, when given, take the place of every drawn one within their hull."""
    streets = upgrade_through_routes(draw_streets(plan.rng("streets"), city.atoms, city.layout, storage_srid), storage_srid)
    segments = name_segments(streets, city.districts)
    if plan.roads is None:
        return Network(tuple(streets), tuple(segments))
    return _with_real(read_roads(plan.roads, storage_srid), city, streets, segments, storage_srid)


def _with_real(
    roads: Sequence[RealRoad], city: DrawnCity, streets: Sequence[Street], segments: Sequence[RoadSegment], storage_srid: int
) -> Network:
    hull = shapely.convex_hull(shapely.multilinestrings([road.line for road in roads]))
    shapely.prepare(hull)
    drawn = [position for position, street in enumerate(streets) if not hull.intersects(street.line)]
    real = list(_beside(roads, city, storage_srid))
    numbers = Counter(street.district for street in streets)
    more = []
    for street, road in zip(real, roads, strict=True):
        numbers[street.district] += 1
        owner = city.districts[street.district].division.code if street.district >= 0 else "000000"
        code = segment_code(owner, numbers[street.district])
        more.append(RoadSegment(code, road.name, road.road_class, road.line, REAL_SOURCE, FIRST_EDITION))
    outside = sum(street.district < 0 for street in real)
    notes = (
        f"{len(real)} real road segments placed, {outside} of them with their middle outside the districts (codes R-000000-…)",
        f"{len(streets) - len(drawn)} drawn segments gave way to them, {len(drawn)} remain outside their hull",
    )
    return Network((*(streets[p] for p in drawn), *real), (*(segments[p] for p in drawn), *more), notes)


def _beside(roads: Sequence[RealRoad], city: DrawnCity, storage_srid: int) -> list[Street]:
    """Describe what lies about the middle of each real road; outside the city the nearest community, and district -1."""
    lines = np.array([road.line for road in roads], dtype=object)
    middles = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    places = shapely.get_coordinates(middles)
    density = density_at(places[:, 0], places[:, 1], storage_srid).tolist()
    tree = shapely.STRtree(city.atoms.shapes)
    nearest = tree.nearest(middles)
    inside = shapely.intersects(middles, city.atoms.shapes[nearest])
    streets = []
    for road, atom, within, busy in zip(roads, nearest.tolist(), inside.tolist(), density, strict=True):
        community, office = int(city.layout.community[atom]), int(city.layout.office[atom])
        district = int(city.atoms.district[atom]) if within else -1
        streets.append(Street(road.line, road.road_class, district, (community, community), (office, office), busy, road.name))
    return streets
