"""Statements about prepared sets: written once by COPY, read back as columns."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.db import copy_rows
from gridmgmt.errors import NotFoundError
from gridmgmt.facilities.model import FacilityKind
from gridmgmt.siting.scenario import CandidateTable, DemandTable, PreparedSet, SetTables, StandingTable
from gridmgmt.siting.tables import SitingCandidateRow, SitingDemandRow, SitingSetRow, SitingStandingRow

DEMAND = ("people", "shops", "cases", "unit_grid_code", "community_code", "street_office_code", "district_code")
CANDIDATE = (
    "code", "origin", "facility_code", "road_class", "site_area_m2", "street_office_code", "district_code", "dropped", "detail",
)  # fmt: skip
STANDING = ("code", "meets", "capacity_t_per_day")
Objects = npt.NDArray[np.object_]


def add_set(session: Session, head: PreparedSet, tables: SetTables) -> PreparedSet:
    """Store a prepared set; kept candidates must come before dropped ones. Return it with its number."""
    row = SitingSetRow(
        kind=head.kind.value, name=head.name, edition_id=head.edition_id, made_at=head.made_at, made_by=head.made_by,
        options=dict(head.options), summary=dict(head.summary),
    )  # fmt: skip
    session.add(row)
    session.flush()
    demand, candidates, standing = tables.demand, tables.candidates, tables.standing
    people = (demand.people, demand.shops, demand.cases, demand.unit_grid, demand.community, demand.street_office, demand.district)
    _copy(session, "siting_demand", row.id, demand.xy, dict(zip(DEMAND, people, strict=True)))
    places = (
        candidates.code, candidates.origin, candidates.facility_code, candidates.road_class, _or_none(candidates.site_area_m2),
        candidates.street_office, candidates.district, candidates.dropped, candidates.detail,
    )  # fmt: skip
    _copy(session, "siting_candidate", row.id, candidates.xy, dict(zip(CANDIDATE, places, strict=True)))
    stands = (standing.code, standing.meets, _or_none(standing.capacity))
    _copy(session, "siting_standing", row.id, standing.xy, dict(zip(STANDING, stands, strict=True)))
    return dataclasses.replace(head, id=row.id)


def list_sets(session: Session, kind: FacilityKind | None = None) -> list[PreparedSet]:
    """Return the prepared sets, newest first, those of one kind if given."""
    statement = select(SitingSetRow).order_by(SitingSetRow.made_at.desc(), SitingSetRow.id.desc())
    if kind is not None:
        statement = statement.where(SitingSetRow.kind == kind.value)
    return [_set(row) for row in session.scalars(statement)]


def get_set(session: Session, number: int) -> PreparedSet:
    """Return a set; raise NotFoundError where there is none."""
    row = session.get(SitingSetRow, number)
    if row is None:
        raise NotFoundError(f"there is no prepared set {number}", zh=f"没有编号为 {number} 的基础数据集")
    return _set(row)


def read_demand(session: Session, number: int) -> DemandTable:
    """Return the demand points of a set in the order of their positions."""
    xy, columns = _read(session, SitingDemandRow, number, DEMAND)
    people, shops, cases = (np.asarray(columns[name], np.int64) for name in DEMAND[:3])
    grid, community, office, district = (columns[name] for name in DEMAND[3:])
    return DemandTable(xy, people, shops, cases, grid, community, office, district)


def read_people(session: Session, number: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return place and people of the demand points of a set, in the order of their positions; quicker than all of ``read_demand``."""
    xy, columns = _read(session, SitingDemandRow, number, ("people",))
    return xy, np.asarray(columns["people"], np.int64)


def read_candidates(session: Session, number: int, *, dropped: bool = False) -> CandidateTable:
    """Return the candidates that may be used, by position, or those that were dropped."""
    condition = (SitingCandidateRow.dropped != "") if dropped else (SitingCandidateRow.dropped == "")
    xy, columns = _read(session, SitingCandidateRow, number, CANDIDATE, condition)
    return CandidateTable(
        columns["code"], columns["origin"], xy, columns["facility_code"], columns["road_class"], _floats(columns["site_area_m2"]),
        columns["street_office_code"], columns["district_code"], columns["dropped"], columns["detail"],
    )  # fmt: skip


def find_places(session: Session, number: int, codes: Collection[str]) -> dict[str, str]:
    """Return those of the codes that are places of a set, each with the rule that dropped it (empty: a candidate)."""
    row = SitingCandidateRow
    found = session.execute(select(row.code, row.dropped).where(row.set_id == number, row.code.in_(codes)))
    return {one.code: one.dropped for one in found}


def count_by_area(session: Session, number: int) -> dict[str, int]:
    """Return how many candidates lie in each district and street office that holds places, also those whose places were all dropped."""
    row = SitingCandidateRow
    kept = func.count().filter(row.dropped == "")
    statement = select(row.district_code, row.street_office_code, kept).where(row.set_id == number)
    counts: dict[str, int] = {}
    for district, office, count in session.execute(statement.group_by(row.district_code, row.street_office_code)):
        for code in {district, office} - {""}:
            counts[code] = counts.get(code, 0) + count
    return counts


def read_standing(session: Session, number: int) -> StandingTable:
    """Return what stood when the set was prepared, by code."""
    xy, columns = _read(session, SitingStandingRow, number, STANDING)
    return StandingTable(columns["code"], xy, np.asarray(columns["meets"], np.bool_), _floats(columns["capacity_t_per_day"]))


def read_tables(session: Session, number: int) -> SetTables:
    """Return everything a solver needs of a set."""
    return SetTables(read_demand(session, number), read_candidates(session, number), read_standing(session, number))


def count_dropped(session: Session, number: int) -> dict[str, int]:
    """Return how many candidates each rule dropped, the most first."""
    row, count = SitingCandidateRow, func.count()
    statement = select(row.dropped, count).where(row.set_id == number, row.dropped != "").group_by(row.dropped)
    found = session.execute(statement.order_by(count.desc(), row.dropped)).all()
    return {entry[0]: entry[1] for entry in found}


def _copy(session: Session, table: str, set_id: int, xy: npt.NDArray[np.float64], columns: Mapping[str, npt.NDArray[Any]]) -> None:
    srid = city_store.get_storage_srid(session)
    points = shapely.to_wkb(shapely.set_srid(shapely.points(xy.reshape(-1, 2)), srid), hex=True, include_srid=True)
    values = [column.tolist() for column in columns.values()]
    rows = zip([set_id] * len(xy), range(len(xy)), np.asarray(points).tolist(), *values, strict=True)
    copy_rows(session, table, ("set_id", "position", "point", *columns), rows)


def _read(
    session: Session,
    table: type[SitingDemandRow | SitingCandidateRow | SitingStandingRow],
    number: int,
    names: tuple[str, ...],
    *conditions: ColumnElement[bool],
) -> tuple[npt.NDArray[np.float64], dict[str, Objects]]:
    columns = (func.ST_X(table.point), func.ST_Y(table.point), *(getattr(table, name) for name in names))
    rows = session.execute(select(*columns).where(table.set_id == number, *conditions).order_by(table.position)).all()
    if not rows:
        return np.empty((0, 2)), {name: np.empty(0, object) for name in names}
    x, y, *values = zip(*rows, strict=True)
    return np.column_stack([x, y]).astype(np.float64), {name: _objects(column) for name, column in zip(names, values, strict=True)}


def _objects(values: tuple[Any, ...]) -> Objects:
    column = np.empty(len(values), object)
    column[:] = values
    return column


def _floats(column: Objects) -> npt.NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in column], np.float64)


def _or_none(column: npt.NDArray[np.float64]) -> Objects:
    known = column.astype(object)
    known[np.isnan(column)] = None
    return known


def _set(row: SitingSetRow) -> PreparedSet:
    made_at: datetime.datetime = row.made_at
    return PreparedSet(row.id, FacilityKind(row.kind), row.name, row.edition_id, made_at, row.made_by, row.options, row.summary)
