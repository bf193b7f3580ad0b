"""Statements that gather what rules of dispatch look at, the same for one case and for a month of them; teams of road chiefs."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, RowMapping, column, delete, insert, select, table, text
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import Scope
from gridmgmt.cases.scope_store import visible_to
from gridmgmt.cases.store import SERIALS
from gridmgmt.cases.tables import CaseRow
from gridmgmt.city.model import Level
from gridmgmt.dispatch.model import ASSESSMENT_UNIT, Area
from gridmgmt.dispatch.tables import DispatchTeamRow

_FACTS = Path(__file__).with_name("facts.sql").read_text(encoding="utf-8")
_TEAM_UNITS = """
SELECT DISTINCT ON (area_level, area_code) area_level, area_code, code
FROM handling_unit WHERE kind = 'road_chief_team' AND area_level IS NOT NULL ORDER BY area_level, area_code, code COLLATE "C"
"""
_CASE = """
SELECT case_file.id AS case_id, case_file.case_no, case_file.kind, case_file.class_code, case_file.district_code,
    case_file.street_office_code, case_file.community_code, case_file.unit_grid_code, case_file.segment_code, case_file.zone_code,
    case_file.person_id, case_file.source, {at} AS at
FROM case_file
"""
_ONE = _CASE.format(at="CAST(:at AS timestamptz)") + "WHERE case_file.id = :case_id"
# When and to whom a case was dispatched first; one that was not, as it stood when it was opened.
_MONTH = (
    _CASE.format(at="coalesce(sent.at, case_file.opened_at)").replace(
        "SELECT case_file.id", "SELECT sent.unit_code AS sent_to, case_file.id", 1
    )
    + """
LEFT JOIN LATERAL (
    SELECT case_step.at, case_step.details ->> 'unit_code' AS unit_code
    FROM case_step
    WHERE case_step.case_id = case_file.id AND case_step.action = 'dispatch' AND case_step.case_id >= :first AND case_step.case_id < :after
    ORDER BY case_step.seq LIMIT 1
) AS sent ON TRUE
WHERE
    case_file.id >= :first AND case_file.id < :after
    AND (sent.at IS NOT NULL OR case_file.state NOT IN ('refused', 'voided', 'merged'))
"""
).replace("FROM case_file\n", "FROM dispatch_case INNER JOIN case_file ON dispatch_case.id = case_file.id\n", 1)
_STAGE = ("DROP TABLE IF EXISTS dispatch_case", "CREATE TEMPORARY TABLE dispatch_case (id bigint PRIMARY KEY) ON COMMIT DROP")
_GIVEN = """
SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given (
    case_id bigint, case_no text, kind text, class_code text, district_code text, street_office_code text, community_code text,
    unit_grid_code text, segment_code text, zone_code text, person_id integer, source text, at timestamptz
)
"""
_MONTH_CASES = table("dispatch_case", column("id", BigInteger))
CHUNK = 5_000


@dataclasses.dataclass(frozen=True)
class CaseFacts:
    """What was gathered about a case, before the calendar is asked; ``sent_to`` is the unit it was dispatched to first."""

    case_id: int
    case_no: str
    kind: str | None
    class_code: str | None
    areas: tuple[Area, ...]
    road_class: str | None
    source: str
    at: datetime.datetime
    team: str | None
    sent_to: str | None = None

    @property
    def district_code(self) -> str | None:
        """Return the district of the case."""
        return next((code for level, code in self.areas if level == Level.DISTRICT.value), None)


def facts_sql(chosen: str) -> str:
    """Return the statement for the cases of a query with the columns that ``facts.sql`` names."""
    return f"WITH team_unit AS ({_TEAM_UNITS}), chosen AS ({chosen})\n{_FACTS}"


_ONE_STATEMENT, _MONTH_STATEMENT = text(facts_sql(_ONE)), text(facts_sql(_MONTH) + "ORDER BY chosen.case_id")
_GIVEN_STATEMENT = text(facts_sql(_GIVEN))


def gather_case(session: Session, case_id: int, *, at: datetime.datetime) -> CaseFacts:
    """Return what rules look at in a case, areas and teams as of the day of ``at``."""
    return facts_of(session.execute(_ONE_STATEMENT, {"case_id": case_id, "at": at}).mappings().one())


def gather_cases(session: Session, scope: Scope, *, since: datetime.date, until: datetime.date) -> Iterator[CaseFacts]:
    """Yield the same for every case in a scope that was dispatched or still may be, by id, in constant memory.

    Of all cases those count that were opened from the month of ``since`` on and before the month of ``until``: their ids say it.

    Their ids wait in a table that vanishes with the transaction, so that the one condition of scope holds here too.
    """
    for statement in _STAGE:
        session.execute(text(statement))
    values = {"first": _first_id(since), "after": _first_id(until)}
    wanted = select(CaseRow.id).where(visible_to(scope), CaseRow.id >= values["first"], CaseRow.id < values["after"])
    session.execute(insert(_MONTH_CASES).from_select(["id"], wanted))
    session.execute(text("ANALYZE dispatch_case"))
    rows = session.execute(_MONTH_STATEMENT, values, execution_options={"yield_per": CHUNK}).mappings()
    return (facts_of(row) for row in rows)


def _first_id(day: datetime.date) -> int:
    return (day.year * 100 + day.month) * SERIALS


def gather_given(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[CaseFacts]:
    """Return the same for places that are not stored, each a row with the columns of ``chosen`` in ``facts.sql``; in no order."""
    found = session.execute(_GIVEN_STATEMENT, {"rows": json.dumps(list(rows))}).mappings()
    return [facts_of(row) for row in found]


def facts_of(row: RowMapping) -> CaseFacts:
    """Return a row of the statement as a plain value."""
    codes: dict[str, Any] = {level.value: row[f"{level.value}_code"] for level in Level}
    codes[ASSESSMENT_UNIT] = row["assessment_unit"]
    areas = tuple((level, code) for level, code in codes.items() if code is not None)
    return CaseFacts(
        row["case_id"], row["case_no"], row["kind"], row["class_code"], areas, row["road_class"], row["source"], row["at"], row["team"],
        row.get("sent_to"),
    )  # fmt: skip


def set_team(session: Session, unit_code: str | None, *, zone_code: str | None = None, person_id: int | None = None) -> None:
    """Say which unit the team of a zone, or of a person, is; None takes it away."""
    row = DispatchTeamRow
    session.execute(delete(row).where(row.zone_code == zone_code if zone_code is not None else row.person_id == person_id))
    if unit_code is not None:
        session.execute(insert(row).values(unit_code=unit_code, zone_code=zone_code, person_id=person_id))
