"""Every statement that puts facilities on a map: points, clusters, search."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.facilities.model import FacilityKind, FacilityStatus
from gridmgmt.facilities.tables import FacilityRow

GONE = (FacilityStatus.CLOSED.value, FacilityStatus.CLEARED.value)
Box = tuple[float, float, float, float]


@dataclasses.dataclass(frozen=True)
class FacilityPin:
    """One facility, or ``count`` of a kind that stand close together; ``x``, ``y`` in the storage CRS.

    Of a cluster ``x``, ``y`` is the mean and ``code``, ``name``, ``status`` are None.
    """

    kind: FacilityKind
    count: int
    x: float
    y: float
    code: str | None = None
    name: str | None = None
    status: FacilityStatus | None = None
    address: str | None = None


def list_pins(session: Session, kinds: Sequence[FacilityKind], box: Box, *, cell_m: float | None, limit: int) -> list[FacilityPin]:
    """Return what stands in a box (storage CRS) and is not closed, by kind and place: clusters of square cells, or single points.

    Cells of ``cell_m`` metres are counted from the origin of the CRS, so they do not move with the box; None means no clusters.
    """
    x, y = func.st_x(FacilityRow.point), func.st_y(FacilityRow.point)
    srid = city_store.get_storage_srid(session)
    here = (
        FacilityRow.kind.in_([kind.value for kind in kinds]),
        FacilityRow.point.op("&&")(func.st_makeenvelope(*box, srid)),
        FacilityRow.status.not_in(GONE),
    )
    if cell_m is None:
        columns = (FacilityRow.kind, x, y, FacilityRow.code, FacilityRow.name, FacilityRow.status, FacilityRow.address)
        rows = session.execute(select(*columns).where(*here).order_by(FacilityRow.code).limit(limit))
        return [FacilityPin(FacilityKind(k), 1, px, py, code, name, FacilityStatus(s), at) for k, px, py, code, name, s, at in rows]
    one = [func.min(column) for column in (FacilityRow.code, FacilityRow.name, FacilityRow.status, FacilityRow.address)]
    cells = (FacilityRow.kind, func.floor(x / cell_m), func.floor(y / cell_m))
    statement = select(FacilityRow.kind, func.count(), func.avg(x), func.avg(y), *one).where(*here).group_by(*cells).order_by(*cells)
    return [_cluster(row) for row in session.execute(statement.limit(limit))]


def search_pins(session: Session, words: str, *, limit: int) -> list[FacilityPin]:
    """Return facilities whose code is ``words`` or whose name contains them, whole matches first."""
    columns = (
        FacilityRow.kind, func.st_x(FacilityRow.point), func.st_y(FacilityRow.point), FacilityRow.code, FacilityRow.name,
        FacilityRow.status, FacilityRow.address,
    )  # fmt: skip
    found = or_(FacilityRow.code == words, FacilityRow.name.icontains(words, autoescape=True))
    whole = or_(FacilityRow.code == words, FacilityRow.name == words)
    rows = session.execute(select(*columns).where(found).order_by(whole.is_not(True), FacilityRow.code).limit(limit))
    return [FacilityPin(FacilityKind(k), 1, x, y, code, name, FacilityStatus(s), at) for k, x, y, code, name, s, at in rows]


def _cluster(row: Row[*tuple[Any, ...]]) -> FacilityPin:
    kind, count, x, y, code, name, status, address = row
    if count > 1:
        return FacilityPin(FacilityKind(kind), count, x, y)
    return FacilityPin(FacilityKind(kind), 1, x, y, code, name, FacilityStatus(status), address)
