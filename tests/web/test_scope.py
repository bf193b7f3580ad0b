"""What one person sees of the city another does not: lists, counts, maps."""

from __future__ import annotations

from flask.testing import FlaskClient

from gridmgmt.city.model import Level
from tests import toy_city
from tests.web.people import sign_in
from tests.web.test_api import lonlat
from tests.web.test_report import JSON, at, filled


def pins(client: FlaskClient, zoom: int) -> list[dict[str, object]]:
    """Return what the map shows of the whole drawing."""
    west, south = lonlat(-10, -10)
    east, north = lonlat(210, 210)
    answer = client.get(f"/api/incidents?bbox={west},{south},{east},{north}&zoom={zoom}")
    assert answer.status_code == 200
    return [feature["properties"] for feature in answer.get_json()["features"]]


def test_the_map_shows_each_only_their_own_cases(client: FlaskClient) -> None:
    """Single pins and the counts of clusters are of the asker's street office; the public gets neither."""
    made = [
        client.post("/report", data=filled(client, **at(x, 50), description="一堆"), headers=JSON).get_json()["case_no"] for x in (50, 150)
    ]
    assert client.get("/api/incidents?bbox=114,30,115,31&zoom=10", headers=JSON).status_code == 401
    seen, counts = [], []
    for areas in ([(Level.STREET_OFFICE, toy_city.WEST)], [(Level.STREET_OFFICE, toy_city.EAST)], [(Level.DISTRICT, toy_city.DISTRICT)]):
        browser = client.application.test_client()
        sign_in(browser, "intake_officer", areas=areas)
        seen.append({str(pin["case_no"]) for pin in pins(browser, 18)} & set(made))
        counts.append(sum(int(str(pin["count"])) for pin in pins(browser, 10)))
    assert seen == [{made[0]}, {made[1]}, set(made)]
    assert counts[0] + counts[1] == counts[2]
