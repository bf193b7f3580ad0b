"""Take in a whole file of reports and assign them set by set (批量上报): the same answers as one by one, one transaction."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterable, Mapping

import numpy as np
from sqlalchemy.orm import Session

from gridmgmt import crs
from gridmgmt.cases import import_store, partition_store
from gridmgmt.cases.model import IncidentReport
from gridmgmt.cases.report import check_report
from gridmgmt.catalogue import store as catalogue_store
from gridmgmt.catalogue.model import ManagedKind
from gridmgmt.city.model import CityProfile
from gridmgmt.errors import InvalidInputError

CHUNK = 5_000  # reports per statement: half a second, so that progress is seen
Progress = Callable[[int, int], None]
Numbered = tuple[int, IncidentReport]


@dataclasses.dataclass(frozen=True)
class RejectedReport:
    """Why one report was not taken; ``row`` counts from 1 in the order given."""

    row: int
    field: str
    reason: str
    zh: str


@dataclasses.dataclass(frozen=True)
class ImportResult:
    """What became of the reports: cases opened, exact repeats left alone, and those refused, by row."""

    added: int
    repeated: int
    rejected: tuple[RejectedReport, ...]


def import_reports(
    session: Session,
    reports: Iterable[IncidentReport],
    *,
    profile: CityProfile,
    now: datetime.datetime,
    actor: str = "import",
    on_progress: Progress | None = None,
) -> ImportResult:
    """Open and assign a case for every report that is new.

    A report equal to one received before (same source id or request id) changes nothing; one with the same id and other contents is
    rejected, as is one that ``report_incident`` would refuse. The day of an answer is the report's own day in the city's time zone.
    ``on_progress`` gets (assigned so far, all to assign).
    """
    rejected: list[RejectedReport] = []
    checked = _check(reports, known_codes(session, profile), now, rejected)
    staged = _place(checked, profile, rejected)
    import_store.stage_reports(session, staged, srid=profile.storage_srid)
    conflicts = import_store.judge_repeats(session)
    rejected += [conflict(row, earlier) for row, earlier in conflicts]
    case_day = profile.day_of(now)
    partition_store.ensure_months(session, partition_store.months_of([case_day]))
    total = import_store.prepare_new(session, case_day=case_day)
    added = 0
    for first in range(1, total + 1, CHUNK):
        added += import_store.open_cases(session, first, first + CHUNK - 1, case_day=case_day, now=now, actor=actor)
        if on_progress:
            on_progress(min(first + CHUNK - 1, total), total)
    # what another session reported under the same id between judging and inserting is a repeat as well
    return ImportResult(added, len(staged) - len(conflicts) - added, tuple(sorted(rejected, key=lambda entry: entry.row)))


def known_codes(session: Session, profile: CityProfile) -> Mapping[tuple[str, str], str]:
    """Return (kind, code or 2013 code) → code of the city's catalogue; a code beats an alias, the lowest code a higher one."""
    classes = catalogue_store.list_classes(session, profile.catalogue_standard)
    aliases = [entry for entry in reversed(classes) if entry.alias_2013 and entry.kind is ManagedKind.MATTER]
    known = {(entry.kind.value, str(entry.alias_2013)): entry.code for entry in aliases}
    return known | {(entry.kind.value, entry.code): entry.code for entry in classes}


def _check(
    reports: Iterable[IncidentReport], codes: Mapping[tuple[str, str], str], now: datetime.datetime, rejected: list[RejectedReport]
) -> list[Numbered]:
    checked = []
    for row, report in enumerate(reports, start=1):
        try:
            checked.append((row, _with_known_class(check_report(report, now=now), codes)))
        except InvalidInputError as error:
            rejected.append(_rejected(row, error))
    return checked


def _with_known_class(report: IncidentReport, codes: Mapping[tuple[str, str], str]) -> IncidentReport:
    if report.kind is None or report.class_code is None:
        return report
    code = codes.get((str(report.kind), report.class_code))
    if code is None:
        raise InvalidInputError(
            "class_code", f"{report.kind} {report.class_code} is not in the catalogue", zh=f"目录中没有编码 {report.class_code}"
        )
    return report if code == report.class_code else dataclasses.replace(report, class_code=code)


def reason_against(
    row: int, report: IncidentReport, codes: Mapping[tuple[str, str], str], profile: CityProfile, now: datetime.datetime
) -> RejectedReport:
    """Say why a report that may not be taken is refused."""
    try:
        _with_known_class(check_report(report, now=now), codes)
    except InvalidInputError as error:
        return _rejected(row, error)
    if report.reported_at.timestamp() < 0:
        return RejectedReport(row, "reported_at", f"{report.reported_at.isoformat()} lies before 1970", "上报时间早于 1970 年")
    return _outside(row, report, profile)


def _place(checked: list[Numbered], profile: CityProfile, rejected: list[RejectedReport]) -> list[import_store.StagedReport]:
    """Convert to the storage CRS, one call per CRS; reject what lies outside the envelope, with the hint for its row."""
    zone = profile.zone
    by_crs: dict[str, list[Numbered]] = {}
    for row, report in checked:
        by_crs.setdefault(report.crs, []).append((row, report))
    staged = []
    for name, group in by_crs.items():
        x = np.array([report.x for _, report in group], dtype=np.float64)
        y = np.array([report.y for _, report in group], dtype=np.float64)
        inside = crs.inside_envelope(x, y, name, profile)
        eastings, northings = crs.to_storage_arrays(x, y, name, profile.storage_srid)
        for (row, report), good, easting, northing in zip(group, inside.tolist(), eastings.tolist(), northings.tolist(), strict=True):
            if good:
                day = report.reported_at.astimezone(zone).date()
                staged.append(import_store.StagedReport(row, report, easting, northing, day))
            else:
                rejected.append(_outside(row, report, profile))
    return sorted(staged, key=lambda entry: entry.row)


def _outside(row: int, report: IncidentReport, profile: CityProfile) -> RejectedReport:
    try:
        crs.to_storage(report.x, report.y, report.crs, profile)
    except InvalidInputError as error:
        return _rejected(row, error)
    return RejectedReport(row, "point", "lies outside the envelope", "不在城市范围内")


def _rejected(row: int, error: InvalidInputError) -> RejectedReport:
    return RejectedReport(row, error.field, error.reason, error.zh_reason or error.zh)


def conflict(row: int, earlier: str) -> RejectedReport:
    """Say that a report's id is known with other contents."""
    reason = f"the same id was received before with other contents, as {earlier}"
    return RejectedReport(row, "source_ref", reason, f"同一编号已受理（{earlier}），但内容不同")
