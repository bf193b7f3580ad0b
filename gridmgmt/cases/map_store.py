"""Every statement that puts incidents on a map."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import Scope
from gridmgmt.cases.filter_store import in_states
from gridmgmt.cases.model import CaseState
from gridmgmt.cases.scope_store import visible_to
from gridmgmt.cases.tables import CaseRow
from gridmgmt.cases.workflow import OPEN_STATES
from gridmgmt.city import store as city_store

Box = tuple[float, float, float, float]


@dataclasses.dataclass(frozen=True)
class IncidentPin:
    """One case, or ``count`` of them that lie close together; ``x``, ``y`` in the storage CRS, those of a cluster are means."""

    count: int
    x: float
    y: float
    case_no: str | None = None
    state: CaseState | None = None
    opened_at: datetime.datetime | None = None
    class_key: tuple[str, str] | None = None


def list_pins(session: Session, scope: Scope, box: Box, *, cell_m: float | None, limit: int) -> list[IncidentPin]:
    """Return the open cases of a scope in a box (storage CRS), newest first, or their counts by square cells of ``cell_m`` metres."""
    x, y = func.st_x(CaseRow.point), func.st_y(CaseRow.point)
    srid = city_store.get_storage_srid(session)
    here = (CaseRow.point.op("&&")(func.st_makeenvelope(*box, srid)), in_states(OPEN_STATES), visible_to(scope))
    if cell_m is None:
        columns = (x, y, CaseRow.case_no, CaseRow.state, CaseRow.opened_at, CaseRow.kind, CaseRow.class_code)
        statement = select(*columns).where(*here).order_by(CaseRow.id.desc()).limit(limit)
        return [_pin(row) for row in session.execute(statement)]
    cells = (func.floor(x / cell_m), func.floor(y / cell_m))
    counted = select(func.count(), func.avg(x), func.avg(y)).where(*here).group_by(*cells).order_by(*cells)
    return [IncidentPin(count, px, py) for count, px, py in session.execute(counted.limit(limit))]


def count_open_by_zone(session: Session, scope: Scope) -> Mapping[str, int]:
    """Return how many open cases of a scope each responsibility zone has; zones without any are left out."""
    statement = select(CaseRow.zone_code, func.count()).where(in_states(OPEN_STATES), CaseRow.zone_code.is_not(None), visible_to(scope))
    rows = session.execute(statement.group_by(CaseRow.zone_code)).all()
    return {str(row[0]): row[1] for row in rows}


def _pin(row: Row[*tuple[Any, ...]]) -> IncidentPin:
    x, y, case_no, state, opened_at, kind, code = row
    return IncidentPin(1, x, y, case_no, CaseState(state), opened_at, (kind, code) if kind and code else None)
