"""The JSON interface."""

from __future__ import annotations

import itertools

from flask.testing import FlaskClient

from gridmgmt.crs import crs_to_crs
from tests import toy_city
from tests.web.people import sign_in
from tests.web_city import HOSTILE


def lonlat(x: float, y: float, crs: str = "wgs84") -> tuple[float, float]:
    """Return a point of the drawing in degrees."""
    lon, lat = crs_to_crs(*toy_city.point(x, y), "epsg:4547", crs)
    return float(lon), float(lat)


def ask(client: FlaskClient, x: float, y: float, *, crs: str = "wgs84", on: str = "2026-11-01", lang: str = "zh") -> dict[str, object]:
    """Return the answer for a point of the drawing."""
    lon, lat = lonlat(x, y, crs)
    response = client.get(f"/api/responsibility?lon={lon:.9f}&lat={lat:.9f}&crs={crs}&on={on}&lang={lang}")
    assert response.status_code == 200
    body: dict[str, object] = response.get_json()
    return body


def test_point_in_the_middle_gets_grid_segment_and_chief(client: FlaskClient) -> None:
    """(30, 30) lies in the south-west grid, 20 m from R1, whose own chief is Zhao."""
    found = ask(client, 30, 30)
    assert list(found["areas"]) == ["district", "street_office", "community", "unit_grid"]  # type: ignore[call-overload]
    assert found["areas"]["unit_grid"]["code"] == toy_city.SOUTH_WEST  # type: ignore[index]
    assert (found["segment"]["code"], found["segment"]["distance_m"]) == ("R1", 20.0)  # type: ignore[index]
    assert found["road_chief"]["name"] == "赵路长"  # type: ignore[index]
    assert found["border_distance_m"] == 30.0


def test_the_public_learns_who_answers_but_not_the_number(client: FlaskClient) -> None:
    """Whoever may see cases gets it."""
    assert ask(client, 30, 30)["road_chief"]["phone"] is None  # type: ignore[index]
    sign_in(client, "dispatcher", everything=True)
    assert ask(client, 30, 30)["road_chief"]["phone"]  # type: ignore[index]


def test_same_place_in_gcj02_gets_the_same_answer(client: FlaskClient) -> None:
    """The position of an Amap phone is converted, not taken for WGS 84."""
    assert ask(client, 30, 30, crs="gcj02")["areas"] == ask(client, 30, 30)["areas"]


def test_point_on_an_edge_names_who_shares_it(client: FlaskClient) -> None:
    """On x = 100 the lower code answers and the other is named."""
    found = ask(client, 100, 50)
    assert found["areas"]["unit_grid"]["code"] == toy_city.SOUTH_WEST  # type: ignore[index]
    assert found["shared_with"] == [toy_city.SOUTH_EAST]
    assert found["border_distance_m"] == 0


def test_past_day_is_answered_with_that_days_chief(client: FlaskClient) -> None:
    """Until 2026 Zhang was chief of the west zone."""
    assert ask(client, 50, 140, on="2025-12-31")["road_chief"]["name"] == "张路长"  # type: ignore[index]
    assert ask(client, 50, 140, on="2026-01-01")["road_chief"]["name"] == "李路长"  # type: ignore[index]


def test_labels_follow_the_language(client: FlaskClient) -> None:
    """``?lang=en`` gives English labels beside the same codes."""
    assert ask(client, 30, 30, lang="en")["labels"]["basis"] == "Road chief of the segment"  # type: ignore[index]


def test_missing_crs_is_refused_by_name(client: FlaskClient) -> None:
    """There is no default coordinate system."""
    response = client.get("/api/responsibility?lon=114&lat=30.5")
    assert (response.status_code, response.content_type) == (400, "application/problem+json; charset=utf-8")
    body = response.get_json(force=True)
    assert (body["code"], body["field"], body["status"]) == ("invalid_input", "crs", 400)
    assert body["detail"] != body["detail_zh"]


def test_point_outside_the_envelope_is_422_with_a_hint(client: FlaskClient) -> None:
    """Swapped axes are recognised."""
    response = client.get("/api/responsibility?lon=30.54&lat=114.0&crs=wgs84")
    assert response.status_code == 422
    assert "swapped" in response.get_json(force=True)["detail"]


def test_nonsense_is_refused_with_the_field(client: FlaskClient) -> None:
    """Numbers, days and zooms that are none."""
    for address, field in (
        ("/api/responsibility?lon=x&lat=30.5&crs=wgs84", "lon"),
        ("/api/responsibility?lon=114&lat=nan&crs=wgs84", "lat"),
        ("/api/responsibility?lon=114&lat=30.5&crs=wgs84&on=yesterday", "on"),
        ("/api/facilities?bbox=1,2,3&zoom=10", "bbox"),
        ("/api/facilities?bbox=114,30,113,31&zoom=10", "bbox"),
        ("/api/facilities?bbox=113,30,115,31&zoom=99", "zoom"),
        ("/api/facilities?bbox=113,30,115,31&zoom=9&kind=castle", "kind"),
        ("/api/search?q=" + "x" * 81, "q"),
        ("/api/search?q=%00", "q"),
        ("/coverage/castle", None),
    ):
        response = client.get(address, headers={"Accept": "application/json"})
        assert response.status_code == 400, address
        if field:
            assert response.get_json(force=True)["field"] == field


def test_search_finds_areas_roads_and_facilities(client: FlaskClient) -> None:
    """By name, by code prefix, and a percent sign is a percent sign."""
    assert [entry["code"] for entry in client.get("/api/search?q=西").get_json()["results"]] == [toy_city.WEST, toy_city.WEST_COMMUNITY]
    grids = [entry["code"] for entry in client.get(f"/api/search?q={toy_city.SOUTH_WEST[:14]}").get_json()["results"]]
    assert grids == [toy_city.SOUTH_WEST, toy_city.NORTH_WEST]
    assert [entry["kind"] for entry in client.get("/api/search?q=南大路").get_json()["results"]] == ["primary"]
    assert [entry["code"] for entry in client.get("/api/search?q=甲公厕").get_json()["results"]] == ["T-1"]
    assert client.get("/api/search?q=%25").get_json()["results"] == []


def test_search_result_points_into_the_thing(client: FlaskClient) -> None:
    """Asking who is responsible at a result's position leads back to it."""
    found = client.get(f"/api/search?q={toy_city.NORTH_EAST}").get_json()["results"][0]
    answer = client.get(f"/api/responsibility?lon={found['lon']}&lat={found['lat']}&crs=wgs84").get_json()
    assert answer["areas"]["unit_grid"]["code"] == toy_city.NORTH_EAST


def test_area_is_geojson_with_rings_as_rfc_7946_asks(client: FlaskClient) -> None:
    """Corners are those of the drawing, exterior rings run counter-clockwise."""
    feature = client.get(f"/api/areas/unit_grid/{toy_city.SOUTH_WEST}").get_json()
    ring = feature["geometry"]["coordinates"][0][0]
    corners = {(round(lon, 6), round(lat, 6)) for lon, lat in ring}
    assert corners == {(round(lon, 6), round(lat, 6)) for lon, lat in (lonlat(x, y) for x in (0, 100) for y in (0, 100))}
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring))
    assert area > 0
    assert client.get("/api/areas/unit_grid/nope").status_code == 404
    assert client.get("/api/areas/unit_grid/" + toy_city.SOUTH_WEST + "?on=2023-01-01").status_code == 404


def test_facilities_cluster_by_zoom(client: FlaskClient) -> None:
    """Two toilets 2 m apart are one dot from afar, at their mean, and two from near."""
    far = client.get("/api/facilities?kind=toilet&bbox=113.9,30.4,114.1,30.7&zoom=12").get_json()["features"]
    assert [feature["properties"]["count"] for feature in far] == [2]
    lon, lat = lonlat(51, 50)
    assert far[0]["geometry"]["coordinates"] == [round(lon, 7), round(lat, 7)]
    near = client.get("/api/facilities?kind=toilet&bbox=113.9,30.4,114.1,30.7&zoom=17").get_json()["features"]
    assert [feature["properties"]["name"] for feature in near] == ["甲公厕", HOSTILE]
    kinds = client.get("/api/facilities?kind=toilet,demolition-site&bbox=113.9,30.4,114.1,30.7&zoom=17").get_json()["features"]
    assert {feature["properties"]["kind"] for feature in kinds} == {"toilet", "demolition-site"}
    assert client.get("/api/facilities?bbox=113.9,30.4,113.91,30.41&zoom=17").get_json()["features"] == []


def test_labels_name_the_level_of_the_zoom(client: FlaskClient) -> None:
    """Districts from afar, unit grids' last digits from near."""
    far = client.get("/api/labels?bbox=113.9,30.4,114.1,30.7&zoom=9").get_json()["features"]
    assert [feature["properties"]["text"] for feature in far] == ["玩具区"]
    near = client.get("/api/labels?bbox=113.9,30.4,114.1,30.7&zoom=17").get_json()["features"]
    assert sorted(feature["properties"]["text"] for feature in near) == ["001", "001", "002", "002"]


def test_health_counts_what_is_loaded(client: FlaskClient) -> None:
    """Counts, edition and city."""
    body = client.get("/health").get_json()
    assert (body["status"], body["city"], body["edition"]) == ("ok", "玩具市", "首版")
    assert (body["counts"]["unit_grid"], body["counts"]["road_segments"], body["counts"]["toilet"]) == (4, 3, 2)
