"""At city size the one statement walks its indexes: nothing in its plan reads a large table from end to end."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.responsibility.store import explain_plan, resolve_responsibility
from tests import big_city

LARGE = {"area", "road_segment", "appointment", "person", "zone_member", "zone"}


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Walk over every node of a plan."""
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


@pytest.mark.slow
def test_statement_uses_the_spatial_indexes_at_80000_grids_and_60000_segments(
    new_database: Callable[..., str], migrated_template: str
) -> None:
    engine = make_engine(new_database(migrated_template))
    with make_session_factory(engine)() as session:
        big_city.load(session)
        on, point = datetime.date(2026, 11, 1), (big_city.EAST0 + 12_345.0, big_city.NORTH0 + 6_789.0)
        found = resolve_responsibility(session, point, on=on)
        assert [area.code for area in found.areas] == ["D-3-1", "S-6-3", "C-24-13", "G-123-67"]
        plan = list(nodes(explain_plan(session, point, on=on)[0]["Plan"]))
    engine.dispose()
    read_whole = {node["Relation Name"] for node in plan if node["Node Type"] == "Seq Scan"}
    assert not read_whole & LARGE
    indexes = {node.get("Index Name") for node in plan}
    assert {"ix_area_shape_unit_grid", "ix_area_level_code", "ix_road_segment_line"} <= indexes
