"""A commit writes all or nothing, and appends."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.errors import ConflictError, InvalidInputError
from gridmgmt.ingest.commit_areas import Provenance, commit_areas, file_sha256
from gridmgmt.ingest.commit_roads import commit_roads
from gridmgmt.ingest.diff import compare_segments
from gridmgmt.ingest.ingest_areas import AreaOrder, Plan, plan_areas
from gridmgmt.ingest.ingest_roads import RoadPlan
from gridmgmt.ingest.store import list_runs
from tests.ingest.layers import layer_of
from tests.toy_city import AREAS, PROFILE, SEGMENTS, SOUTH_WEST, START, WEST_COMMUNITY, area, rectangle

GRIDS = [each for each in AREAS if each.level is Level.UNIT_GRID]
DAY = datetime.date(2026, 1, 1)
HERE = Provenance("unit_grid", Path(__file__), "epsg:4547", {"mapping": {"code": "code"}})


def planned(session: Session) -> Plan:
    shrunk = area(Level.UNIT_GRID, SOUTH_WEST, None, WEST_COMMUNITY, rectangle(0, 0, 90, 100))
    return plan_areas(session, layer_of([shrunk, *GRIDS[1:]]), AreaOrder(Level.UNIT_GRID), PROFILE)


def test_the_record_says_what_was_imported_from_what(session: Session) -> None:
    commit_areas(session, planned(session), HERE, edition_name=None, edition_from=DAY, accepted=())
    (run,) = list_runs(session)
    assert (run.layer, run.source, run.crs, run.features, run.rejected) == ("unit_grid", Path(__file__).name, "epsg:4547", 4, 0)
    assert run.file_sha256 == file_sha256(Path(__file__))
    assert run.summary["warnings"] == {"gap": 1, "mismatched_border": 2}
    assert run.summary["edition_from"] == "2026-01-01"


def test_an_edition_without_a_name_bears_its_first_day(session: Session) -> None:
    edition = commit_areas(session, planned(session), HERE, edition_name=None, edition_from=DAY, accepted=())
    assert edition is not None
    assert edition.name == "2026-01-01"


def test_the_first_day_is_never_guessed(session: Session) -> None:
    with pytest.raises(InvalidInputError, match="from which day"):
        commit_areas(session, planned(session), HERE, edition_name=None, edition_from=None, accepted=())
    assert list_runs(session) == []


def test_roads_append_to_their_history(session: Session) -> None:
    difference = compare_segments(SEGMENTS, SEGMENTS[:2])
    plan = RoadPlan((), difference, 2, 0)
    with pytest.raises(ConflictError, match="roads last changed on 2024-01-01"):
        commit_roads(session, plan, HERE, valid_from=START - datetime.timedelta(days=1), accepted=())
    assert commit_roads(session, plan, HERE, valid_from=DAY, accepted=())
    with pytest.raises(ConflictError, match="roads last changed on 2026-01-01"):
        commit_roads(session, plan, HERE, valid_from=datetime.date(2025, 1, 1), accepted=())
