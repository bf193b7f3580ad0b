"""The commission's decisions brought back: a table of them is checked as a whole and entered as a whole, or not at all."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from gridmgmt.errors import GridError, InvalidInputError
from gridmgmt.facilities import store as facilities_store
from gridmgmt.facilities.model import PLAN_TARGETS
from gridmgmt.ingest.sheet import Sheet, read_sheet
from gridmgmt.siting import decision_store
from gridmgmt.siting.decide_all import decide_all
from gridmgmt.siting.export_book import SHEET
from gridmgmt.siting.read_decisions import HEADERS, DecisionsError, read_decisions
from gridmgmt.siting.report import Report
from gridmgmt.web import errors
from gridmgmt.web.door import now, profile, session, today, transaction
from gridmgmt.web.guard import needs, principal
from gridmgmt.web.noted import note
from gridmgmt.web.params import SYSTEMS, day_of, text_of
from gridmgmt.web.siting_report import report_of
from gridmgmt.web.uploads import keep_file, takes

pages = Blueprint("siting_decisions", __name__, url_prefix="/siting/plans/<int:plan_id>")

LONGEST_TABLE = 8 * 2**20
SUFFIXES = frozenset({".xlsx", ".csv", ".txt", ".tsv"})


@pages.get("/decisions")
@needs("siting.read")
def get_decisions(plan_id: int) -> ResponseReturnValue:
    """Show what was decided, what counts toward the programme by year, and the form for a table of decisions."""
    return _page(report_of(plan_id))


@pages.post("/decisions")
@needs("siting.write")
@takes(LONGEST_TABLE)
def post_decisions(plan_id: int) -> ResponseReturnValue:
    """Enter a table of decisions; with any fault nothing is entered and every fault is shown."""
    report = report_of(plan_id)
    try:
        crs, day = text_of(request.form, "crs") or None, day_of(request.form, "decided_on")
        entered = _enter(report, _sheet(), crs, day)
    except GridError as error:
        if errors.wants_problem():
            raise
        return _page(report, error=error), errors.STATUS[error.code]
    return redirect(f"/siting/plans/{plan_id}/decisions?entered={entered}", 303)


def _enter(report: Report, sheet: Sheet, crs: str | None, day: datetime.date) -> int:
    if day > today():
        raise InvalidInputError("decided_on", f"{day} is still to come", zh=f"{day} 尚未到来")
    read = read_decisions(sheet.headers, sheet.rows, report.sites, profile=profile(), crs=crs)
    if not read.rulings:
        raise InvalidInputError(HEADERS["verdict"][0], "no row holds a verdict", zh="没有任何一行填写了结论")
    with transaction() as opened:
        made = decide_all(opened, report.plan.id, read.rulings, on=day, at=now(), by=principal().name)
        told = {"plan": report.plan.id, "sites": len(made), "undecided": read.undecided}
        note(opened, "siting.decide", request.path, told)
    return len(made)


def _sheet() -> Sheet:
    """Read the file of the form."""
    file = request.files.get("table")
    if file is None or not file.filename:
        raise InvalidInputError("table", "choose a file", zh="请选择文件")
    suffix = Path(file.filename).suffix.lower()
    if suffix not in SUFFIXES:
        raise InvalidInputError("table", f"{suffix or 'a file without an ending'} is neither XLSX nor CSV", zh="请上传 XLSX 或 CSV 文件")
    with tempfile.TemporaryDirectory() as folder:
        path = keep_file(file, Path(folder))
        return read_sheet(path, prefer=SHEET)


def _page(report: Report, error: GridError | None = None) -> str:
    decisions = decision_store.list_decisions(session(), report.plan.id)
    kind = report.scenario.kind
    programme = [count for count in facilities_store.count_programme(session()) if count.kind is kind]
    by_year: dict[int, int] = {}
    for count in programme:
        by_year[count.year] = by_year.get(count.year, 0) + count.facilities
    wanted = {int(year): sites for year, sites in report.prepared.summary.get("years", {}).items()}
    years = [(year, wanted.get(year), by_year.get(year, 0)) for year in sorted({*wanted, *by_year})]
    return render_template(
        "siting_decisions.html", city=profile(), report=report, decisions=decisions, years=years, target=PLAN_TARGETS.get(kind),
        counted=sum(by_year.values()), error=error, faults=error.faults if isinstance(error, DecisionsError) else (), heads=HEADERS,
        systems=(*SYSTEMS, f"epsg:{profile().storage_srid}"), today=today(), may_write=principal().may("siting.write"),
        entered=text_of(request.args, "entered", longest=9),
    )  # fmt: skip
