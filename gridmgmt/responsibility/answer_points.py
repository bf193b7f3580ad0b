"""Many points answered in full by the bulk index (批量查询): every answer is the one that ``resolve.sql`` gives for that point."""

from __future__ import annotations

import dataclasses
import datetime
import threading
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from gridmgmt.city import store as city_store
from gridmgmt.city.model import Level
from gridmgmt.responsibility import layer_store, name_store
from gridmgmt.responsibility.city_index import ASKED_AT_ONCE, class_limits, open_index
from gridmgmt.responsibility.duty_store import Duties, fetch_duties
from gridmgmt.responsibility.index_frame import Floats
from gridmgmt.responsibility.model import AreaLabel, Basis, ChiefAnswer, Responsibility, SegmentAnswer
from gridmgmt.responsibility.name_store import Names, fetch_names
from gridmgmt.responsibility.point_index import PointIndex
from gridmgmt.responsibility.store import resolve_many

KEPT_DAYS = 2  # what a process keeps of names: some 50 MB a day asked for
Place = tuple[tuple[AreaLabel, ...], str | None, str | None, ChiefAnswer | None]  # areas, code and name of the zone, its chief
Road = tuple[str, str | None, str, ChiefAnswer | None]  # code, name, class, chief


@dataclasses.dataclass(frozen=True)
class NamedIndex:
    """An index with who answers on a day and what everything is called; places and roads are put together when first asked for."""

    index: PointIndex
    duties: Duties
    names: Names
    on: datetime.date
    places: dict[int, Place] = dataclasses.field(default_factory=dict)
    roads: dict[int, Road] = dataclasses.field(default_factory=dict)

    def answer(self, session: Session, x: Floats, y: Floats, *, class_key: str | None = None) -> list[Responsibility]:
        """Answer points of the storage CRS, snapped; those on borders and outside every unit grid are asked of the statement."""
        own = class_limits(np.full(len(x), class_key, object), city_store.get_profile(session).snap_limits.by_managed_class)
        found = self.index.assign(x, y, limit_m=None if np.isnan(own).all() else own)
        border_m = self.index.border_distance(x, y, found.grid)
        columns = (found.grid, border_m, found.segment, found.distance_m)
        answers = [self._answer(*entry) for entry in zip(*(column.tolist() for column in columns), strict=True)]
        open_ones = np.flatnonzero(found.shared | (found.grid < 0))
        for start in range(0, len(open_ones), ASKED_AT_ONCE):
            these = open_ones[start : start + ASKED_AT_ONCE]
            asked = resolve_many(session, x[these].tolist(), y[these].tolist(), on=self.on, class_keys=[class_key] * len(these))
            for i, answer in zip(these.tolist(), asked, strict=True):
                answers[i] = answer
        return answers

    def _answer(self, grid: int, border_m: float, segment: int, distance_m: float) -> Responsibility:
        areas, zone_code, zone_name, zone_chief = self.places.get(grid) or self._place(grid)
        code, name, road_class, own_chief = (self.roads.get(segment) or self._road(segment)) if segment >= 0 else ("", None, "", None)
        basis = Basis.SEGMENT if own_chief else Basis.ZONE if zone_chief else Basis.NO_CHIEF if zone_code else Basis.NO_ZONE
        edition_id, edition_name = self.names.edition or (None, None)
        return Responsibility(
            on=self.on, basis=basis if edition_id is not None else Basis.NO_EDITION, edition_id=edition_id, edition_name=edition_name,
            areas=areas, shared_with=(), border_distance_m=border_m,
            segment=SegmentAnswer(code, name, road_class, distance_m) if segment >= 0 else None,
            zone_code=zone_code, zone_name=zone_name, chief=own_chief or zone_chief,
        )  # fmt: skip

    def _place(self, grid: int) -> Place:
        duties, names = self.duties, self.names
        codes = (duties.district_code[grid], duties.street_office_code[grid], duties.community_code[grid], duties.unit_grid_code[grid])
        areas = tuple(
            AreaLabel(level, code, names.areas[level, code]) for level, code in zip(Level, codes, strict=True) if code is not None
        )
        zone, held = duties.zone_code[grid], duties.zone_appointment_id[grid]
        place = areas, zone, names.zones.get(zone), names.chiefs.get(held)
        self.places[grid] = place
        return place

    def _road(self, segment: int) -> Road:
        code = self.duties.segment_code[segment]
        road = code, *self.names.segments[code], self.names.chiefs.get(self.duties.segment_appointment_id[segment])
        self.roads[segment] = road
        return road


class SharedIndex:
    """The index file of a folder as one process sees it: mapped once, opened anew when the city has moved on; safe between threads."""

    def __init__(self, folder: Path) -> None:
        """Open nothing yet."""
        self._folder = folder
        self._mapped: PointIndex | None = None
        self._named: dict[tuple[datetime.date, str, str], NamedIndex] = {}
        self._lock = threading.Lock()

    def on_day(self, session: Session, on: datetime.date) -> NamedIndex:
        """Return the index for a day, with the names and duties that hold now.

        Raises NotReadyError when there is no file, SourceError when it is of other boundaries, roads or limits than that day's, or damaged.
        """
        label = layer_store.fingerprint(session, on=on)
        key = on, label, name_store.fingerprint(session)
        with self._lock:
            if self._mapped is None or self._mapped.label != label:
                self._mapped = open_index(self._folder, label)
            if key not in self._named:
                duties = fetch_duties(session, layer_store.list_segment_codes(session, on=on), on=on)
                self._named[key] = NamedIndex(self._mapped, duties, fetch_names(session, on=on), on)
                while len(self._named) > KEPT_DAYS:
                    del self._named[next(iter(self._named))]
            return self._named[key]
