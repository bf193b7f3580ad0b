"""Vector tiles and their TileJSON: areas, roads, coverage."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from gridmgmt.city.model import Level
from gridmgmt.errors import NotFoundError
from gridmgmt.facilities.coverage_store import covered_unit_grid_codes
from gridmgmt.facilities.model import FacilityKind
from gridmgmt.hierarchy import tile_store
from gridmgmt.roads import map_store as road_map_store
from gridmgmt.web.answers import packed_answer
from gridmgmt.web.door import door, profile, session, today
from gridmgmt.web.guard import needs
from gridmgmt.web.params import choice_of, query, radius_of

pages = Blueprint("tiles", __name__, url_prefix="/tiles")

MAX_ZOOM = 22
MAX_AGE_S = 300
COVERAGE_MAX_AGE_S = 60
AREA_LAYERS = {name: level for level, name in tile_store.LAYERS.items()}
Tile = tuple[int, int, int]


@pages.get("/<layer>/<int:z>/<int:x>/<int:y>.pbf")
@needs("map.read")
def get_tile(layer: str, z: int, x: int, y: int) -> ResponseReturnValue:
    """Answer one tile of an area layer or of the roads."""
    tile = _checked(z, x, y)
    day = today()
    if layer == "roads":
        version = road_map_store.tile_version(session())
        return _answer(f"roads-{version}", tile, lambda: road_map_store.road_tile(session(), tile, on=day))
    level = _level(layer)
    version = tile_store.tile_version(session())
    return _answer(f"{layer}-{version}", tile, lambda: tile_store.area_tile(session(), level, tile, on=day))


@pages.get("/coverage/<kind>/<int:z>/<int:x>/<int:y>.pbf")
@needs("map.read")
def get_coverage_tile(kind: str, z: int, x: int, y: int) -> ResponseReturnValue:
    """Answer one tile of unit grids marked 1 where a facility of the kind serves them within ``?radius=`` metres, else 0."""
    tile = _checked(z, x, y)
    facility_kind = choice_of(kind, "kind", FacilityKind)
    drawn = _draw_coverage(tile, facility_kind, radius_of(query(), facility_kind))
    # facilities change one by one, so the contents themselves are the version
    etag = hashlib.blake2b(drawn, digest_size=12).hexdigest()
    response = Response(status=304) if etag in request.if_none_match else _body(_packed(drawn))
    return _with_cache_headers(response, etag, max_age_s=COVERAGE_MAX_AGE_S)


@pages.get("/<layer>.json")
@needs("map.read")
def get_tilejson(layer: str) -> ResponseReturnValue:
    """Describe a layer (TileJSON 3.0)."""
    fields = {"code": "String", "name": "String"}
    if layer == "roads":
        fields["road_class"] = "String"
        first = min(road_map_store.CLASSES_BY_ZOOM)
        address = url_for("tiles.get_tile", layer="roads", z=0, x=0, y=0, _external=True)
    elif layer.startswith("coverage-"):
        kind = choice_of(layer.removeprefix("coverage-"), "kind", FacilityKind)
        first, fields["marked"] = tile_store.ZOOM_BANDS[Level.UNIT_GRID][0], "Number"
        address = url_for("tiles.get_coverage_tile", kind=kind.value, z=0, x=0, y=0, _external=True)
    else:
        first = tile_store.ZOOM_BANDS[_level(layer)][0]
        address = url_for("tiles.get_tile", layer=layer, z=0, x=0, y=0, _external=True)
    inside = "unit_grids" if layer.startswith("coverage-") else layer
    box = profile().envelope
    return {
        "tilejson": "3.0.0",
        "name": layer,
        "scheme": "xyz",
        "tiles": [address.replace("/0/0/0.pbf", "/{z}/{x}/{y}.pbf")],
        "minzoom": first,
        "maxzoom": MAX_ZOOM,
        "bounds": [box.west, box.south, box.east, box.north],
        "vector_layers": [{"id": inside, "fields": fields, "minzoom": first, "maxzoom": MAX_ZOOM}],
    }


def _draw_coverage(tile: Tile, kind: FacilityKind, radius_m: float) -> bytes:
    if tile_store.zoom_band(Level.UNIT_GRID, tile[0]) is None:
        return b""
    box = tile_store.tile_box(tile)
    covered = covered_unit_grid_codes(session(), kind, radius_m=radius_m, on=today(), box=box)
    return tile_store.area_tile(session(), Level.UNIT_GRID, tile, on=today(), marked=covered)


def _checked(z: int, x: int, y: int) -> Tile:
    if z > MAX_ZOOM or x >= 2**z or y >= 2**z:
        message = f"there is no tile {z}/{x}/{y}"
        raise NotFoundError(message, zh=f"没有瓦片 {z}/{x}/{y}")
    return z, x, y


def _level(layer: str) -> Level:
    if layer not in AREA_LAYERS:
        message = f"there is no layer {layer!r}; known are {', '.join(AREA_LAYERS)}, roads and coverage"
        raise NotFoundError(message, zh=f"没有图层“{layer}”")
    return AREA_LAYERS[layer]


def _answer(key: str, tile: Tile, draw: Callable[[], bytes]) -> Response:
    """Answer 304 to who has it, 204 for nothing, else the tile, compressed where that is understood."""
    etag = f"{key}-{today():%Y%m%d}-{'-'.join(map(str, tile))}"
    known = etag in request.if_none_match
    response = Response(status=304) if known else _body(door().tiles.get_or_draw(etag, lambda: _packed(draw())))
    return _with_cache_headers(response, etag, max_age_s=MAX_AGE_S)


def _with_cache_headers(response: Response, etag: str, *, max_age_s: int) -> Response:
    response.set_etag(etag)
    response.headers["Cache-Control"] = f"public, max-age={max_age_s}"
    response.headers["Vary"] = "Accept-Encoding"
    return response


def _packed(drawn: bytes) -> bytes:
    return gzip.compress(drawn, compresslevel=5, mtime=0) if drawn else b""


def _body(packed: bytes) -> Response:
    return packed_answer(packed, "application/vnd.mapbox-vector-tile") if packed else Response(status=204)
