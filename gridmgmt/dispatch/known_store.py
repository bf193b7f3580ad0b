"""Which areas and assessment units there are under given codes."""

from __future__ import annotations

import datetime
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmgmt.db import valid_on
from gridmgmt.dispatch.model import ASSESSMENT_UNIT, Area
from gridmgmt.hierarchy.tables import AreaRow, AssessmentUnitRow


def find_areas(session: Session, codes: Collection[str], *, on: datetime.date) -> set[Area]:
    """Return (level or ``assessment_unit``, code) of everything that has one of these codes on a day."""
    if not codes:
        return set()
    areas = session.execute(select(AreaRow.level, AreaRow.code).where(AreaRow.code.in_(codes), valid_on(AreaRow, on)))
    units = session.scalars(select(AssessmentUnitRow.code).where(AssessmentUnitRow.code.in_(codes)))
    return {(level, code) for level, code in areas} | {(ASSESSMENT_UNIT, code) for code in units}
