"""What is prepared for the map: long roads from afar, areas as stored from near."""

from __future__ import annotations

import datetime

import pytest
from shapely import LineString
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.maps.rebuild import rebuild_shapes
from gridmgmt.roads import store as road_store
from gridmgmt.roads.model import RoadClass, RoadSegment
from tests import toy_city

ON = datetime.date(2026, 11, 1)
START = datetime.date(2025, 1, 1)
LINES = text("""
SELECT count(*), sum(st_length(shape)) FROM road_shape INNER JOIN road_segment ON road_shape.segment_id = road_segment.id
WHERE min_zoom = :zoom AND road_class = 'trunk'
""")
AS_STORED = text("""
SELECT max(st_hausdorffdistance(area_shape.shape, st_transform(area.shape, 3857))) FROM area_shape
INNER JOIN area ON area_shape.area_id = area.id
WHERE area_shape.min_zoom = (SELECT max(other.min_zoom) FROM area_shape AS other WHERE other.level = area_shape.level)
""")


def trunk(code: str, x0: float, x1: float, since: datetime.date = START) -> RoadSegment:
    """Return a piece of a straight trunk road north of the city."""
    return RoadSegment(code, None, RoadClass.TRUNK, LineString([toy_city.point(x0, 300), toy_city.point(x1, 300)]), "toy", since)


@pytest.mark.parametrize(("since", "lines"), [(START, 1), (ON + datetime.timedelta(30), 2)])
def test_segments_that_meet_are_one_line_from_afar(session: Session, since: datetime.date, lines: int) -> None:
    """Joined where class and dates are alike, of the same length together; from zoom 12 on each for itself."""
    road_store.add_segments(session, [trunk("T1", 0, 90), trunk("T2", 90, 200, since)])
    rebuild_shapes(session, on=ON)
    (far, length), (near, same_length) = (session.execute(LINES, {"zoom": zoom}).one() for zoom in (8, 12))
    assert (far, near) == (lines, 2)
    assert length == pytest.approx(same_length, abs=1)


def test_areas_are_drawn_as_stored_from_near(session: Session) -> None:
    """The last range of every level is not generalised."""
    rebuild_shapes(session, on=ON)
    assert session.scalar(AS_STORED) < 0.01
