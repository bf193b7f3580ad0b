"""Statements about layers that planners bring along: the newest of a subject is in use until it is taken away."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import numpy as np
import shapely
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.db import copy_rows
from gridmgmt.errors import NotFoundError
from gridmgmt.facilities.model import FacilityKind
from gridmgmt.siting.candidates import Place
from gridmgmt.siting.ground import Shapes
from gridmgmt.siting.layer import Feature, Layer, Subject, places_of
from gridmgmt.siting.tables import SitingLayerRow, SitingLayerShapeRow

COLUMNS = ("layer_id", "position", "name", "area_m2", "shape")


def add_layer(
    session: Session,
    subject: Subject,
    kind: FacilityKind | None,
    source: str,
    features: Sequence[Feature],
    *,
    at: datetime.datetime,
    by: str,
) -> Layer:
    """Store a layer; it takes the place of the one of its subject (and kind) that was in use."""
    row = SitingLayerRow
    session.execute(text("LOCK TABLE siting_layer IN SHARE ROW EXCLUSIVE MODE"))  # two at once take their turns
    same = (row.subject == subject.value, row.kind.is_not_distinct_from(None if kind is None else kind.value), row.ended_at.is_(None))
    session.execute(update(row).where(*same).values(ended_at=at))
    added = SitingLayerRow(
        subject=subject.value, kind=None if kind is None else kind.value, source=source, shapes=len(features), added_at=at, added_by=by
    )
    session.add(added)
    session.flush()
    srid = city_store.get_storage_srid(session)
    shapes = np.array([feature.shape for feature in features], object)
    packed = np.asarray(shapely.to_wkb(shapely.set_srid(shapes, srid), hex=True, include_srid=True)).tolist()
    rows = ((added.id, at, one.name, one.area_m2, shape) for at, (one, shape) in enumerate(zip(features, packed, strict=True)))
    copy_rows(session, "siting_layer_shape", COLUMNS, rows)
    return _layer(added)


def list_layers(session: Session) -> list[Layer]:
    """Return the layers in use by subject, then kind."""
    row = SitingLayerRow
    found = [_layer(one) for one in session.scalars(select(row).where(row.ended_at.is_(None)).order_by(row.id))]
    order = {subject: at for at, subject in enumerate(Subject)}
    return sorted(found, key=lambda one: (order[one.subject], one.kind or "", one.id))


def end_layer(session: Session, number: int, *, at: datetime.datetime) -> Layer:
    """Take a layer out of use; raise NotFoundError where none of that number is in use."""
    row = session.get(SitingLayerRow, number, with_for_update=True)
    if row is None or row.ended_at is not None:
        raise NotFoundError(f"there is no layer {number} in use", zh=f"没有编号为 {number} 的图层在用")
    row.ended_at = at
    return _layer(row)


def read_planned(session: Session, kind: FacilityKind) -> list[Place]:
    """Return the places that planners propose for a kind of facility."""
    layers = [layer for layer in list_layers(session) if layer.subject is Subject.CANDIDATES and layer.kind is kind]
    return places_of([feature for layer in layers for feature in _read(session, layer)])


def read_kept_away(session: Session) -> dict[str, Shapes]:
    """Return by subject the shapes that rules keep away from."""
    layers = [layer for layer in list_layers(session) if layer.subject is not Subject.CANDIDATES]
    return {layer.subject.value: np.array([feature.shape for feature in _read(session, layer)], object) for layer in layers}


def _read(session: Session, layer: Layer) -> list[Feature]:
    row = SitingLayerShapeRow
    statement = select(func.ST_AsBinary(row.shape), row.name, row.area_m2).where(row.layer_id == layer.id).order_by(row.position)
    return [Feature(shapely.from_wkb(bytes(shape)), name, area) for shape, name, area in session.execute(statement)]


def _layer(row: SitingLayerRow) -> Layer:
    kind = None if row.kind is None else FacilityKind(row.kind)
    return Layer(row.id, Subject(row.subject), kind, row.source, row.shapes, row.added_at, row.added_by)
