"""Statements about the commission's decisions."""

from __future__ import annotations

from collections.abc import Sequence

import shapely
from geoalchemy2 import WKTElement
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.errors import ConflictError
from gridmgmt.siting.scenario import Decision, Verdict
from gridmgmt.siting.tables import SitingDecisionRow


def add_decisions(session: Session, decisions: Sequence[Decision]) -> None:
    """Store decisions; raise ConflictError, storing none, when one of the sites was decided meanwhile."""
    srid = city_store.get_storage_srid(session)
    rows = [_row(decision, srid) for decision in decisions]
    try:
        with session.begin_nested():
            session.add_all(rows)
    except IntegrityError as error:
        if "pk_siting_decision" not in str(error):
            raise
        which = f"site {decisions[0].rank} of plan {decisions[0].plan_id}", f"选址结果 {decisions[0].plan_id} 第 {decisions[0].rank} 个点位"
        one, zh = which if len(decisions) == 1 else (f"a site of plan {decisions[0].plan_id}", f"选址结果 {decisions[0].plan_id} 有点位")
        raise ConflictError(f"{one} was decided already", zh=f"{zh}已审定") from None


def _row(decision: Decision, srid: int) -> SitingDecisionRow:
    point = (
        None
        if decision.x is None or decision.y is None
        else WKTElement(shapely.to_wkt(shapely.Point(decision.x, decision.y), rounding_precision=-1), srid=srid)
    )
    return SitingDecisionRow(
        plan_id=decision.plan_id, rank=decision.rank, verdict=decision.verdict.value, reason=decision.reason, point=point, year=decision.year,
        facility_code=decision.facility_code, decided_on=decision.decided_on, noted_at=decision.noted_at, noted_by=decision.noted_by,
    )  # fmt: skip


def list_decisions(session: Session, plan_id: int) -> list[Decision]:
    """Return the decisions about a plan's sites by rank."""
    row = SitingDecisionRow
    found = session.execute(select(row, func.ST_X(row.point), func.ST_Y(row.point)).where(row.plan_id == plan_id).order_by(row.rank))
    return [
        Decision(
            r.plan_id, r.rank, Verdict(r.verdict), r.reason, x, y, r.year, r.facility_code, r.decided_on, r.noted_at, r.noted_by,
        )
        for r, x, y in found
    ]  # fmt: skip
