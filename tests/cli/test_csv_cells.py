"""What commands write for spreadsheets runs nothing there."""

from __future__ import annotations

import csv
import io

from gridmgmt.accounts import audit_store
from gridmgmt.db import make_session_factory
from tests.cli.imports import City


def test_the_audit_log_as_csv_holds_no_formula(city: City) -> None:
    with make_session_factory(city.engine).begin() as session:
        audit_store.note(session, "=HYPERLINK(1)", "sign_in.failed", "@SUM(1)", {"name": "=1"})
    written = city.run("audit", "--csv").output
    rows = list(csv.reader(io.StringIO(written)))
    assert "'=HYPERLINK(1)" in rows[1]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "@"))]
