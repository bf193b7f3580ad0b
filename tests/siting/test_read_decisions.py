"""A table of decisions is read as a whole; each fault names its row and column; what is good enters the register."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy.orm import Session

from gridmgmt.errors import InvalidInputError
from gridmgmt.facilities import store as facilities_store
from gridmgmt.facilities.model import FacilityKind, FacilityStatus, ProgrammeKind
from gridmgmt.ingest.sheet import read_sheet
from gridmgmt.siting import decision_store, scenario_store
from gridmgmt.siting.decide import Ruling
from gridmgmt.siting.decide_all import decide_all
from gridmgmt.siting.export_book import SHEET, write_book
from gridmgmt.siting.read_decisions import Decisions, DecisionsError, read_decisions
from gridmgmt.siting.report import read_report
from gridmgmt.siting.scenario import Verdict
from tests import toy_city
from tests.siting.small_plan import AT, keep_plan

ON = datetime.date(2026, 11, 5)
HEADS = ("序号", "候选点编码", "审定结论", "审定理由", "移位经度或X", "移位纬度或Y", "计入年度")
STORAGE = "epsg:4547"


def read(session: Session, plan_id: int, *rows: Sequence[object], crs: str | None = STORAGE) -> Decisions:
    sites = scenario_store.list_sites(session, plan_id)
    cells = [(number, dict(zip(HEADS, row, strict=False))) for number, row in enumerate(rows, 2)]
    return read_decisions(HEADS, cells, sites, profile=toy_city.PROFILE, crs=crs)


def faults(session: Session, plan_id: int, *rows: Sequence[object], crs: str | None = STORAGE) -> list[tuple[int | None, str]]:
    with pytest.raises(DecisionsError) as caught:
        read(session, plan_id, *rows, crs=crs)
    return [(fault.row, fault.field) for fault in caught.value.faults]


def test_accepted_moved_refused_and_undecided(session: Session) -> None:
    plan = keep_plan(session)
    x, y = toy_city.point(60, 60)
    found = read(session, plan.id, (2, "F-2", "移位采纳", "避开管线", x, y, 2025), (1.0, "F-1", " 不采纳 ", "用地未落实"))
    assert found.rulings == (
        (2, Ruling(2, Verdict.MOVED, "避开管线", (x, y), 2025)),
        (3, Ruling(1, Verdict.REFUSED, "用地未落实")),
    )
    empty = read(session, plan.id, (1, "F-1", None), (2, "F-2", "  "))
    assert (empty.rulings, empty.undecided) == ((), 2)


def test_every_fault_names_its_row_and_column(session: Session) -> None:
    plan = keep_plan(session)
    found = faults(
        session, plan.id,
        (9, "", "采纳"), ("x", "", "采纳"), (1, "F-2", "采纳"), (1, "F-1", "也许"), (1, "F-1", "不采纳", ""),
        (1, "F-1", "移位采纳", "", "", ""), (1, "F-1", "移位采纳", "", "114", "north"), (1, "F-1", "移位采纳", "", 1.0, 2.0),
        (1, "F-1", "采纳", "", 5.0, 6.0), (1, "F-1", "采纳", "", "", "", "next"), (1, "F-1", "采纳"), (1, "F-1", "采纳"),
    )  # fmt: skip
    verdict, reason, x, y, year = HEADS[2:]
    assert found == [
        (2, "序号"), (3, "序号"), (4, "候选点编码"), (5, verdict), (6, reason), (7, x), (8, y), (9, x), (10, x), (11, year), (13, "序号"),
    ]  # fmt: skip


def test_a_new_place_needs_its_system(session: Session) -> None:
    plan = keep_plan(session)
    assert faults(session, plan.id, (1, "F-1", "移位", "", 114.0, 30.5), crs=None) == [(2, "坐标系")]
    ((_, ruling),) = read(session, plan.id, (1, "F-1", "移位", "", 114.0, 30.5), crs="wgs84").rulings
    assert ruling.point is not None
    assert ruling.point[0] == pytest.approx(500_000, abs=200)


def test_a_plan_without_years_asks_for_the_year(session: Session) -> None:
    plan = keep_plan(session, years=False)
    assert faults(session, plan.id, (1, "F-1", "采纳")) == [(2, "计入年度")]
    assert (
        len(read(session, plan.id, (1, "F-1", "采纳", "", "", "", "\uff12\uff10\uff12\uff15"), (2, "F-2", "不采纳", "太近")).rulings) == 2
    )


def test_a_table_without_the_columns_is_refused(session: Session) -> None:
    sites = scenario_store.list_sites(session, keep_plan(session).id)
    with pytest.raises(DecisionsError, match="审定结论"):
        read_decisions(("序号", "备注"), [], sites, profile=toy_city.PROFILE, crs=None)


def test_what_is_accepted_counts_in_its_year(session: Session) -> None:
    plan = keep_plan(session)
    x, y = toy_city.point(60, 60)
    rulings = read(session, plan.id, (1, "F-1", "采纳"), (2, "F-2", "移位采纳", "避开管线", x, y, "2027")).rulings
    made = decide_all(session, plan.id, rulings, on=ON, at=AT, by="planner")
    assert [decision.year for decision in made] == [2025, 2027]
    counted = {(count.kind, count.programme, count.year): count.facilities for count in facilities_store.count_programme(session)}
    assert counted == {(FacilityKind.TOILET, ProgrammeKind.NEW, 2025): 1, (FacilityKind.TOILET, ProgrammeKind.NEW, 2027): 1}
    moved = facilities_store.find_facility(session, made[1].facility_code or "")
    assert moved is not None
    assert ((moved.point.x, moved.point.y), moved.status, moved.unit_grid_code) == ((x, y), FacilityStatus.PLANNED, toy_city.SOUTH_WEST)
    assert faults(session, plan.id, (1, "F-1", "采纳")) == [(2, "序号")]


def test_what_was_decided_meanwhile_is_told_by_row(session: Session) -> None:
    plan = keep_plan(session)
    rulings = read(session, plan.id, (1, "F-1", "采纳"), (2, "F-2", "采纳")).rulings
    decide_all(session, plan.id, rulings[1:], on=ON, at=AT, by="somebody")
    with pytest.raises(DecisionsError) as caught:
        decide_all(session, plan.id, rulings, on=ON, at=AT, by="planner")
    assert [(fault.row, fault.zh_reason) for fault in caught.value.faults] == [(3, f"选址结果 {plan.id} 第 2 个点位已审定")]
    assert isinstance(caught.value.faults[0], InvalidInputError)


def test_our_own_workbook_comes_back_filled_in(session: Session, tmp_path: Path) -> None:
    plan = keep_plan(session)
    path = tmp_path / "plan.xlsx"
    path.write_bytes(write_book(read_report(session, plan.id), [], storage=STORAGE))
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["点位", "结论", "分年", "可达性", "用地密度", "规则"]
    sheet = book["点位"]
    heads = [cell.value for cell in sheet[1]]
    for row, values in ((2, {"审定结论": "采纳"}), (3, {"审定结论": "不采纳", "审定理由": "=1+1"})):
        for head, value in values.items():
            cell = sheet.cell(row, heads.index(head) + 1)
            cell.value, cell.data_type = value, "s"
    book.save(path)
    found = read_sheet(path, prefer=SHEET)
    sites = scenario_store.list_sites(session, plan.id)
    rulings = read_decisions(found.headers, found.rows, sites, profile=toy_city.PROFILE, crs=None).rulings
    assert rulings == ((2, Ruling(1, Verdict.ACCEPTED)), (3, Ruling(2, Verdict.REFUSED, "=1+1")))
    decide_all(session, plan.id, rulings, on=ON, at=AT, by="planner")
    path.write_bytes(write_book(read_report(session, plan.id), decision_store.list_decisions(session, plan.id), storage=STORAGE))
    again = openpyxl.load_workbook(path)["点位"]
    shown = [[again.cell(row, heads.index(head) + 1).value for head in ("审定结论", "审定理由", "计入年度")] for row in (2, 3)]
    assert shown == [["采纳", None, 2025], ["不采纳", "=1+1", None]]
    assert again.cell(3, heads.index("审定理由") + 1).data_type == "s"


def test_a_csv_is_a_table_too(session: Session, tmp_path: Path) -> None:
    plan = keep_plan(session)
    path = tmp_path / "plan.csv"
    path.write_text("专题会审定表\n序号,审定结论,审定理由\n1,同意,\n2,否决,'-管线\n", encoding="utf-8")
    found = read_sheet(path, prefer=SHEET)
    sites = scenario_store.list_sites(session, plan.id)
    rulings = read_decisions(found.headers, found.rows, sites, profile=toy_city.PROFILE, crs=None).rulings
    assert rulings == ((3, Ruling(1, Verdict.ACCEPTED)), (4, Ruling(2, Verdict.REFUSED, "-管线")))
