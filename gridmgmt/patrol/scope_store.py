"""Which patrols and frontages somebody sees, as conditions of the query."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select, true

from gridmgmt.accounts.model import Scope
from gridmgmt.city.model import Level
from gridmgmt.db import valid_on
from gridmgmt.patrol.tables import FrontageRow, PatrolRow
from gridmgmt.roads.model import Post
from gridmgmt.roads.tables import AppointmentRow


def patrols_seen(scope: Scope, *, on: datetime.date) -> ColumnElement[bool]:
    """Return the condition for the patrols in a scope: those of its areas, one's own, and those of the zones one is road chief of."""
    if scope.everything:
        return true()
    parts = _in_areas(PatrolRow, scope)
    if scope.person_id is not None:
        chief_of = _posts(scope.person_id, on, AppointmentRow.zone_code).where(
            AppointmentRow.post == Post.ROAD_CHIEF.value, AppointmentRow.segment_code.is_(None)
        )
        parts += [PatrolRow.person_id == scope.person_id, PatrolRow.zone_code.in_(chief_of)]
    return or_(false(), *parts)


def frontages_seen(scope: Scope, *, on: datetime.date) -> ColumnElement[bool]:
    """Return the condition for the frontages in a scope: those of its areas, one's zones, one's segments, one's own as shop head."""
    if scope.everything:
        return true()
    parts = _in_areas(FrontageRow, scope)
    if scope.person_id is not None:
        zones = _posts(scope.person_id, on, AppointmentRow.zone_code).where(AppointmentRow.segment_code.is_(None))
        in_zone = or_(AppointmentRow.zone_code.is_(None), AppointmentRow.zone_code == FrontageRow.zone_code)
        segment = _posts(scope.person_id, on, AppointmentRow.id).where(AppointmentRow.segment_code == FrontageRow.segment_code, in_zone)
        parts += [
            FrontageRow.zone_code.in_(zones), segment.correlate(FrontageRow).exists(), FrontageRow.shop_head_id == scope.person_id
        ]  # fmt: skip
    return or_(false(), *parts)


def _posts(person_id: int, on: datetime.date, column: Any) -> Any:  # noqa: ANN401 - a select of any column
    row = AppointmentRow
    return select(column).where(row.person_id == person_id, valid_on(row, on))


def _in_areas(table: type[PatrolRow | FrontageRow], scope: Scope) -> list[ColumnElement[bool]]:
    """Return one condition per level; nothing here is known by unit grid."""
    known = [level for level in Level if level is not Level.UNIT_GRID]
    codes = {level: [code for held, code in scope.areas if held is level] for level in known}
    return [getattr(table, level.code_field).in_(codes[level]) for level in known if codes[level]]
