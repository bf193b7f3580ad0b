"""The toy city: every expected value can be checked with a pencil.

One district (420100), two street offices, two communities, four unit grids of 100 m, three roads, two zones, two chiefs, drawn with
its south-west corner at E 500000, N 3380000 (EPSG:4547); x and y below are metres from that corner.

      y
    200 +----------+----------+
        |  G003    |  G004    |      grids     4201000010010{01..} see GRIDS
        |   (W)    |   (E)    |      west      street office 420100001, community 420100001001: grids 001 (south), 002 (north)
    100 +----------+----------+      east      street office 420100002, community 420100002001: grids 001 (south), 002 (north)
        |  G001    |  G002    |
        |   (W)    |   (E)    |      roads     R1  y = 10,  x 0..200, main road
      0 +----------+----------+                R2  y = 190, x 0..200, branch road
        0         100        200  x            R3  x = 190, y 0..200, branch road

    zones      Z-W = west community, chief ZHANG from 2024-01-01 to 2026-01-01 (exclusive), then LI
               Z-E = east community, no chief before 2025-01-01, then WANG
    segment    R1 has a chief of its own, ZHAO, from 2025-06-01
    edition    1 from 2024-01-01
"""

from __future__ import annotations

import datetime

from shapely import LineString, MultiPolygon, box
from shapely.affinity import translate
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.city.model import CityProfile, CodeScheme, Envelope, Level, SnapLimits
from gridmgmt.hierarchy import store as hierarchy_store
from gridmgmt.hierarchy.model import Area, GeometrySource
from gridmgmt.roads import store as roads_store
from gridmgmt.roads.model import NewAppointment, NewPerson, Post, RoadClass, RoadSegment, Zone

EAST0, NORTH0 = 500_000.0, 3_380_000.0
START = datetime.date(2024, 1, 1)
PROFILE = CityProfile(
    name="玩具市",
    storage_srid=4547,
    envelope=Envelope(113.9, 30.4, 114.1, 30.7),
    time_zone="Asia/Shanghai",
    code_scheme=CodeScheme.GB,
    levels=tuple(Level),
    catalogue_standard="GB/T 47678.5-2026",
    snap_limits=SnapLimits(50.0, {}, {}),
)
DISTRICT, WEST, EAST = "420100", "420100001", "420100002"
WEST_COMMUNITY, EAST_COMMUNITY = "420100001001", "420100002001"
SOUTH_WEST, NORTH_WEST = "420100001001001", "420100001001002"
SOUTH_EAST, NORTH_EAST = "420100002001001", "420100002001002"


def point(x: float, y: float) -> tuple[float, float]:
    """Return easting and northing of a point of the drawing."""
    return EAST0 + x, NORTH0 + y


def rectangle(x0: float, y0: float, x1: float, y1: float) -> MultiPolygon:
    """Return a rectangle of the drawing."""
    return MultiPolygon([translate(box(x0, y0, x1, y1), EAST0, NORTH0)])


def area(level: Level, code: str, name: str | None, parent: str | None, shape: MultiPolygon) -> Area:
    """Return an area valid from the first edition on."""
    return Area(level, code, name, parent, shape, GeometrySource.SYNTHETIC, START)


AREAS = (
    area(Level.DISTRICT, DISTRICT, "玩具区", None, rectangle(0, 0, 200, 200)),
    area(Level.STREET_OFFICE, WEST, "西街道", DISTRICT, rectangle(0, 0, 100, 200)),
    area(Level.STREET_OFFICE, EAST, "东街道", DISTRICT, rectangle(100, 0, 200, 200)),
    area(Level.COMMUNITY, WEST_COMMUNITY, "西社区", WEST, rectangle(0, 0, 100, 200)),
    area(Level.COMMUNITY, EAST_COMMUNITY, "东社区", EAST, rectangle(100, 0, 200, 200)),
    area(Level.UNIT_GRID, SOUTH_WEST, None, WEST_COMMUNITY, rectangle(0, 0, 100, 100)),
    area(Level.UNIT_GRID, NORTH_WEST, None, WEST_COMMUNITY, rectangle(0, 100, 100, 200)),
    area(Level.UNIT_GRID, SOUTH_EAST, None, EAST_COMMUNITY, rectangle(100, 0, 200, 100)),
    area(Level.UNIT_GRID, NORTH_EAST, None, EAST_COMMUNITY, rectangle(100, 100, 200, 200)),
)
SEGMENTS = (
    RoadSegment("R1", "南大路", RoadClass.PRIMARY, LineString([point(0, 10), point(200, 10)]), "toy", START),
    RoadSegment("R2", "北小路", RoadClass.TERTIARY, LineString([point(0, 190), point(200, 190)]), "toy", START),
    RoadSegment("R3", None, RoadClass.TERTIARY, LineString([point(190, 0), point(190, 200)]), "toy", START),
)
ZONES = (
    Zone("Z-W", "西社区责任区", ((Level.COMMUNITY, WEST_COMMUNITY),), START),
    Zone("Z-E", "东社区责任区", ((Level.COMMUNITY, EAST_COMMUNITY),), START),
)
PEOPLE = (
    NewPerson("P1", "张路长", "13800000001", "西街道综合执法中心"),
    NewPerson("P2", "李路长", "13800000002", "西街道综合执法中心"),
    NewPerson("P3", "王路长", "13800000003", "东街道综合执法中心"),
    NewPerson("P4", "赵路长", "13800000004", "市管道路"),
    NewPerson("P5", "钱楼长", "13800000005", "西社区"),
    NewPerson("P6", "孙店长", "13800000006", "西社区"),
)
APPOINTMENTS = (
    NewAppointment("P1", Post.ROAD_CHIEF, "Z-W", None, START, datetime.date(2026, 1, 1)),
    NewAppointment("P2", Post.ROAD_CHIEF, "Z-W", None, datetime.date(2026, 1, 1), None),
    NewAppointment("P3", Post.ROAD_CHIEF, "Z-E", None, datetime.date(2025, 1, 1), None),
    NewAppointment("P4", Post.ROAD_CHIEF, None, "R1", datetime.date(2025, 6, 1), None),
    NewAppointment("P5", Post.BUILDING_HEAD, "Z-W", None, START, None),
    NewAppointment("P6", Post.SHOP_HEAD, "Z-W", "R1", START, None),
)


def load(session: Session) -> None:
    """Put the toy city into a migrated database."""
    city_store.save_profile(session, PROFILE)
    hierarchy_store.open_edition(session, name="首版", valid_from=START)
    hierarchy_store.add_areas(session, AREAS)
    roads_store.add_segments(session, SEGMENTS)
    roads_store.add_zones(session, ZONES)
    roads_store.add_people(session, PEOPLE)
    roads_store.add_appointments(session, APPOINTMENTS)
