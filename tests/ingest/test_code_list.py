"""Yearly code lists keep history: renames, re-codings, merges, retired codes."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.city.model import Level
from gridmgmt.city.read_profile import read_profile
from gridmgmt.errors import SourceError
from gridmgmt.hierarchy import store
from gridmgmt.hierarchy.apply_edition import write_edition
from gridmgmt.hierarchy.edition_store import list_retired_codes
from gridmgmt.hierarchy.model import ChangeKind
from gridmgmt.hierarchy.tables import AreaRow
from gridmgmt.ingest.code_list import plan_code_list
from gridmgmt.ingest.ingest_areas import Plan
from gridmgmt.ingest.layer import FaultKind
from gridmgmt.ingest.mapping import apply_mapping, choose_mapping
from gridmgmt.ingest.read_layer import read_layer
from tests.toy_city import AREAS, EAST, EAST_COMMUNITY, WEST, WEST_COMMUNITY, rectangle

Rows = list[dict[str, str]]
DAY = datetime.date(2026, 1, 1)
TOY: Rows = [
    {"code": each.code, "name": each.name or "", "parent_code": each.parent_code or "", "level": each.level.value, "old_code": ""}
    for each in AREAS
    if each.level is not Level.UNIT_GRID
]


def changed(**by_code: dict[str, str]) -> Rows:
    return [row | by_code.get(f"c{row['code']}", {}) for row in TOY]


@pytest.fixture
def plan(session: Session, tmp_path: Path) -> Callable[..., Plan]:
    def make(rows: Rows, opened: Session = session) -> Plan:
        path = tmp_path / "codes.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        layer = read_layer(path)
        mapping = choose_mapping(list(layer.attributes.columns), wanted=("code", "name", "parent_code", "level", "old_code"))
        return plan_code_list(opened, apply_mapping(layer, mapping), city_store.get_profile(opened))

    return make


def kinds(plan: Plan) -> list[tuple[ChangeKind, str | None, str | None]]:
    return [(change.kind, change.old_code, change.new_code) for difference in plan.differences for change in difference.changes]


def test_the_same_list_changes_nothing(plan: Callable[..., Plan]) -> None:
    result = plan(TOY)
    assert result.faults == ()
    assert kinds(result) == []


def test_a_rename_keeps_the_shape_and_the_old_name_in_history(session: Session, plan: Callable[..., Plan]) -> None:
    result = plan(changed(**{f"c{WEST}": {"name": "西湖街道"}}))
    assert kinds(result) == [(ChangeKind.RENAMED, WEST, WEST)]
    write_edition(session, result.differences, name="二版", valid_from=DAY)
    yesterday, today = (store.find_area(session, Level.STREET_OFFICE, WEST, on=day) for day in (datetime.date(2025, 12, 31), DAY))
    assert yesterday is not None
    assert today is not None
    assert (yesterday.name, today.name) == ("西街道", "西湖街道")
    assert today.shape == yesterday.shape == rectangle(0, 0, 100, 200)


def test_a_merge_the_list_declares_unites_the_shapes_and_retires_the_codes(session: Session, plan: Callable[..., Plan]) -> None:
    rows = [row for row in TOY if row["code"] != EAST_COMMUNITY]
    rows = [row | ({"old_code": f"{EAST_COMMUNITY}、{WEST_COMMUNITY}"} if row["code"] == WEST_COMMUNITY else {}) for row in rows]
    result = plan(rows)
    assert set(kinds(result)) == {
        (ChangeKind.RESHAPED, WEST_COMMUNITY, WEST_COMMUNITY),
        (ChangeKind.REMOVED, EAST_COMMUNITY, WEST_COMMUNITY),
    }
    write_edition(session, result.differences, name="二版", valid_from=DAY)
    merged = store.find_area(session, Level.COMMUNITY, WEST_COMMUNITY, on=DAY)
    assert merged is not None
    assert merged.shape is not None
    assert merged.shape.equals(rectangle(0, 0, 200, 200))
    assert list_retired_codes(session, Level.COMMUNITY)[EAST_COMMUNITY].successor_code == WEST_COMMUNITY


def test_unit_grids_and_zones_that_lose_their_community_are_said(plan: Callable[..., Plan]) -> None:
    result = plan([row for row in TOY if row["code"] != EAST_COMMUNITY])
    assert {(fault.kind, fault.code, fault.blocking) for fault in result.faults} == {(FaultKind.ORPHANED, EAST_COMMUNITY, False)}
    assert [fault.reason for fault in result.faults] == [
        f"2 areas still name it as their parent, first {EAST_COMMUNITY}001",
        "responsibility zone Z-E still holds it",
    ]


def test_a_new_parent_moves_and_its_children_follow_by_name(plan: Callable[..., Plan]) -> None:
    new = {f"c{EAST}": {"code": "420100009"}, f"c{EAST_COMMUNITY}": {"code": "420100009001", "parent_code": "420100009"}}
    assert kinds(plan(changed(**new))) == [(ChangeKind.RECODED, EAST, "420100009"), (ChangeKind.RECODED, EAST_COMMUNITY, "420100009001")]


def test_rows_that_cannot_be_used_say_why(plan: Callable[..., Plan]) -> None:
    grid = {"code": "420100001001001", "name": "甲", "parent_code": "", "level": "网格", "old_code": ""}
    rows = [*TOY, grid, grid | {"level": "星球"}, grid | {"name": ""}, grid | {"code": "420100777001", "level": "社区"}]
    faults = plan(rows).faults
    assert [(fault.feature, fault.kind) for fault in faults] == [
        (6, FaultKind.BAD_VALUE), (7, FaultKind.BAD_VALUE), (8, FaultKind.MISSING_VALUE), (9, FaultKind.NO_PARENT),
    ]  # fmt: skip


def test_a_list_without_levels_is_refused(plan: Callable[..., Plan]) -> None:
    with pytest.raises(SourceError, match="no column level"):
        plan([{"code": "420100", "name": "玩具区", "parent_code": ""}])


@pytest.fixture
def list_2023(shared_data: Path) -> Rows:
    with gzip.open(shared_data / "wuhan_divisions_2023.csv.gz") as file:
        return list(csv.DictReader(io.TextIOWrapper(file, encoding="utf-8")))


def as_in_2019(rows: Rows) -> Rows:
    """Return the list of 2023 as 2019 might have had it: other names, codes since merged, one district's street coded otherwise."""
    older = [dict(row) for row in rows]
    for row in older:
        if row["code"] == "420102002":
            row["name"] = "大智街"
        if row["code"] == "420102003003":
            row["name"] = "旧名社区"
    taken = {row["code"] for row in older}
    street = next(row["code"] for row in older if row["level"] == "street" and row["code"].startswith("420117"))
    for row in older:  # a street office that had another code, and so had all its communities
        if row["code"].startswith(street):
            row["code"] = row["code"].replace(street, "420117399", 1)
        if row["parent_code"] == street:
            row["parent_code"] = "420117399"
    communities = [row for row in older if row["parent_code"] == "420103001"][:2]
    extra = {"level": "community", "code": "420103001899", "name": "并入前社区", "parent_code": "420103001"}
    assert extra["code"] not in taken
    assert communities
    return [*older, extra]


def test_2019_to_2023_keeps_names_merges_and_retired_codes(empty_session: Session, plan: Callable[..., Plan], list_2023: Rows) -> None:
    profile = Path(__file__).resolve().parents[2] / "geodata" / "profiles" / "wuhan.toml"
    city_store.save_profile(empty_session, read_profile(profile))
    first = plan(as_in_2019(list_2023), empty_session)
    assert not [fault for fault in first.faults if fault.blocking]
    write_edition(empty_session, first.differences, name="2019", valid_from=datetime.date(2019, 12, 31))
    target = next(row["code"] for row in list_2023 if row["parent_code"] == "420103001")
    newer = [row | {"old_code": "420103001899" if row["code"] == target else ""} for row in list_2023]
    second = plan(newer, empty_session)
    assert not [fault for fault in second.faults if fault.blocking]
    by_level = {difference.level: difference.count_kinds() for difference in second.differences}
    moved = sum(
        row["parent_code"] == next(r["code"] for r in list_2023 if r["level"] == "street" and r["code"].startswith("420117"))
        for row in list_2023
    )
    assert by_level[Level.DISTRICT] == {}
    assert by_level[Level.STREET_OFFICE] == {ChangeKind.RENAMED: 1, ChangeKind.RECODED: 1}
    assert by_level[Level.COMMUNITY][ChangeKind.RECODED] + by_level[Level.COMMUNITY].get(ChangeKind.ADDED, 0) == moved
    write_edition(empty_session, second.differences, name="2023", valid_from=datetime.date(2023, 6, 30))
    names = empty_session.scalars(select(AreaRow.name).where(AreaRow.code == "420102002").order_by(AreaRow.valid_from)).all()
    assert names == ["大智街", "大智街道"]
    assert list_retired_codes(empty_session, Level.COMMUNITY)["420103001899"].successor_code == target
    unchanged = empty_session.scalar(text("SELECT count(*) FROM area WHERE valid_from = '2019-12-31' AND valid_to IS NULL"))
    assert unchanged is not None
    assert unchanged > 3600
    assert not any(plan(newer, empty_session).differences)
