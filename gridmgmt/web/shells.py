"""Which layers a page's map has; the shell itself is written by folium once and kept."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from gridmgmt import crs
from gridmgmt.city.model import Level
from gridmgmt.facilities.model import FacilityKind
from gridmgmt.hierarchy import map_store, tile_store
from gridmgmt.maps import styles
from gridmgmt.maps.base_map import BaseMap
from gridmgmt.maps.shell import Shell, VectorLayer, render_shell
from gridmgmt.roads.map_store import CLASSES_BY_ZOOM
from gridmgmt.web.door import door, profile, session

Box = tuple[float, float, float, float]
FIRST_ZOOM_SHOWN = {Level.DISTRICT: 0, Level.STREET_OFFICE: 10, Level.COMMUNITY: 13, Level.UNIT_GRID: 14}


def city_shell(box: Box | None = None) -> Shell:
    """Return the map of the whole city: roads under areas, from districts to unit grids by zoom; ``box`` in degrees to start with."""
    return _shell(box or city_box(), (_roads(), *_areas(tuple(profile().levels))), _base_map())


def coverage_shell(kind: FacilityKind, radius_m: float) -> Shell:
    """Return the map of unit grids covered and not covered."""
    url = f"/tiles/coverage/{kind.value}/{{z}}/{{x}}/{{y}}.pbf?radius={radius_m:g}"
    first = tile_store.ZOOM_BANDS[Level.UNIT_GRID][0]
    covered = VectorLayer("coverage", tile_store.LAYERS[Level.UNIT_GRID], url, styles.coverage_style(), first)
    top = profile().levels[0]
    shares = VectorLayer("shares", tile_store.LAYERS[top], f"/tiles/{tile_store.LAYERS[top]}/{{z}}/{{x}}/{{y}}.pbf", styles.SHARE_STYLE, 0)
    return _shell(city_box(), (covered, shares), _base_map())


def city_box() -> Box:
    """Return west, south, east, north of what is drawn in degrees; the envelope before anything is."""
    return door().kept.get("city box", _city_box)


def _city_box() -> Box:
    extent = map_store.level_extent(session(), profile().levels[0])
    if extent is None:
        envelope = profile().envelope
        return envelope.west, envelope.south, envelope.east, envelope.north
    return mercator_to_degrees(extent)


def mercator_to_degrees(box: Box) -> Box:
    """Return a box of EPSG:3857 in degrees, rounded outwards enough for a view."""
    lon, lat = crs.crs_to_crs([box[0], box[2]], [box[1], box[3]], "epsg:3857", crs.WGS84)
    return round(float(lon[0]), 6), round(float(lat[0]), 6), round(float(lon[1]), 6), round(float(lat[1]), 6)


@functools.lru_cache(maxsize=64)
def _shell(box: Box, layers: Sequence[VectorLayer], base_map: BaseMap | None) -> Shell:
    return render_shell(box, layers, base_map=base_map)


def _roads() -> VectorLayer:
    return VectorLayer("roads", "roads", "/tiles/roads/{z}/{x}/{y}.pbf", styles.road_style(), min(CLASSES_BY_ZOOM))


def _areas(levels: tuple[Level, ...]) -> tuple[VectorLayer, ...]:
    finest_first = reversed(levels)
    return tuple(
        VectorLayer(
            tile_store.LAYERS[level], tile_store.LAYERS[level], f"/tiles/{tile_store.LAYERS[level]}/{{z}}/{{x}}/{{y}}.pbf",
            styles.area_style(level), 0 if level == levels[0] else FIRST_ZOOM_SHOWN[level],
        )
        for level in finest_first
    )  # fmt: skip


def _base_map() -> BaseMap | None:
    settings = door().settings
    return BaseMap(settings.base_map_url, settings.base_map_crs, settings.base_map_attribution) if settings.base_map_url else None
