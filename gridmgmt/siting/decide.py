"""The commission's decisions (审定): a site is accepted, moved or refused once; what is accepted enters the register and counts by year."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence

import shapely
from sqlalchemy.orm import Session

from gridmgmt.errors import ConflictError, InvalidInputError, NotFoundError
from gridmgmt.facilities import store as facilities_store
from gridmgmt.facilities.model import (
    CollectionHouse,
    Details,
    Facility,
    FacilityKind,
    FacilityStatus,
    ProgrammeKind,
    Toilet,
    TransferStation,
)
from gridmgmt.siting import decision_store, scenario_store
from gridmgmt.siting.scenario import Decision, Scenario, Site, Verdict
from gridmgmt.siting.scenario_settings import Origin

SOURCE = "siting"
DETAILS: Mapping[FacilityKind, Details] = {
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
    site = open_site(plan_id, scenario_store.find_site(session, plan_id, rank=ruling.rank), ruling)
    facility = find_entry(session, scenario, site, ruling, on=on)
    decision = decision_of(site, ruling, facility, on=on, at=at, by=by)
    write(session, [decision], [] if facility is None else [facility])
    return decision


def open_site(plan_id: int, site: Site | None, ruling: Ruling) -> Site:
    """Return the site a ruling is about; raise what ``decide`` raises where it may not be decided so."""
    if site is None:
        raise NotFoundError(f"plan {plan_id} has no site {ruling.rank}", zh=f"选址结果 {plan_id} 没有第 {ruling.rank} 个点位")
    if site.verdict is not None:
        raise ConflictError(
            f"site {ruling.rank} of plan {plan_id} was decided already", zh=f"选址结果 {plan_id} 第 {ruling.rank} 个点位已审定"
        )
    if ruling.verdict is Verdict.REFUSED and not ruling.reason.strip():
        raise InvalidInputError("reason", "a refusal needs a reason", zh="不采纳须说明理由")
    if (ruling.verdict is Verdict.MOVED) != (ruling.point is not None):
        raise InvalidInputError("point", "a moved site, and only that, has a new place", zh="仅移位采纳须给出新坐标")
    return site


def find_entry(session: Session, scenario: Scenario, site: Site, ruling: Ruling, *, on: datetime.date) -> Facility | None:
    """Return the facility as the register shall hold it, None for a refused site; nothing is written."""
    if ruling.verdict is Verdict.REFUSED:
        return None
    year = _year(ruling, site)
    if site.origin is Origin.UPGRADE and site.facility_code and ruling.point is None:
        return _rebuilt(session, site.facility_code, year)
    x, y = ruling.point if ruling.point is not None else (site.x, site.y)
    name = f"{scenario.kind.zh}（选址 {site.plan_id}-{site.rank}）"
    return Facility(
        f"XZ{site.plan_id:06d}{site.rank:05d}", scenario.kind, name, FacilityStatus.PLANNED, shapely.Point(x, y), SOURCE, surveyed_on=on,
        programme=ProgrammeKind.NEW, programme_year=year, counts_toward_plan=True, remark=f"{site.code} {ruling.reason}".strip(),
        details=DETAILS.get(scenario.kind),
    )  # fmt: skip


def decision_of(site: Site, ruling: Ruling, facility: Facility | None, *, on: datetime.date, at: datetime.datetime, by: str) -> Decision:
    """Return the decision to be noted."""
    x, y = ruling.point if ruling.point is not None else (None, None)
    year, code = (None, None) if facility is None else (facility.programme_year, facility.code)
    return Decision(site.plan_id, ruling.rank, ruling.verdict, ruling.reason, x, y, year, code, on, at, by)


def write(session: Session, decisions: Sequence[Decision], facilities: Sequence[Facility]) -> None:
    """Enter facilities into the register and note the decisions; raise ConflictError where a site was decided meanwhile."""
    rebuilt = [facility for facility in facilities if facility.programme is ProgrammeKind.REBUILT]
    facilities_store.change_facilities(session, rebuilt)
    decision_store.add_decisions(session, decisions)
    facilities_store.add_facilities(session, [facility for facility in facilities if facility.programme is not ProgrammeKind.REBUILT])


def _year(ruling: Ruling, site: Site) -> int:
    year = ruling.year if ruling.year is not None else site.year
    if year is None:
        raise InvalidInputError("year", "the plan has no years: say which year the site counts for", zh="该结果未分年度，请指明计入年份")
    return year


def _rebuilt(session: Session, code: str, year: int) -> Facility:
    facility = facilities_store.find_facility(session, code)
    if facility is None:
        raise NotFoundError(f"facility {code} is gone", zh=f"设施 {code} 已不存在")
    if facility.counts_toward_plan:
        raise ConflictError(f"facility {code} counts toward the programme already", zh=f"设施 {code} 已计入规划任务")
    return dataclasses.replace(facility, programme=ProgrammeKind.REBUILT, programme_year=year, counts_toward_plan=True)
