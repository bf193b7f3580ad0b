"""Which areas and assessment units there are under given codes."""

from __future__ import annotations

import datetime
from collections.abc import Collection

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gridmgmt.dispatch.model import ASSESSMENT_UNIT, Area
from gridmgmt.hierarchy.tables import AreaRow, AssessmentUnitRow


def find_areas(session: Session, codes: Collection[str], *, on: datetime.date) -> set[Area]:
    """Return (level or ``assessment_unit``, code) of everything that has one of these codes on a day."""
    if not codes:
        return set()
    valid = (AreaRow.valid_from <= on, or_(AreaRow.valid_to.is_(None), AreaRow.valid_to > on))
    areas = session.execute(select(AreaRow.level, AreaRow.code).where(AreaRow.code.in_(codes), *valid))
    units = session.scalars(select(AssessmentUnitRow.code).where(AssessmentUnitRow.code.in_(codes)))
    return {(level, code) for level, code in areas} | {(ASSESSMENT_UNIT, code) for code in units}
