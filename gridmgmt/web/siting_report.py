"""A plan on paper: report, sheets of its sites, accessibility; its sites as files."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path

import shapely
from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from gridmgmt.ingest.export import ExportFormat, ExportLayer, write_layer
from gridmgmt.siting import decision_store
from gridmgmt.siting.export_book import write_book
from gridmgmt.siting.export_columns import site_columns
from gridmgmt.siting.guarantee import gap_percent
from gridmgmt.siting.report import Report, draw_plan, read_report
from gridmgmt.siting.sheets import read_sheets
from gridmgmt.web.answers import lonlats
from gridmgmt.web.door import door, now, profile, session
from gridmgmt.web.guard import needs
from gridmgmt.web.noted import note_export
from gridmgmt.web.params import number_of, query, text_of
from gridmgmt.web.security import keep_nothing

pages = Blueprint("siting_report", __name__, url_prefix="/siting/plans/<int:plan_id>")

SHEETS_AT_ONCE = 60
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GPKG = "application/geopackage+sqlite3"


@pages.get("/report")
@needs("siting.read")
def get_report(plan_id: int) -> ResponseReturnValue:
    """Show the report of a plan, made to be printed."""
    report = report_of(plan_id)
    return render_template(
        "siting_report.html", city=profile(), report=report, drawing=_drawing(report), lonlat_of=_places(report), printed=_here(now()),
        made=_here(report.plan.made_at), percent=gap_percent,
    )  # fmt: skip


@pages.get("/accessibility")
@needs("siting.read")
def get_accessibility(plan_id: int) -> ResponseReturnValue:
    """Show who reaches facilities before and after a plan: table, map and chart."""
    report = report_of(plan_id)
    return render_template("siting_accessibility.html", city=profile(), report=report, drawing=_drawing(report))


@pages.get("/sheets")
@needs("siting.read")
def get_sheets(plan_id: int) -> ResponseReturnValue:
    """Show a sheet for each site from ``?from=`` to ``?to=``, sixty at most."""
    report = report_of(plan_id)
    first = _rank("from", 1, len(report.sites) + 1)
    last = min(_rank("to", len(report.sites), len(report.sites)), first + SHEETS_AT_ONCE - 1)
    sheets = read_sheets(session(), report, first, last)
    return render_template(
        "siting_sheets.html", city=profile(), report=report, sheets=sheets, first=first, last=last, at_once=SHEETS_AT_ONCE,
        lonlat_of=_places(report), printed=_here(now()),
    )  # fmt: skip


@pages.get("/sites.xlsx")
@needs("siting.read")
def get_book(plan_id: int) -> ResponseReturnValue:
    """Send the workbook for the commission; that somebody took it is noted."""
    report = report_of(plan_id)
    body = write_book(report, decision_store.list_decisions(session(), plan_id), storage=_storage())
    return _download(body, XLSX, f"siting-plan-{plan_id}.xlsx")


@pages.get("/sites.gpkg")
@needs("siting.read")
def get_gpkg(plan_id: int) -> ResponseReturnValue:
    """Send the sites as a GeoPackage in the storage CRS; that somebody took it is noted."""
    sites = report_of(plan_id).sites
    columns = site_columns(sites, decision_store.list_decisions(session(), plan_id))
    layer = ExportLayer(f"siting_plan_{plan_id}", "选址点位", columns, [shapely.Point(site.x, site.y) for site in sites], "Point")
    with tempfile.TemporaryDirectory() as folder:
        body = write_layer(layer, Path(folder), ExportFormat.GPKG, storage=_storage()).read_bytes()
    return _download(body, GPKG, f"siting-plan-{plan_id}.gpkg")


def report_of(plan_id: int) -> Report:
    """Return the report of a plan; raise NotFoundError where there is none."""
    return read_report(session(), plan_id)


def _drawing(report: Report) -> object:
    """Return the drawing, kept for a moment: report and accessibility are read one after the other, and a plan never changes."""
    return door().kept.get(("siting drawing", report.plan.id), lambda: draw_plan(session(), report))


def _places(report: Report) -> dict[int, tuple[float, float]]:
    found = lonlats([(site.x, site.y) for site in report.sites])
    return {site.rank: place for site, place in zip(report.sites, found, strict=True)}


def _rank(field: str, otherwise: int, most: int) -> int:
    return int(min(max(number_of(query(), field), 1), most)) if text_of(query(), field) else otherwise


def _here(at: datetime.datetime) -> datetime.datetime:
    return at.astimezone(profile().zone)


def _storage() -> str:
    return f"epsg:{profile().storage_srid}"


def _download(body: bytes, kind: str, filename: str) -> Response:
    note_export("siting.export")
    response = Response(body, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return keep_nothing(response)
