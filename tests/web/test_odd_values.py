"""Numbers and days that no row and no calendar can hold are refused by name or are no page; none is a fault of the server."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.web.people import sign_in

BIG = "9" * 25


@pytest.mark.parametrize("query", ["after=1e30", f"after={BIG}", "to=9999-12-31", "from=0001-01-01"])
def test_the_field_is_named(client: FlaskClient, query: str) -> None:
    sign_in(client, "administrator", everything=True)
    answer = client.get(f"/audit?{query}", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["field"]) == (400, query.partition("=")[0])


@pytest.mark.parametrize(
    "address", ["/dispatch/rules/3000000000", f"/dispatch/rules/{BIG}/dry-run", f"/siting/{BIG}", f"/siting/plans/{BIG}"]
)
def test_no_row_has_such_a_number(client: FlaskClient, address: str) -> None:
    sign_in(client, "administrator", everything=True)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", [f"/messages/{BIG}", f"/road-chief/patrols/{BIG}", f"/road-chief/patrols/{BIG}.geojson"])
def test_nor_has_what_is_ones_own(client: FlaskClient, address: str) -> None:
    sign_in(client, "supervisor", everything=True)
    assert client.get(address).status_code == 404
