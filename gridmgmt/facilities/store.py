"""Every statement about facilities and their registers."""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.db import Base, copy_rows
from gridmgmt.facilities.model import (
    DETAILS_OF,
    Details,
    Facility,
    FacilityKind,
    FacilityStatus,
    ProgrammeCount,
    ProgrammeKind,
    ToiletForm,
    WasteSiteKind,
)
from gridmgmt.facilities.tables import CollectionHouseRow, DemolitionSiteRow, FacilityRow, ToiletRow, TransferStationRow

ASSIGN_UNIT_GRIDS = text((Path(__file__).parent / "assign_unit_grids.sql").read_text(encoding="utf-8"))
SIDE_TABLES: Mapping[FacilityKind, type[Base]] = {
    FacilityKind.TOILET: ToiletRow,
    FacilityKind.TRANSFER_STATION: TransferStationRow,
    FacilityKind.COLLECTION_HOUSE: CollectionHouseRow,
    FacilityKind.DEMOLITION_SITE: DemolitionSiteRow,
}
COLUMNS = tuple(field.name for field in dataclasses.fields(Facility) if field.name != "details")
DETAIL_ENUMS: Mapping[str, type[enum.Enum]] = {"form": ToiletForm, "site_kind": WasteSiteKind}
DETAIL_SHAPES = frozenset({"footprint", "route"})


def add_facilities(session: Session, facilities: Iterable[Facility]) -> int:
    """Insert facilities with their side tables (COPY) and give each its unit grid; return how many.

    Points must be in the storage CRS and snapped; a ``unit_grid_code`` given is replaced by what the open boundaries say.
    """
    batch = list(facilities)
    srid = city_store.get_storage_srid(session)
    copy_rows(session, "facility", COLUMNS, (_values(facility, COLUMNS, srid) for facility in batch))
    for kind, table in SIDE_TABLES.items():
        columns = _detail_columns(kind)
        rows = ((f.code, *_values(f.details, columns, srid)) for f in batch if f.kind == kind and f.details is not None)
        copy_rows(session, table.__tablename__, ("facility_code", *columns), rows)
    assign_unit_grids(session, [facility.code for facility in batch])
    return len(batch)


def remove_facilities(session: Session, codes: Sequence[str]) -> int:
    """Delete facilities with their side tables; return how many there were."""
    removed = session.scalars(delete(FacilityRow).where(FacilityRow.code.in_(codes)).returning(FacilityRow.code))
    return len(removed.all())


def change_facilities(session: Session, facilities: Sequence[Facility]) -> int:
    """Put facilities in the place of those with the same codes; return how many."""
    remove_facilities(session, [facility.code for facility in facilities])
    return add_facilities(session, facilities)


def assign_unit_grids(session: Session, codes: Sequence[str] | None = None) -> None:
    """Find the unit grids of some facilities, or of all, by the boundaries now open; to be run after each new edition."""
    wanted = list(session.scalars(select(FacilityRow.code))) if codes is None else list(codes)
    session.execute(ASSIGN_UNIT_GRIDS, {"codes": wanted})


def find_facility(session: Session, code: str) -> Facility | None:
    """Return the facility with a code, or None."""
    kind = session.scalar(select(FacilityRow.kind).where(FacilityRow.code == code))
    if kind is None:
        return None
    return next(iter(_select(session, FacilityKind(kind), FacilityRow.code == code)))


def list_facilities(session: Session, kind: FacilityKind | None = None, *, status: FacilityStatus | None = None) -> list[Facility]:
    """Return facilities by kind and code, those of one kind or status if given."""
    conditions = () if status is None else (FacilityRow.status == status.value,)
    kinds = tuple(FacilityKind) if kind is None else (kind,)
    return [facility for one in kinds for facility in _select(session, one, *conditions)]


def count_facilities(session: Session) -> dict[FacilityKind, int]:
    """Return how many facilities of each kind are registered; kinds without any are left out."""
    rows = session.execute(select(FacilityRow.kind, func.count()).group_by(FacilityRow.kind))
    counts: dict[str, int] = dict(rows.all())
    return {kind: counts[kind.value] for kind in FacilityKind if kind.value in counts}


def count_programme(session: Session) -> list[ProgrammeCount]:
    """Return what counts toward the plan by kind, year and programme."""
    keys = (FacilityRow.kind, FacilityRow.programme_year, FacilityRow.programme)
    counted = FacilityRow.counts_toward_plan & FacilityRow.programme.is_not(None)
    rows = session.execute(select(*keys, func.count()).where(counted).group_by(*keys).order_by(*keys))
    return [ProgrammeCount(FacilityKind(row[0]), ProgrammeKind(str(row[2])), row[1] or 0, row[3]) for row in rows]


def _detail_columns(kind: FacilityKind) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(DETAILS_OF[kind]))


def _values(thing: object, columns: Sequence[str], srid: int) -> tuple[object, ...]:
    return tuple(_to_column(getattr(thing, column), srid) for column in columns)


def _to_column(value: object, srid: int) -> object:
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, shapely.Geometry):
        return shapely.to_wkb(shapely.set_srid(value, srid), hex=True, include_srid=True)
    if isinstance(value, Mapping):
        return json.dumps(dict(value), ensure_ascii=False)
    return value


def _select(session: Session, kind: FacilityKind, *conditions: Any) -> list[Facility]:  # noqa: ANN401 - SQLAlchemy conditions
    side = SIDE_TABLES[kind]
    statement = (
        select(FacilityRow, side)
        .outerjoin(side, FacilityRow.code == side.__table__.c.facility_code)
        .where(FacilityRow.kind == kind.value, *conditions)
        .order_by(FacilityRow.code)
        .execution_options(populate_existing=True)  # COPY writes behind the session's back
    )
    return [_facility(row, side_row, kind) for row, side_row in session.execute(statement)]


def _facility(row: FacilityRow, side_row: Base | None, kind: FacilityKind) -> Facility:
    shared = {column: getattr(row, column) for column in COLUMNS}
    shared.update(
        kind=kind,
        status=FacilityStatus(row.status),
        point=shapely.from_wkb(bytes(row.point.data)),
        programme=ProgrammeKind(row.programme) if row.programme else None,
    )
    return Facility(**shared, details=None if side_row is None else _details(side_row, kind))


def _details(side_row: Base, kind: FacilityKind) -> Details:
    values = {column: getattr(side_row, column) for column in _detail_columns(kind)}
    for column, value in values.items():
        if value is not None and column in DETAIL_ENUMS:
            values[column] = DETAIL_ENUMS[column](value)
        elif value is not None and column in DETAIL_SHAPES:
            values[column] = shapely.from_wkb(bytes(value.data))
    return DETAILS_OF[kind](**values)
