"""Queues, search, export and acts on many cases: in sight only, filters in the address, every case with its own answer."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gridmgmt.cases.model import CaseAction, CaseState
from gridmgmt.city.model import Level
from gridmgmt.web.csv_stream import csv_chunks
from tests import toy_city
from tests.cases.loop import TO_CLOSED, TO_FILED, TO_HANDLING
from tests.web.desk import EAST, act, bring, door_of, stored
from tests.web.people import csrf_token, sign_in

A, S = CaseAction, CaseState
WEST_OFFICE = [(Level.STREET_OFFICE, toy_city.WEST)]
CASE_NO = re.compile(r'data-case="([^"]+)"')


def shown(client: FlaskClient, address: str) -> list[str]:
    """Return the case numbers of a list, in its order."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return CASE_NO.findall(answer.get_data(as_text=True))


@pytest.mark.parametrize(
    ("role", "address", "way"),
    [
        ("intake_officer", "/intake", ()), ("dispatcher", "/dispatch", TO_FILED), ("supervisor", "/supervise", TO_HANDLING),
        ("planner", "/cases", ()),
    ],
)  # fmt: skip
def test_queue_shows_own_area_only(app: Flask, client: FlaskClient, role: str, address: str, way: tuple[CaseAction, ...]) -> None:
    own, foreign = bring(app, *way), bring(app, *way, at=EAST)
    sign_in(client, role, areas=WEST_OFFICE)
    assert own.case_no in shown(client, f"{address}?order=newest")
    assert foreign.case_no not in shown(client, f"{address}?order=newest")
    assert not shown(client, f"{address}?q={foreign.case_no}")


def test_unit_sees_its_cases_whatever_the_address_says(app: Flask, client: FlaskClient) -> None:
    case = bring(app, *TO_HANDLING)
    sign_in(client, "handler", units=["U2"])
    assert case.case_no not in shown(client, "/unit?unit=U1")
    other = app.test_client()
    sign_in(other, "handler", units=["U1"])
    assert case.case_no in shown(other, f"/unit?q={case.case_no}")


@pytest.mark.parametrize(
    ("role", "address"), [("handler", "/intake"), ("inspector", "/dispatch"), ("planner", "/supervise"), ("inspector", "/cases.csv")]
)
def test_queue_of_another_desk_is_closed(client: FlaskClient, role: str, address: str) -> None:
    sign_in(client, role, everything=True)
    assert client.get(address).status_code == 403


def test_filters_stand_in_the_address_and_pages_follow_by_cursor(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "planner", everything=True)
    word = "独一无二的描述"
    numbers = [bring(app, description=word).case_no for _ in range(53)]
    first = client.get(f"/cases?q={word}&order=oldest").get_data(as_text=True)
    assert CASE_NO.findall(first) == numbers[:50]
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    assert shown(client, following[1].replace("&amp;", "&")) == numbers[50:]
    assert shown(client, f"/cases?q={word}&state=closed") == []
    assert shown(client, f"/cases?q={word}&area=street_office:{toy_city.EAST}") == []
    assert len(shown(client, f"/cases?q={word}&class=matter:06010&source=inspector&area=community:{toy_city.WEST_COMMUNITY}")) == 50


@pytest.mark.parametrize("query", ["state=nope", "area=moon:1", "due=maybe", "from=yesterday", "bbox=1,2", "order=random", "after=x~y"])
def test_filter_that_means_nothing_is_refused(client: FlaskClient, query: str) -> None:
    sign_in(client, "planner", everything=True)
    assert client.get(f"/cases?{query}").status_code == 400


def test_bulk_tells_for_each_case_what_worked_and_why_not(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "intake_officer", areas=WEST_OFFICE)
    good, moved, foreign = bring(app), bring(app, *TO_FILED), bring(app, at=EAST)
    fields: dict[str, Any] = {"csrf_token": csrf_token(client), "action": "file", "queue": "intake", "client_request_id": "bulk-1"}
    fields |= {"case_no": [good.case_no, moved.case_no, foreign.case_no], f"version_{good.case_no}": good.version}
    page = client.post("/cases/bulk", data=fields).get_data(as_text=True)
    assert "1 件已办理" in page
    assert "2 件未办理" in page
    assert "没有案卷" in page
    assert [stored(app, case.case_no)[0].state for case in (good, moved, foreign)] == [S.PENDING_DISPATCH, S.PENDING_DISPATCH, S.REPORTED]
    again = client.post("/cases/bulk", data=fields).get_data(as_text=True)
    assert "1 件已办理" in again
    assert len(stored(app, good.case_no)[1]) == 3


def test_bulk_refuses_what_is_done_case_by_case(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "dispatcher", everything=True)
    fields = {"csrf_token": csrf_token(client), "client_request_id": "bulk-2", "case_no": bring(app).case_no}
    assert client.post("/cases/bulk", data=fields | {"action": "split"}).status_code == 400
    assert client.post("/cases/bulk", data={**fields, "case_no": [], "action": "dispatch"}).status_code == 400


def test_bulk_dispatch_without_a_unit_follows_the_suggestion(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "dispatcher", everything=True)
    case = bring(app, *TO_FILED)
    fields = {"csrf_token": csrf_token(client), "client_request_id": "bulk-3", "case_no": case.case_no, "action": "dispatch"}
    assert "1 件已办理" in client.post("/cases/bulk", data=fields).get_data(as_text=True)
    assert stored(app, case.case_no)[0].unit_code == "CITY-QUEUE"


def test_export_holds_what_the_list_shows_and_runs_nothing(app: Flask, client: FlaskClient) -> None:
    sign_in(client, "supervisor", areas=WEST_OFFICE)
    case = bring(app, *TO_HANDLING, description="=HYPERLINK(1)")
    bring(app, *TO_HANDLING, description="=HYPERLINK(1)", at=EAST)
    answer = client.get("/cases.csv?queue=supervise&q=HYPERLINK")
    text = answer.data.decode("utf-8-sig")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [line["案卷号"] for line in lines] == [case.case_no]
    assert lines[0]["描述"] == "'=HYPERLINK(1)"
    assert lines[0]["处置单位"] == "市政所"
    assert lines[0]["经度"].startswith("114.0")


def test_export_is_noted(app: Flask, client: FlaskClient) -> None:
    who = sign_in(client, "supervisor", everything=True)
    assert client.get("/cases.csv?q=x").status_code == 200
    from gridmgmt.accounts.audit_store import AuditFilter, list_entries  # noqa: PLC0415

    with door_of(app).sessions() as session:
        (entry,) = list_entries(session, AuditFilter(actor=who.name, what="case.export"))
    assert entry.details == {"q": ["x"]}


def test_csv_is_written_in_pieces() -> None:
    chunks = list(csv_chunks(["a"], ([number] for number in range(1200))))
    assert len(chunks) == 13
    assert "".join(chunks).count("\r\n") == 1201


def test_supervisor_sees_what_waits_for_a_word(app: Flask, client: FlaskClient) -> None:
    twice = (A.REQUEST_EXTENSION, A.REQUEST_EXTENSION)
    extension = bring(app, *TO_HANDLING, *twice)
    decided = bring(app, *TO_HANDLING, *twice, A.REJECT_EXTENSION)
    appealed = bring(app, *TO_CLOSED, A.REQUEST_APPEAL)
    suspended = bring(app, *TO_HANDLING, A.SUSPEND)
    foreign = bring(app, *TO_HANDLING, *twice, at=EAST)
    sign_in(client, "supervisor", areas=WEST_OFFICE)
    page = client.get("/supervise?q=nothing").get_data(as_text=True)
    for case in (extension, appealed, suspended):
        assert case.case_no in page
    assert decided.case_no not in page
    assert foreign.case_no not in page
    for name in ("first", "second"):
        other = app.test_client()
        sign_in(other, "supervisor", everything=True, name=f"reviewer-{name}")
        assert act(other, appealed, A.SUPPORT_APPEAL).status_code == 200
    assert appealed.case_no not in client.get("/supervise?q=nothing").get_data(as_text=True)
