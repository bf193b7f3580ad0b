"""Take in a backlog of reports block by block (历史上报导入): each case is opened on the day of its report and answered as of that day.

What a block becomes is worked out here without writing anything, so that the next block can be prepared while this one is written.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy.orm import Session

from gridmgmt import crs
from gridmgmt.cases import backlog_store
from gridmgmt.cases.backlog_model import Backlog, PackedRows, PreparedBlock, ReportColumns, Words
from gridmgmt.cases.import_reports import RejectedReport, reason_against
from gridmgmt.cases.model import CaseAction, CaseState, IncidentReport
from gridmgmt.cases.report import CLOCK_TOLERANCE, LONGEST_TEXT
from gridmgmt.cases.store import SERIALS
from gridmgmt.copy_columns import CopyColumn, chosen, decimals, instants, pack, points, same, text_array, texts, whole_numbers
from gridmgmt.responsibility.answer_days import Answers, Coded

Flags = npt.NDArray[np.bool_]
EPOCH_ORDINAL = datetime.date(1970, 1, 1).toordinal()
QUARTER_US, DAY_US = 900_000_000, 86_400_000_000
NO_SERIALS = np.empty(0, np.int64)
BIG_SERIAL = 100_000_000  # from here on a case number has nine digits
CODES = ("district_code", "street_office_code", "community_code", "unit_grid_code", "zone_code", "segment_code", "basis")


class Numbered(NamedTuple):
    """Reports that are taken: their rows in the block, the ids and days of their cases, and where they lie."""

    rows: Words
    ids: Words
    days: Words
    point: CopyColumn


def prepare_block(session: Session | None, backlog: Backlog, given: ReportColumns, serials: Words = NO_SERIALS) -> PreparedBlock:
    """Check, place and answer the reports of a block and number their cases; return the rows to be written.

    Without a session ``serials`` are given, one a report at least, and reports that only the statement can answer are left open.
    """
    good, rejected = _check(backlog, given)
    rows = np.flatnonzero(good)
    profile = backlog.profile
    x, y = crs.to_storage_arrays(given.x[rows], given.y[rows], backlog.crs, profile.storage_srid)
    days = local_days(given.at_us[rows], profile.zone)
    months = months_of_days(days)
    ids = months * SERIALS + (serials[: len(rows)] if session is None else backlog_store.take_serials(session, len(rows)))
    keys = [key and f"{key[0]}:{backlog.codes.get(key, key[1])}" for key in given.class_keys]
    class_at = given.class_at[rows]
    own = np.array([profile.snap_limits.by_managed_class.get(key or "", np.nan) for key in keys])[class_at]
    packed: list[PackedRows] = []
    left = np.ones(len(rows), np.bool_)
    for found in backlog.calendar.answer(
        session,
        x,
        y,
        days,
        limit_m=own if profile.snap_limits.by_managed_class else None,
        class_keys=[keys[at] for at in class_at.tolist()],
    ):
        at = found.rows
        numbered = Numbered(rows[at], ids[at], days[at], points(x[at], y[at], profile.storage_srid))
        columns = _columns(backlog, given, numbered, found)
        packed += _by_month(columns, months[at])
        left[at] = False
    left_open = tuple(given.numbers[rows[left]].tolist())
    return PreparedBlock(tuple(packed), len(rows) - len(left_open), tuple(sorted(rejected, key=lambda entry: entry.row)), left_open)


def local_days(at_us: Words, zone: datetime.tzinfo) -> Words:
    """Return the days (ordinals) of a zone in which instants lie."""
    quarters, which = np.unique(at_us // QUARTER_US, return_inverse=True)
    starts = [datetime.datetime.fromtimestamp(quarter * QUARTER_US // 1_000_000, zone).utcoffset() for quarter in quarters.tolist()]
    offsets = np.array([(offset or datetime.timedelta()) // datetime.timedelta(microseconds=1) for offset in starts], np.int64)
    return (at_us + offsets[which]) // DAY_US + EPOCH_ORDINAL


def months_of_days(days: Words) -> Words:
    """Return the months (yyyymm) of days (ordinals)."""
    months = (days - EPOCH_ORDINAL).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return (1970 + months // 12) * 100 + months % 12 + 1


def _check(backlog: Backlog, given: ReportColumns) -> tuple[Flags, list[RejectedReport]]:
    """Say which reports may be taken; the reason against one that may not is told as it is for a single report."""
    latest = (backlog.now + CLOCK_TOLERANCE).timestamp() * 1_000_000
    known = np.array([key is None or key in backlog.codes for key in given.class_keys], np.bool_)
    good = (given.at_us >= 0) & (given.at_us <= latest) & ~(given.accuracy_m < 0) & known[given.class_at]
    good &= np.asarray(pc.less_equal(pc.utf8_length(given.description), LONGEST_TEXT).to_numpy(zero_copy_only=False))
    good &= np.isfinite(given.x) & np.isfinite(given.y)
    good[good] = crs.inside_envelope(given.x[good], given.y[good], backlog.crs, backlog.profile)
    bad = np.flatnonzero(~good).tolist()
    reasons = [
        reason_against(int(given.numbers[at]), _report(backlog, given, at), backlog.codes, backlog.profile, backlog.now) for at in bad
    ]
    return good, reasons


def _report(backlog: Backlog, given: ReportColumns, at: int) -> IncidentReport:
    kind, code = given.class_keys[int(given.class_at[at])] or (None, None)
    accuracy = float(given.accuracy_m[at])
    return IncidentReport(
        float(given.x[at]), float(given.y[at]), backlog.crs, backlog.channel,
        datetime.datetime.fromtimestamp(0, datetime.UTC) + datetime.timedelta(microseconds=int(given.at_us[at])),
        None if np.isnan(accuracy) else accuracy, kind, code, given.description[at].as_py(), given.address[at].as_py(),
        given.source_ref[at].as_py(),
    )  # fmt: skip


def _columns(backlog: Backlog, given: ReportColumns, numbered: Numbered, found: Answers) -> dict[str, dict[str, CopyColumn]]:
    """Return table → column → values for some reports."""
    rows, ids, days, point = numbered
    count, at_us = len(rows), instants(given.at_us[rows])
    source, now = same(backlog.channel.value, count), instants(np.full(count, int(backlog.now.timestamp() * 1_000_000)))
    kinds = [key[0] if key else None for key in given.class_keys]
    codes = [key and backlog.codes.get(key, key[1]) for key in given.class_keys]
    shared = {
        "point": point, "kind": chosen(kinds, given.class_at[rows]), "class_code": chosen(codes, given.class_at[rows]),
        "description": _texts(given.description, rows), "address": _texts(given.address, rows), "source": source, "reported_at": at_us,
    }  # fmt: skip
    identity = whole_numbers(ids)
    report = {
        "id": identity, "source_ref": _texts(given.source_ref, rows), "received_at": now, "raw_x": decimals(given.x[rows]),
        "raw_y": decimals(given.y[rows]), "raw_crs": same(backlog.crs, count), "accuracy_m": decimals(given.accuracy_m[rows]), **shared,
    }  # fmt: skip
    case = {
        "id": identity, "case_no": _case_numbers(ids, days), "report_id": identity, "state": same(CaseState.REPORTED.value, count),
        "version": whole_numbers(np.full(count, 2), width=4), "opened_at": at_us, "reported_by": same(backlog.actor, count), **shared,
        **_assignment(found),
    }  # fmt: skip
    key = pc.binary_join_element_wise(f"source:{backlog.channel.value}", given.source_ref, ":")
    keys = {"key": _texts(key, rows), "report_id": identity, "row_no": whole_numbers(given.numbers[rows])}
    return {"incident_report": report, "case_file": case, "case_step": _steps(backlog, ids, given.at_us[rows], found), "report_key": keys}


def _assignment(found: Answers) -> Mapping[str, CopyColumn]:
    count = len(found.rows)
    return {
        **{name: _coded(getattr(found, name)) for name in CODES},
        "edition_id": chosen([None if found.edition_id is None else found.edition_id.to_bytes(4, "big")], np.zeros(count, np.int64)),
        "shared_with": chosen([text_array(codes) for codes in found.shared_with.values], found.shared_with.at),
        "border_distance_m": decimals(found.border_distance_m), "segment_distance_m": decimals(found.segment_distance_m),
        "appointment_id": whole_numbers(found.appointment_id, width=4, missing=found.appointment_id < 0),
        "person_id": whole_numbers(found.person_id, width=4, missing=found.person_id < 0),
    }  # fmt: skip


def _steps(backlog: Backlog, ids: Words, at_us: Words, found: Answers) -> dict[str, CopyColumn]:
    """Return the first two steps of each case: the report, and the assignment with its basis for a reason."""
    count = len(ids)
    twice, second = np.repeat(np.arange(count), 2), np.tile([0, 1], count)
    reasons = [*found.basis.values, None]
    reported = CaseState.REPORTED.value
    return {
        "case_id": whole_numbers(ids[twice]), "seq": whole_numbers(second + 1, width=4),
        "action": chosen([CaseAction.REPORT.value, CaseAction.ASSIGN.value], second), "from_state": chosen([None, reported], second),
        "to_state": same(reported, 2 * count), "at": instants(at_us[twice]), "actor": chosen([backlog.actor, "system"], second),
        "reason": chosen(reasons, np.where(second == 0, len(reasons) - 1, found.basis.at[twice])),
    }  # fmt: skip


def _by_month(columns: Mapping[str, Mapping[str, CopyColumn]], months: Words) -> Iterator[PackedRows]:
    """Yield the rows of each month; a column without any value is left out."""
    columns = {
        table: {name: column for name, column in by_name.items() if (column.length >= 0).any()} for table, by_name in columns.items()
    }
    for month in np.unique(months).tolist():
        rows = np.flatnonzero(months == month)
        of_steps = np.repeat(rows * 2, 2) + np.tile([0, 1], len(rows))
        for table, by_name in columns.items():
            chosen_rows = of_steps if table == "case_step" else rows
            yield PackedRows(table, month, tuple(by_name), pack([column.take(chosen_rows) for column in by_name.values()]))


def _case_numbers(ids: Words, days: Words) -> CopyColumn:
    """Return ``store.CASE_NO_SQL`` for ids and local days: the day, then at least eight digits of the serial number."""
    serials = ids % SERIALS
    distinct, which = np.unique(days, return_inverse=True)
    dates = [f"{datetime.date.fromordinal(day):%Y%m%d}-".encode() for day in distinct.tolist()]
    digits = (serials[:, None] // 10 ** np.arange(8, -1, -1) % 10 + ord("0")).astype(np.uint8)
    big = serials >= BIG_SERIAL
    rows = np.empty((len(ids), 18), np.uint8)
    rows[:, :9] = np.frombuffer(b"".join(dates), np.uint8).reshape(-1, 9)[which]
    rows[:, 9:17], rows[big, 9:18] = digits[:, 1:], digits[big]
    return CopyColumn(rows.reshape(-1), np.arange(len(ids)) * 18, np.where(big, 18, 17))


def _coded(column: Coded) -> CopyColumn:
    return chosen(column.values, column.at)


def _texts(array: pa.Array, rows: Words) -> CopyColumn:
    """Return some rows of a pyarrow array of texts."""
    missing, offsets, data = array.buffers()
    bounds = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    absent = np.asarray(array.is_null().to_numpy(zero_copy_only=False)) if missing is not None else None
    content = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    return texts(content, bounds, absent).take(rows)
