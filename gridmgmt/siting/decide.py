"""The commission's decisions (审定): a site is accepted, moved or refused once; what is accepted enters the register and counts by year."""

from __future__ import annotations

import dataclasses
import datetime

import shapely
from sqlalchemy.orm import Session

from gridmgmt.errors import ConflictError, InvalidInputError, NotFoundError
from gridmgmt.facilities import store as facilities_store
from gridmgmt.facilities.model import (
    DETAILS_OF,
    CollectionHouse,
    Facility,
    FacilityKind,
    FacilityStatus,
    ProgrammeKind,
    Toilet,
    TransferStation,
)
from gridmgmt.siting import decision_store, scenario_store
from gridmgmt.siting.scenario import Decision, Origin, Scenario, Site, Verdict

SOURCE = "siting"
DETAILS = {
    FacilityKind.TOILET: Toilet(toilet_class=2),  # the plan: class 2 or better
    FacilityKind.TRANSFER_STATION: TransferStation(),
    FacilityKind.COLLECTION_HOUSE: CollectionHouse(),
}


@dataclasses.dataclass(frozen=True)
class Ruling:
    """What was decided about the site of a rank; ``point`` (storage CRS, snapped) only for a moved one; ``year`` None: as planned."""

    rank: int
    verdict: Verdict
    reason: str = ""
    point: tuple[float, float] | None = None
    year: int | None = None


def decide(session: Session, plan_id: int, ruling: Ruling, *, on: datetime.date, at: datetime.datetime, by: str) -> Decision:
    """Note a decision; an accepted or moved site becomes a planned facility that counts toward the programme in its year.

    A facility to be rebuilt keeps its code and is noted as rebuilt; refused sites leave the register as it is. Raises NotFoundError for a
    site that the plan does not have, ConflictError for one that was decided already or a facility that counts already, InvalidInputError
    for a refusal without a reason, a move without a point, or a year that nobody named.
    """
    plan = scenario_store.get_plan(session, plan_id)
    scenario = scenario_store.get_scenario(session, plan.scenario_id)
    site = scenario_store.find_site(session, plan_id, rank=ruling.rank)
    if site is None:
        raise NotFoundError(f"plan {plan_id} has no site {ruling.rank}", zh=f"选址结果 {plan_id} 没有第 {ruling.rank} 个点位")
    if site.verdict is not None:
        raise ConflictError(
            f"site {ruling.rank} of plan {plan_id} was decided already", zh=f"选址结果 {plan_id} 第 {ruling.rank} 个点位已审定"
        )
    _check(ruling)
    code = None if ruling.verdict is Verdict.REFUSED else _enter(session, scenario, site, ruling, on)
    x, y = ruling.point if ruling.point is not None else (None, None)
    year = None if ruling.verdict is Verdict.REFUSED else _year(ruling, site)
    decision = Decision(plan_id, ruling.rank, ruling.verdict, ruling.reason, x, y, year, code, on, at, by)
    decision_store.add_decision(session, decision)
    return decision


def _check(ruling: Ruling) -> None:
    if ruling.verdict is Verdict.REFUSED and not ruling.reason.strip():
        raise InvalidInputError("reason", "a refusal needs a reason", zh="不采纳须说明理由")
    if (ruling.verdict is Verdict.MOVED) != (ruling.point is not None):
        raise InvalidInputError("point", "a moved site, and only that, has a new place", zh="仅移位采纳须给出新坐标")


def _year(ruling: Ruling, site: Site) -> int:
    year = ruling.year if ruling.year is not None else site.year
    if year is None:
        raise InvalidInputError("year", "the plan has no years: say which year the site counts for", zh="该结果未分年度，请指明计入年份")
    return year


def _enter(session: Session, scenario: Scenario, site: Site, ruling: Ruling, on: datetime.date) -> str:
    """Put the site into the register; return the facility's code."""
    year = _year(ruling, site)
    if site.origin is Origin.UPGRADE and site.facility_code and ruling.point is None:
        return _rebuild(session, site.facility_code, year)
    x, y = ruling.point if ruling.point is not None else (site.x, site.y)
    code = f"XZ{site.plan_id:06d}{site.rank:05d}"
    name = f"{scenario.kind.zh}（选址 {site.plan_id}-{site.rank}）"
    programme = ProgrammeKind.NEW
    details = DETAILS.get(scenario.kind) or DETAILS_OF[scenario.kind]()
    facility = Facility(
        code, scenario.kind, name, FacilityStatus.PLANNED, shapely.Point(x, y), SOURCE, surveyed_on=on, programme=programme,
        programme_year=year, counts_toward_plan=True, remark=f"{site.code} {ruling.reason}".strip(), details=details,
    )  # fmt: skip
    facilities_store.add_facilities(session, [facility])
    return code


def _rebuild(session: Session, code: str, year: int) -> str:
    facility = facilities_store.find_facility(session, code)
    if facility is None:
        raise NotFoundError(f"facility {code} is gone", zh=f"设施 {code} 已不存在")
    if facility.counts_toward_plan:
        raise ConflictError(f"facility {code} counts toward the programme already", zh=f"设施 {code} 已计入规划任务")
    rebuilt = dataclasses.replace(facility, programme=ProgrammeKind.REBUILT, programme_year=year, counts_toward_plan=True)
    facilities_store.change_facilities(session, [rebuilt])
    return code
