"""The condition under which somebody sees a case (数据范围): it stands in every statement that reads cases for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import ColumnElement, and_, false, not_, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from gridmgmt.accounts.model import Scope
from gridmgmt.cases.tables import CaseRow
from gridmgmt.city.model import Level

AREA_COLUMNS: Mapping[Level, InstrumentedAttribute[str | None]] = {level: getattr(CaseRow, level.code_field) for level in Level}


def visible_to(scope: Scope) -> ColumnElement[bool]:
    """Return the condition on ``case_file`` that holds for the cases in a scope: any of its parts is enough, an empty one sees nothing."""
    return or_(*parts_of(scope))


def parts_of(scope: Scope) -> list[ColumnElement[bool]]:
    """Return the conditions any one of which is enough, at least one: an index answers each, where their "or" has none."""
    return [true()] if scope.everything else [*_parts(scope)] or [false()]


def in_both_halves(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return a condition said of open cases and of those that are over: then the indexes of both serve."""
    return or_(and_(condition, CaseRow.is_open), and_(condition, not_(CaseRow.is_open)))


def _parts(scope: Scope) -> Iterator[ColumnElement[bool]]:
    for level, column in AREA_COLUMNS.items():
        codes = [code for each, code in scope.areas if each is level]
        if codes:
            yield column.in_(codes)
    if scope.unit_codes:
        yield CaseRow.unit_code.in_(scope.unit_codes)
    if scope.person_id is not None:
        yield CaseRow.person_id == scope.person_id
    if scope.actor is not None:
        yield CaseRow.reported_by == scope.actor
