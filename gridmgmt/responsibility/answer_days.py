"""Answers for points of many days (批量归属): what ``resolve.sql`` says of each on its own day, column by column.

Between two days on which boundaries, roads or zones changed one index answers for all; chiefs are looked up by the day itself.
"""

from __future__ import annotations

import bisect
import copy
import dataclasses
import datetime
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.errors import SourceError
from gridmgmt.responsibility import layer_store
from gridmgmt.responsibility.city_index import LATEST
from gridmgmt.responsibility.duty_store import Column, Duties, fetch_duties
from gridmgmt.responsibility.epoch_store import Chiefs, fetch_chiefs, list_change_days
from gridmgmt.responsibility.model import Basis, Responsibility
from gridmgmt.responsibility.point_index import PointIndex
from gridmgmt.responsibility.store import resolve_many

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.int64]
KEPT = 2  # indexes kept in memory: a backlog goes from one edition to the next
ASKED_AT_ONCE = 5_000
BASES = tuple(basis.value for basis in Basis)
BASIS_COLUMN = np.array(BASES, object)


@dataclasses.dataclass(frozen=True)
class Coded:
    """A column of few values: row i holds ``values[at[i]]``."""

    values: Column
    at: Words


@dataclasses.dataclass(frozen=True)
class Answers:
    """Who answers for points, one entry each; ``rows`` are their positions among those asked. Ids are -1, metres nan where there is none.

    ``shared_with`` holds tuples of codes.
    """

    rows: Words
    edition_id: int | None
    district_code: Coded
    street_office_code: Coded
    community_code: Coded
    unit_grid_code: Coded
    shared_with: Coded
    border_distance_m: Floats
    segment_code: Coded
    segment_distance_m: Floats
    zone_code: Coded
    appointment_id: Words
    person_id: Words
    basis: Coded

    @property
    def outside(self) -> npt.NDArray[np.bool_]:
        """Which points lie outside every unit grid, where only the statement knows who answers."""
        return np.equal(self.unit_grid_code.at, len(self.unit_grid_code.values) - 1)

    def only(self, chosen: npt.NDArray[np.bool_]) -> Answers:
        """Return the answers of some points."""
        given: dict[str, Any] = {field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.name != "edition_id"}
        kept: dict[str, Any] = {
            name: Coded(old.values, old.at[chosen]) if isinstance(old, Coded) else old[chosen] for name, old in given.items()
        }
        return dataclasses.replace(self, **kept)


@dataclasses.dataclass
class Epoch:
    """An index, what lies above its unit grids, and the chiefs' numbers of their zones and of its segments; the last entry is for none."""

    index: PointIndex
    duties: Duties
    zone_target: Words
    segment_target: Words
    tree: shapely.STRtree | None = None

    def sharers(self, x: Floats, y: Floats) -> list[tuple[str, ...]]:
        """Return for points on borders the codes of the grids that share each, the lowest left out."""
        if self.tree is None:
            self.tree = shapely.STRtree(self.index.shapes().polygons)
        which, found = self.tree.query(shapely.points(x, y), predicate="intersects")
        by_point: list[list[int]] = [[] for _ in x]
        for point, grid in zip(which.tolist(), found.tolist(), strict=True):
            by_point[point].append(grid)
        return [tuple(self.duties.unit_grid_code[grid] for grid in sorted(grids)[1:]) for grids in by_point]


@dataclasses.dataclass(frozen=True)
class SentEpoch:
    """An epoch on its way to another machine: the label of its index, whose file goes beside it, and the rest."""

    label: str
    duties: Duties
    zone_target: Words
    segment_target: Words


class Calendar:
    """The indexes of a city by day, made when they are asked for; a file in ``folder`` is used where it is of that day's boundaries."""

    sent: Mapping[int, SentEpoch]
    threads: int | None = None

    def __init__(self, session: Session, folder: Path | None = None) -> None:
        """Take what tells days apart from the database."""
        self.changes = list_change_days(session)
        self.chiefs: Chiefs = fetch_chiefs(session)
        self.folder = folder
        self.kept: dict[int, Epoch] = {}

    def answer(
        self, session: Session | None, x: Floats, y: Floats, days: Words, *, limit_m: Floats | None = None, class_keys: Sequence[str | None] | None = None,
        measure_borders: bool = True,
    ) -> Iterator[Answers]:  # fmt: skip
        """Yield the answers for points of the storage CRS, snapped, each on its day (ordinal), in parts.

        ``limit_m`` is the snap limit of each point's managed class where it has one of its own, else nan; ``class_keys`` its class.
        Without ``measure_borders`` the distances to borders and the sharers of points on them are left out: a third of the time.
        Without a session points outside every unit grid and of days whose index is not at hand are left out.
        """
        epoch_of = self.epochs_of(days)
        for number in np.unique(epoch_of).tolist():
            rows = np.flatnonzero(epoch_of == number)
            first = datetime.date.fromordinal(int(days[rows[0]]))
            epoch = self.kept.get(number) if session is None else self._epoch(session, number, first)
            if epoch is None:
                continue
            own = None if limit_m is None else limit_m[rows]
            found = self._found(epoch, x[rows], y[rows], days[rows], rows=rows, limit_m=own, measure_borders=measure_borders)
            if session is None:
                yield found.only(~found.outside)
            else:
                yield self._with_unsure(session, found, x, y, days, class_keys=class_keys)

    def epochs_of(self, days: Words) -> Words:
        """Return the number of the time between two changes in which each day (ordinal) lies."""
        return np.searchsorted([day.toordinal() for day in self.changes], days, side="right")

    def send(self, session: Session, days: Words, folder: Path) -> tuple[Calendar, dict[str, Path]]:
        """Return a calendar of some days (ordinals) that can be sent to another machine, and the files it opens there, written into a folder."""
        epoch_of = self.epochs_of(days)
        files: dict[str, Path] = {}
        sent: dict[int, SentEpoch] = {}
        for number in np.unique(epoch_of).tolist():
            epoch = self._epoch(session, number, datetime.date.fromordinal(int(days[epoch_of == number][0])))
            label = epoch.index.label
            if label not in files:
                files[label] = folder / f"{len(files)}.index"
                epoch.index.save(files[label])
            sent[number] = SentEpoch(label, epoch.duties, epoch.zone_target, epoch.segment_target)
        other = copy.copy(self)
        other.kept, other.folder, other.sent = {}, None, sent
        return other, files

    def open_sent(self, files: Mapping[str, Path]) -> None:
        """Open the indexes that were sent, to answer without a session by one thread."""
        opened = {label: PointIndex.open(path, label=label) for label, path in files.items()}
        self.kept = {number: Epoch(opened[one.label], one.duties, one.zone_target, one.segment_target) for number, one in self.sent.items()}
        self.threads = 1

    def _epoch(self, session: Session, number: int, on: datetime.date) -> Epoch:
        if number not in self.kept:
            index = self._index(session, on)
            while len(self.kept) >= KEPT:
                del self.kept[min(self.kept, key=lambda other: -abs(other - number))]
            segments = layer_store.list_segment_codes(session, on=on)
            duties = fetch_duties(session, segments, on=on)
            zones, named = self.chiefs.numbers("zone", list(duties.zone_code)), self.chiefs.numbers("segment", [*segments, None])
            self.kept[number] = Epoch(index, duties, zones, named)
        return self.kept[number]

    def _index(self, session: Session, on: datetime.date) -> PointIndex:
        """Return the index of a day: one that is kept where only zones changed since."""
        label = layer_store.fingerprint(session, on=on)
        kept = next((epoch.index for epoch in self.kept.values() if epoch.index.label == label), None)
        return kept or _open_or_build(session, self.folder, on, label)

    def _found(
        self, epoch: Epoch, x: Floats, y: Floats, days: Words, *, rows: Words, limit_m: Floats | None, measure_borders: bool
    ) -> Answers:
        found, duties = epoch.index.assign(x, y, limit_m=limit_m, threads=self.threads), epoch.duties
        grid = np.where(found.grid < 0, len(duties.unit_grid_code) - 1, found.grid).astype(np.int64)
        segment = np.where(found.segment < 0, len(duties.segment_code) - 1, found.segment).astype(np.int64)
        by_segment = self.chiefs.held(epoch.segment_target[segment], days)
        held = np.where(by_segment >= 0, by_segment, self.chiefs.held(epoch.zone_target[grid], days))
        on_border = np.flatnonzero(found.shared & measure_borders)
        others = np.array([(), *epoch.sharers(x[on_border], y[on_border]), None], object)[:-1]
        shared_at = np.zeros(len(x), np.int64)
        shared_at[on_border] = np.arange(1, len(on_border) + 1)
        border_m = epoch.index.border_distance(x, y, found.grid) if measure_borders else np.full(len(x), np.nan)
        return Answers(
            rows, duties.edition_id, Coded(duties.district_code, grid), Coded(duties.street_office_code, grid),
            Coded(duties.community_code, grid), Coded(duties.unit_grid_code, grid), Coded(others, shared_at),
            border_m, Coded(duties.segment_code, segment), found.distance_m,
            Coded(duties.zone_code, grid), _by_position(self.chiefs.appointment_id, held), _by_position(self.chiefs.person_id, held),
            Coded(BASIS_COLUMN, _bases(duties, grid, by_segment >= 0, held >= 0)),
        )  # fmt: skip

    def _with_unsure(
        self, session: Session, found: Answers, x: Floats, y: Floats, days: Words, *, class_keys: Sequence[str | None] | None
    ) -> Answers:
        """Let the statement answer for the points outside every unit grid: the areas above have shapes of their own there."""
        open_ones = np.flatnonzero(found.outside)
        if not len(open_ones):
            return found
        given = found.rows[open_ones]
        answers = list(_asked(session, x[given], y[given], days[given], [class_keys[row] for row in given] if class_keys else None))
        appointment, person = found.appointment_id.copy(), found.person_id.copy()
        appointment[open_ones] = [one.chief.appointment_id if one.chief else -1 for one in answers]
        person[open_ones] = [one.chief.person_id if one.chief else -1 for one in answers]
        columns: dict[str, list[str | None]] = {
            "district_code": [_code(one, Level.DISTRICT) for one in answers],
            "street_office_code": [_code(one, Level.STREET_OFFICE) for one in answers],
            "community_code": [_code(one, Level.COMMUNITY) for one in answers],
            "zone_code": [one.zone_code for one in answers],
            "basis": [one.basis.value for one in answers],
        }
        changed: dict[str, Any] = {name: _replaced(getattr(found, name), open_ones, values) for name, values in columns.items()}
        return dataclasses.replace(found, appointment_id=appointment, person_id=person, **changed)


def _open_or_build(session: Session, folder: Path | None, on: datetime.date, label: str) -> PointIndex:
    if folder is not None and (folder / LATEST).exists():
        try:
            return PointIndex.open(folder / LATEST, label=label)
        except SourceError:
            pass  # of another day's boundaries: made below
    layers = layer_store.fetch_layers(session, on=on)
    return PointIndex.build(
        layers.polygons, layers.lines, snap_limit_m=layers.limits_m, widest_limit_m=layers.widest_limit_m, label=label
    )  # fmt: skip


def _bases(duties: Duties, grid: Words, by_segment: npt.NDArray[np.bool_], has_chief: npt.NDArray[np.bool_]) -> Words:
    if duties.edition_id is None:
        return np.full(len(grid), BASES.index(Basis.NO_EDITION.value), np.int64)
    has_zone = (duties.zone_code != None)[grid]  # noqa: E711 - entry by entry
    choices = [Basis.SEGMENT, Basis.ZONE, Basis.NO_ZONE]
    places = [np.int64(BASES.index(choice.value)) for choice in choices]
    chosen = np.select([by_segment, has_chief, ~has_zone], places, BASES.index(Basis.NO_CHIEF.value))
    return np.asarray(chosen, np.int64)


def _asked(session: Session, x: Floats, y: Floats, days: Words, keys: list[str | None] | None) -> Iterator[Responsibility]:
    """Yield the answers of the statement, day by day and some at a time, in the order of the points."""
    answers: dict[int, Responsibility] = {}
    order = np.argsort(days, kind="stable")
    ordered = days[order].tolist()
    start = 0
    while start < len(order):
        end = min(bisect.bisect_right(ordered, ordered[start]), start + ASKED_AT_ONCE)
        these = order[start:end]
        on = datetime.date.fromordinal(ordered[start])
        class_keys = [keys[at] for at in these] if keys else None
        answers |= zip(
            these.tolist(), resolve_many(session, x[these].tolist(), y[these].tolist(), on=on, class_keys=class_keys), strict=True
        )
        start = end
    return (answers[at] for at in range(len(order)))


def _code(answer: Responsibility, level: Level) -> str | None:
    area = answer.area(level)
    return area.code if area else None


def _replaced(column: Coded, rows: Words, values: Sequence[Any]) -> Coded:
    """Return a column with other values in some rows; its values stay the same array where they hold those already."""
    at = column.at.copy()
    places = {value: place for place, value in enumerate(column.values.tolist())}
    if all(value in places for value in values):
        at[rows] = [places[value] for value in values]
        return Coded(column.values, at)
    at[rows] = len(column.values) + np.arange(len(values))
    more = np.empty(len(column.values) + len(values), object)
    more[: len(column.values)], more[len(column.values) :] = column.values, values
    return Coded(more, at)


def _by_position(values: Words, at: Words) -> Words:
    return np.where(at >= 0, np.append(values, -1)[at], -1)
