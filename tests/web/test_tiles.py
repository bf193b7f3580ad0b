"""Vector tiles, decoded and compared with what is stored."""

from __future__ import annotations

import gzip
import math

import mapbox_vector_tile
import pytest
import shapely
from flask.testing import FlaskClient

from gridmgmt.crs import crs_to_crs
from tests import toy_city
from tests.web_city import HOSTILE


def tile_of(x: float, y: float, zoom: int) -> tuple[int, int, int]:
    """Return the tile that holds a point of the drawing."""
    lon, lat = crs_to_crs(*toy_city.point(x, y), "epsg:4547", "wgs84")
    column = int((float(lon) + 180) / 360 * 2**zoom)
    row = int((1 - math.asinh(math.tan(math.radians(float(lat)))) / math.pi) / 2 * 2**zoom)
    return zoom, column, row


def fetch(client: FlaskClient, layer: str, tile: tuple[int, int, int], query: str = "") -> dict[str, object]:
    """Return a decoded tile with coordinates in EPSG:3857."""
    zoom, column, row = tile
    response = client.get(f"/tiles/{layer}/{zoom}/{column}/{row}.pbf{query}")
    assert response.status_code == 200
    side, half = 40_075_016.685578488 / 2**zoom, 20_037_508.342789244
    bounds = (column * side - half, half - (row + 1) * side, (column + 1) * side - half, half - row * side)
    decoded: dict[str, object] = mapbox_vector_tile.decode(response.data, default_options={"y_coord_down": False})
    for entry in decoded.values():
        for feature in entry["features"]:  # type: ignore[index]
            shape = shapely.geometry.shape(feature["geometry"])
            scale = side / 4096
            feature["shape"] = shapely.affinity.affine_transform(shape, [scale, 0, 0, scale, bounds[0], bounds[1]])
    return decoded


def mercator(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a shape of the storage CRS in EPSG:3857."""
    return shapely.transform(
        shape, lambda xy: shapely.get_coordinates(shapely.points(*crs_to_crs(xy[:, 0], xy[:, 1], "epsg:4547", "epsg:3857")))
    )


@pytest.mark.parametrize(("layer", "level"), [("districts", 0), ("street_offices", 1), ("communities", 3), ("unit_grids", 5)])
def test_shape_in_the_tile_is_the_stored_one(client: FlaskClient, layer: str, level: int) -> None:
    """At zoom 16, where nothing is simplified, the decoded polygon differs by less than a tile unit (15 cm) along its border."""
    area = toy_city.AREAS[level]
    tile = tile_of(50, 50, 16)
    features = fetch(client, layer, tile)[layer]["features"]  # type: ignore[index]
    found = next(feature for feature in features if feature["properties"]["code"] == area.code)
    window = shapely.box(*shapely.bounds(found["shape"]))
    assert area.shape is not None
    wanted = shapely.intersection(mercator(area.shape), window)
    assert shapely.hausdorff_distance(found["shape"], wanted) < 0.4


def test_every_level_has_its_first_zoom(client: FlaskClient) -> None:
    """From afar there are districts, no grids; an empty tile is 204 without a body."""
    for layer, zoom, status in (
        ("districts", 8, 200),
        ("unit_grids", 12, 204),
        ("unit_grids", 13, 200),
        ("communities", 10, 204),
        ("roads", 7, 204),
    ):
        _, column, row = tile_of(100, 100, zoom)
        response = client.get(f"/tiles/{layer}/{zoom}/{column}/{row}.pbf")
        assert (response.status_code, bool(response.data)) == (status, status == 200), (layer, zoom)
    assert client.get("/tiles/districts/12/0/0.pbf").status_code == 204


def test_shared_border_stays_shared_at_every_zoom(client: FlaskClient) -> None:
    """Neighbours in one tile leave no gap and no overlap beyond the tile's own units."""
    for zoom in (13, 14, 16):
        features = fetch(client, "unit_grids", tile_of(100, 100, zoom))["unit_grids"]["features"]  # type: ignore[index]
        shapes = [feature["shape"] for feature in features]
        union = shapely.union_all(shapes)
        assert abs(sum(shape.area for shape in shapes) - union.area) < union.area * 1e-6
        assert len(getattr(union, "interiors", [])) == 0


def test_roads_appear_by_class(client: FlaskClient) -> None:
    """The main road from zoom 10, joined and by class alone; with its code from 12, branch roads from 13."""
    far = fetch(client, "roads", tile_of(100, 100, 11))["roads"]["features"]  # type: ignore[index]
    assert [feature["properties"] for feature in far] == [{"road_class": "primary"}]
    middle = fetch(client, "roads", tile_of(100, 100, 12))["roads"]["features"]  # type: ignore[index]
    assert [feature["properties"]["code"] for feature in middle] == ["R1"]
    near = fetch(client, "roads", tile_of(100, 100, 14))["roads"]["features"]  # type: ignore[index]
    assert {feature["properties"]["code"]: feature["properties"]["road_class"] for feature in near} == {
        "R1": "primary",
        "R2": "tertiary",
        "R3": "tertiary",
    }


def test_coverage_marks_the_grids_within_the_radius(client: FlaskClient) -> None:
    """A toilet stands at (50, 50); the middle of the south-west grid lies within 10 m, that of the others does not until 100 m."""

    def marked(query: str) -> dict[str, int]:
        features = fetch(client, "coverage/toilet", tile_of(50, 50, 15), query)["unit_grids"]["features"]  # type: ignore[index]
        return {feature["properties"]["code"]: feature["properties"]["marked"] for feature in features}

    assert {code for code, mark in marked("?radius=10").items() if mark} == {toy_city.SOUTH_WEST}
    assert {code for code, mark in marked("?radius=101").items() if mark} == {toy_city.SOUTH_WEST, toy_city.SOUTH_EAST, toy_city.NORTH_WEST}
    assert all(marked("").values())  # 300 m, the rule


def test_etag_answers_304_until_the_shapes_change(client: FlaskClient) -> None:
    """The version is in the tag; names travel as they are, also a hostile one."""
    zoom, column, row = tile_of(150, 50, 14)
    for address in (f"/tiles/street_offices/{zoom}/{column}/{row}.pbf", f"/tiles/coverage/toilet/{zoom}/{column}/{row}.pbf"):
        first = client.get(address)
        assert "max-age" in first.headers["Cache-Control"]
        again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    features = fetch(client, "street_offices", (zoom, column, row))["street_offices"]["features"]  # type: ignore[index]
    assert HOSTILE in {feature["properties"]["name"] for feature in features}


def test_compressed_only_for_who_asks(client: FlaskClient) -> None:
    """Gzip on request, the same bytes inside."""
    zoom, column, row = tile_of(50, 50, 14)
    plain = client.get(f"/tiles/unit_grids/{zoom}/{column}/{row}.pbf")
    packed = client.get(f"/tiles/unit_grids/{zoom}/{column}/{row}.pbf", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data


def test_tilejson_describes_every_layer(client: FlaskClient) -> None:
    """Addresses are absolute, the layer inside is named."""
    for layer, inside in (("districts", "districts"), ("roads", "roads"), ("coverage-toilet", "unit_grids")):
        body = client.get(f"/tiles/{layer}.json").get_json()
        assert body["tilejson"] == "3.0.0"
        assert body["vector_layers"][0]["id"] == inside
        assert body["tiles"][0].startswith("http://localhost/tiles/")
        assert body["tiles"][0].endswith("/{z}/{x}/{y}.pbf")
    assert client.get("/tiles/castles.json").status_code == 404


def test_no_such_tile_is_404(client: FlaskClient) -> None:
    """Beyond the world, or a layer nobody has."""
    for address in ("/tiles/districts/3/8/0.pbf", "/tiles/districts/30/1/1.pbf", "/tiles/castles/3/1/1.pbf"):
        assert client.get(address).status_code == 404
