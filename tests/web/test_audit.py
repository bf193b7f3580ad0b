"""The page of the audit log."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import gridmgmt
from gridmgmt.web.audit import WORDS
from tests.web.people import sign_in

NOTED = re.compile(r"""\bnote(?:_export)?\((?:[^()]|\([^()]*\))*?"([a-z_]+\.[a-z_]+)\"""")


def test_everything_that_is_noted_has_a_word_for_people() -> None:
    sources = Path(gridmgmt.__file__).parent.rglob("*.py")
    noted = {what for source in sources for what in NOTED.findall(source.read_text(encoding="utf-8"))}
    assert {"account.add", "case.export", "siting.decide", "retention.run"} <= noted
    assert noted == set(WORDS)


@pytest.mark.parametrize("query", ["after=1e30", "after=9999999999999999999", "to=9999-12-31", "from=0001-01-01"])
def test_what_no_log_can_hold_is_refused_by_name(client: FlaskClient, query: str) -> None:
    sign_in(client, "administrator", everything=True)
    answer = client.get(f"/audit?{query}", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["field"]) == (400, query.partition("=")[0])
