"""A workbook for the commission: the sites with columns for its decisions, and the figures and rules behind them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from gridmgmt.crs import WGS84, crs_to_crs
from gridmgmt.labels import Words
from gridmgmt.siting.accessibility import CITY, DISTRICT, AccessRow, Reach
from gridmgmt.siting.read_decisions import HEADERS
from gridmgmt.siting.report import Report
from gridmgmt.siting.scenario import Decision, Verdict

DEGREE_DECIMALS = 9  # 0.1 mm, so that what comes back snaps to where it was
SHEET = "点位"  # whose rows come back as decisions
BOLD = Font(bold=True)
TO_FILL = tuple(HEADERS[field][0] for field in ("verdict", "reason", "x", "y", "year"))
SITE_HEADS = (
    HEADERS["rank"][0], HEADERS["code"][0], "年度", "来源", "现有设施编码", "区", "街道", "新增覆盖", "仅此点覆盖", "经度", "纬度", *TO_FILL, "审定日期", "登记设施编码",
)  # fmt: skip
YEAR_KEYS = ("year", "sites", "adds", "covered", "bound", "gap", "straight", "walking")
LEVELS = {CITY: "全市", DISTRICT: "区"}
REACH_HEADS = ("直线覆盖率", "步行覆盖率", "平均步行距离（m）", "95%步行距离（m）", "2SFCA（个/万人）", "基尼系数")
SUBJECTS = {
    "residential": "居住用地",
    "public": "公共、商业、交通用地",
    "green": "绿地与广场",
    "industrial": "工业、仓储用地",
    "": "未登记或其他用地",
}
Row = Sequence[Any]


def write_book(report: Report, decisions: Sequence[Decision], *, storage: str) -> bytes:
    """Return an XLSX: sites (degrees of WGS 84), conclusions, accessibility, density, rules. Texts that look like formulas stay texts."""
    book = openpyxl.Workbook(write_only=True)
    _sites(book, report, decisions, storage)
    _add(book, "结论", ("项目", "内容"), _conclusions(report))
    years = ([row.get(name) for name in YEAR_KEYS] for row in report.plan.summary.get("by_year", ()))
    _add(book, "分年", ("年份", "处数", "新增", "累计覆盖", "理论界限", "差距", "半径内人口（直线）", "半径内人口（步行）"), years)
    access = (_access(report, row) for row in report.access)
    heads = ("层级", "名称", "编码", "人口", *(f"{side}{head}" for head in REACH_HEADS for side in ("现状", "规划后")))
    _add(book, "可达性", heads, access)
    _add(
        book,
        "用地密度",
        ("区", "用地", "面积（km²）", "现状（个）", "规划后（个）", "现状（个/km²）", "规划后（个/km²）", "标准下限", "标准上限"),
        _density(report),
    )
    _add(
        book,
        "规则",
        ("规则", "对象", "数值", "上限", "单位", "效力", "依据", "可信度", "采用", "剔除候选点", "未核查原因", "说明"),
        _rules(report),
    )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sites(book: openpyxl.Workbook, report: Report, decisions: Sequence[Decision], storage: str) -> None:
    by_rank = {decision.rank: decision for decision in decisions}
    xs, ys = ([getattr(site, axis) for site in report.sites] for axis in "xy")
    lon, lat = (np.round(values, DEGREE_DECIMALS).tolist() for values in crs_to_crs(xs, ys, storage, WGS84))
    rows = []
    for site, east, north in zip(report.sites, lon, lat, strict=True):
        rows.append(
            (
                site.rank, site.code, site.year, site.origin.zh, site.facility_code, report.name(site.district_code),
                report.name(site.street_office_code), site.adds, site.alone, east, north, *_decided(by_rank.get(site.rank), storage),
            )
        )  # fmt: skip
    sheet = _add(book, SHEET, SITE_HEADS, rows)
    column = get_column_letter(SITE_HEADS.index(TO_FILL[0]) + 1)
    choices = DataValidation(type="list", formula1=f'"{",".join(verdict.zh for verdict in Verdict)}"', allow_blank=True)
    choices.add(f"{column}2:{column}{len(rows) + 1}")
    sheet.data_validations.append(choices)


def _decided(decision: Decision | None, storage: str) -> Row:
    if decision is None:
        return (None,) * 7
    lon, lat = None, None
    if decision.x is not None and decision.y is not None:
        lon, lat = (round(float(value), DEGREE_DECIMALS) for value in crs_to_crs(decision.x, decision.y, storage, WGS84))
    return decision.verdict.zh, decision.reason, lon, lat, decision.year, decision.decided_on.isoformat(), decision.facility_code


def _conclusions(report: Report) -> Iterable[Row]:
    plan, settings = report.plan, report.scenario.settings
    yield "方案", report.scenario.name
    yield "设施", report.scenario.kind.zh
    yield "保证", report.sentence.zh
    yield "问题", settings.problem.zh
    yield "服务半径（m）", settings.radius_m
    yield "求解所用距离", settings.distance.zh
    yield "点位数", len(report.sites)
    yield "计算用时（s）", round(plan.seconds, 1)
    yield "边界与道路日期", report.day.isoformat()
    for distance, zh in (("straight", "直线距离"), ("walking", "步行距离")):
        figures = plan.summary.get(distance) or {}
        for key, head in (("before_all", "现状（全部在用）"), ("before_meets", "现状（达标）"), ("after", "规划后")):
            yield f"半径内人口·{zh}·{head}", figures.get(key)


def _access(report: Report, row: AccessRow) -> Row:
    sides = (_reach(row.before), _reach(row.after))
    return (
        LEVELS.get(row.level, "街道"),
        report.name(row.code) or "全市",
        row.code,
        row.people,
        *(v for pair in zip(*sides, strict=True) for v in pair),
    )


def _reach(reach: Reach) -> Row:
    return reach.straight, reach.walking, reach.mean_m, reach.p95_m, reach.per_heads, reach.gini


def _density(report: Report) -> Iterable[Row]:
    for row in report.density:
        rates = row.before_per_km2, row.after_per_km2
        yield report.name(row.district) or "全市", SUBJECTS[row.subject], row.km2, row.before, row.after, *rates, row.low, row.high


def _rules(report: Report) -> Iterable[Row]:
    for rule in report.rules:
        values = (rule[name] for name in ("rule", "subject", "value", "high", "unit", "force", "source", "confidence"))
        yield *values, "是" if rule["in_use"] else "否", rule.get("dropped", 0), rule.get("unchecked", ""), rule["zh"]


def _add(book: openpyxl.Workbook, title: str, heads: Row, rows: Iterable[Row]) -> Any:  # noqa: ANN401 - a sheet written row by row
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    first = [WriteOnlyCell(sheet, head) for head in heads]
    for cell in first:
        cell.font = BOLD
    sheet.append(first)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    return sheet


def _cell(sheet: Any, value: Any) -> Any:  # noqa: ANN401 - openpyxl's cells
    cell = WriteOnlyCell(sheet, value.zh if isinstance(value, Words) else value)
    if isinstance(value, str):
        cell.data_type = "s"  # a text that looks like a formula stays a text
    return cell
