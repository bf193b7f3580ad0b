"""The JSON interface: responsibility of a point, search, single areas, health."""

from __future__ import annotations

import http

from flask import Blueprint
from flask.typing import ResponseReturnValue

from gridmgmt import crs
from gridmgmt.city.model import Level
from gridmgmt.errors import NotFoundError
from gridmgmt.facilities import map_store as facility_map_store
from gridmgmt.facilities import store as facility_store
from gridmgmt.hierarchy import map_store as area_map_store
from gridmgmt.hierarchy import store as hierarchy_store
from gridmgmt.labels import LabelledEnum
from gridmgmt.responsibility.store import resolve_responsibility
from gridmgmt.roads import map_store as road_map_store
from gridmgmt.web.answers import label, lonlat, responsibility_body, shape_feature
from gridmgmt.web.door import profile, session, today
from gridmgmt.web.guard import needs, open_to_all
from gridmgmt.web.params import choice_of, day_of, number_of, query, text_of

pages = Blueprint("api", __name__)

SEARCH_LIMIT = 8  # of areas, of roads, of facilities
ZOOM_OF_LEVEL = {Level.DISTRICT: 11, Level.STREET_OFFICE: 13, Level.COMMUNITY: 14, Level.UNIT_GRID: 16}
ROAD_ZOOM, FACILITY_ZOOM = 16, 17


@pages.get("/api/responsibility")
@needs("map.read")
def get_responsibility() -> ResponseReturnValue:
    """Answer who is responsible for ``lon``, ``lat`` in ``crs`` on the day ``on`` (today where it is missing)."""
    values = query()
    day = day_of(values)
    point = crs.to_storage(number_of(values, "lon"), number_of(values, "lat"), text_of(values, "crs"), profile())
    class_key = text_of(values, "class") or None
    found = resolve_responsibility(session(), point, on=day, class_key=class_key)
    return responsibility_body(found, point)


@pages.get("/api/search")
@needs("map.read")
def get_search() -> ResponseReturnValue:
    """Answer areas, roads and facilities by code or name ``q``, each with a position and a zoom to look at it."""
    words = text_of(query(), "q", longest=80)
    return {"results": search(words) if words else []}


def search(words: str) -> list[dict[str, object]]:
    """Return what carries a code or a name: areas, then roads, then facilities."""
    areas = area_map_store.search_areas(session(), words, on=today(), limit=SEARCH_LIMIT)
    roads = [
        (road, road.line.interpolate(0.5, normalized=True))
        for road in road_map_store.search_segments(session(), words, on=today(), limit=SEARCH_LIMIT)
    ]
    pins = facility_map_store.search_pins(session(), words, limit=SEARCH_LIMIT)
    found: list[tuple[LabelledEnum, str | None, str | None, float, float, int]] = [
        *((area.level, area.code, area.name, area.x, area.y, ZOOM_OF_LEVEL[area.level]) for area in areas),
        *((road.road_class, road.code, road.name, middle.x, middle.y, ROAD_ZOOM) for road, middle in roads),
        *((pin.kind, pin.code, pin.name, pin.x, pin.y, FACILITY_ZOOM) for pin in pins),
    ]
    results: list[dict[str, object]] = []
    for kind, code, name, x, y, zoom in found:
        lon, lat = lonlat(x, y)
        results.append({"kind": kind.value, "label": label(kind), "code": code, "name": name, "lon": lon, "lat": lat, "zoom": zoom})
    return results


@pages.get("/api/areas/<level>/<code>")
@needs("map.read")
def get_area(level: str, code: str) -> ResponseReturnValue:
    """Answer an area as a GeoJSON feature (EPSG:4326), as of ``on``."""
    wanted = choice_of(level, "level", Level)
    area = hierarchy_store.find_area(session(), wanted, code, on=day_of(query()))
    if area is None:
        message = f"no {wanted.en.lower()} {code!r} on that day"
        raise NotFoundError(message, zh=f"该日没有编码为 {code} 的{wanted.zh}")
    properties = {
        "level": area.level.value,
        "label": label(area.level),
        "code": area.code,
        "name": area.name,
        "parent_code": area.parent_code,
        "geometry_source": area.geometry_source.value if area.geometry_source else None,
        "population": area.population,
        "valid_from": area.valid_from.isoformat(),
        "valid_to": area.valid_to.isoformat() if area.valid_to else None,
    }
    if area.shape is None:
        return {"type": "Feature", "geometry": None, "properties": properties}
    return shape_feature(area.shape, properties)


@pages.get("/health")
@open_to_all
def get_health() -> ResponseReturnValue:
    """Answer 200 with what is loaded while the database answers; 503 (as an error) otherwise."""
    edition = hierarchy_store.find_edition(session(), on=today())
    areas = hierarchy_store.count_areas(session(), on=today())
    counts = {level.value: count for level, count in areas.items()}
    counts |= {kind.value: count for kind, count in facility_store.count_facilities(session()).items()}
    counts["road_segments"] = road_map_store.count_segments(session(), on=today())
    body = {"status": "ok", "city": profile().name, "edition": edition.name if edition else None, "counts": counts}
    return body, http.HTTPStatus.OK
