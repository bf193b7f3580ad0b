"""How many statements the pages ask that are opened all day: each is a trip to the database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from gridmgmt.city.model import Level
from tests import toy_city
from tests.cases.loop import TO_FILED, TO_HANDLING
from tests.web.desk import bring, door_of
from tests.web.people import csrf_token, sign_in
from tests.web.test_inspection import report_body

OFFICE = [(Level.STREET_OFFICE, toy_city.WEST)]


@contextlib.contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """Give a list that fills with the statements asked meanwhile."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    engine = door_of(app).engine
    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(("role", "address", "most"), [("inspector", "/cases", 4), ("dispatcher", "/dispatch", 5)])
def test_a_list_asks_who_it_is_for_its_lines_its_counts_and_the_messages(
    app: Flask, client: FlaskClient, role: str, address: str, most: int
) -> None:
    """Who asks, the ids of a page (no planner knows beforehand how few they are), their lines, the counts by state, the messages."""
    bring(app, *TO_FILED)
    sign_in(client, role, areas=OFFICE)
    client.get(address)  # the options of the filter are kept from now on
    with counted(app) as asked:
        assert client.get(address).status_code == 200
    assert len(asked) <= most, asked


def test_the_page_of_a_case_asks_seven_statements(app: Flask, client: FlaskClient) -> None:
    case = bring(app, *TO_HANDLING)
    sign_in(client, "planner", areas=OFFICE)
    client.get(f"/cases/{case.case_no}")
    with counted(app) as asked:
        assert client.get(f"/cases/{case.case_no}").status_code == 200
    assert len(asked) <= 7, asked


def test_a_report_is_written_by_two_statements_and_a_message(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "inspector", areas=OFFICE)
    head = {"X-CSRF-Token": csrf_token(client)}
    client.post("/api/reports", json=report_body(50, 70), headers=head)  # what is asked once is kept from now on
    with counted(app) as asked:
        assert client.post("/api/reports", json=report_body(52, 70), headers=head).status_code == 201
    assert len(asked) <= 8, asked
