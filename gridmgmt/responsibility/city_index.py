"""The bulk index of the city on a day (归属索引): made from the database, kept as a file, joined with who answers."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.errors import NotReadyError, SourceError
from gridmgmt.responsibility import layer_store
from gridmgmt.responsibility.duty_store import Column, Duties, fetch_duties
from gridmgmt.responsibility.index_frame import Flags, Floats
from gridmgmt.responsibility.model import Basis
from gridmgmt.responsibility.point_index import PointIndex
from gridmgmt.responsibility.store import resolve_many

FOLDER = "index"  # under the folder of this machine
LATEST = "responsibility.index"
ASKED_AT_ONCE = 5_000


@dataclasses.dataclass(frozen=True)
class BulkAnswer:
    """One entry a point, as ``resolve.sql`` answers it; ``unsure`` marks the points outside every unit grid, which the statement must answer."""

    unit_grid_code: Column
    shared: Flags
    community_code: Column
    street_office_code: Column
    district_code: Column
    segment_code: Column
    segment_distance_m: Floats
    zone_code: Column
    appointment_id: Column
    person_id: Column
    basis: Column
    unsure: Flags


@dataclasses.dataclass(frozen=True)
class CityIndex:
    """An index with the codes of its positions and the duties of its day."""

    index: PointIndex
    duties: Duties
    on: datetime.date

    def answer(self, x: Floats, y: Floats, *, limit_m: Floats | None = None) -> BulkAnswer:
        """Answer points of the storage CRS, snapped; ``limit_m`` where a managed class has a limit of its own, else nan."""
        found, duties = self.index.assign(x, y, limit_m=limit_m), self.duties
        by_segment = duties.segment_appointment_id[found.segment] != None  # noqa: E711 - entry by entry
        zone = duties.zone_code[found.grid]
        appointment = np.where(by_segment, duties.segment_appointment_id[found.segment], duties.zone_appointment_id[found.grid])
        basis = np.full(len(appointment), Basis.NO_CHIEF.value, object)
        basis[zone == None] = Basis.NO_ZONE.value  # noqa: E711
        basis[appointment != None] = Basis.ZONE.value  # noqa: E711
        basis[by_segment] = Basis.SEGMENT.value
        return BulkAnswer(
            duties.unit_grid_code[found.grid], found.shared, duties.community_code[found.grid], duties.street_office_code[found.grid],
            duties.district_code[found.grid], duties.segment_code[found.segment], found.distance_m, zone, appointment,
            np.where(by_segment, duties.segment_person_id[found.segment], duties.zone_person_id[found.grid]), basis, found.grid < 0,
        )  # fmt: skip


def answer_many(
    session: Session, city: CityIndex, x: Floats, y: Floats, *, class_keys: Column | None = None, class_limits_m: Mapping[str, float] | None = None
) -> BulkAnswer:  # fmt: skip
    """Answer points of the storage CRS, snapped, exactly as ``resolve.sql`` does: the few outside every unit grid are asked of it."""
    own = class_limits(class_keys, class_limits_m) if class_keys is not None and class_limits_m else None
    found = city.answer(x, y, limit_m=own)
    open_ones = np.flatnonzero(found.unsure)
    for start in range(0, len(open_ones), ASKED_AT_ONCE):
        these = open_ones[start : start + ASKED_AT_ONCE]
        keys = None if class_keys is None else list(class_keys[these])
        for i, one in zip(these, resolve_many(session, x[these].tolist(), y[these].tolist(), on=city.on, class_keys=keys), strict=True):
            for level, codes in ((Level.DISTRICT, found.district_code), (Level.STREET_OFFICE, found.street_office_code),
                                 (Level.COMMUNITY, found.community_code)):  # fmt: skip
                area = one.area(level)
                codes[i] = area.code if area else None
            found.zone_code[i], found.basis[i] = one.zone_code, one.basis.value
            found.appointment_id[i] = one.chief.appointment_id if one.chief else None
            found.person_id[i] = one.chief.person_id if one.chief else None
    return dataclasses.replace(found, unsure=np.zeros(len(x), np.bool_))


def build_city_index(session: Session, folder: Path, *, on: datetime.date) -> Path:
    """Build the index of a day and keep it in a folder; return the file."""
    layers = layer_store.fetch_layers(session, on=on)
    index = PointIndex.build(
        layers.polygons, layers.lines, snap_limit_m=layers.limits_m, widest_limit_m=layers.widest_limit_m,
        label=layer_store.fingerprint(session, on=on),
    )  # fmt: skip
    index.border_distance([0.0], [0.0], index.assign([0.0], [0.0]).grid)  # compiled here, so that no request waits for it
    folder.mkdir(parents=True, exist_ok=True)
    index.save(folder / LATEST)
    return folder / LATEST


def open_city_index(session: Session, folder: Path, *, on: datetime.date) -> CityIndex:
    """Open the index kept in a folder for a day; raise as ``open_index`` does."""
    index = open_index(folder, layer_store.fingerprint(session, on=on))
    segments = layer_store.list_segment_codes(session, on=on)
    return CityIndex(index, fetch_duties(session, segments, on=on), on)


def open_index(folder: Path, label: str) -> PointIndex:
    """Open the index kept in a folder.

    Raises NotReadyError when none was built, SourceError when it is of other boundaries, roads or limits than ``label`` names, or damaged.
    """
    if not (folder / LATEST).exists():
        raise NotReadyError(
            "there is no bulk index yet; run gridmgmt responsibility build", zh="尚无归属索引；请运行 gridmgmt responsibility build"
        )
    return PointIndex.open(folder / LATEST, label=label)


def refresh_city_index(session: Session, folder: Path, *, on: datetime.date) -> bool:
    """Build the index of a day unless the one kept in a folder is of that day's boundaries, roads and limits; say whether it was built."""
    try:
        open_index(folder, layer_store.fingerprint(session, on=on))
    except (NotReadyError, SourceError):
        build_city_index(session, folder, on=on)
        return True
    return False


def class_limits(keys: Column, limits: Mapping[str, float]) -> Floats:
    """Return the limit of each managed class (``kind:code``), nan where it has none of its own."""
    return np.array([limits.get(key, np.nan) for key in keys], np.float64)
