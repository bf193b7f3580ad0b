"""A year in which people worked on cases (一年的办理): scripts drawn for each, times by shifts and limits, cut off at now."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from gridmgmt.cases import partition_store
from gridmgmt.cases.model import CaseAction
from gridmgmt.cases.store import SERIALS
from gridmgmt.catalogue.model import ManagedKind, TimeLimit, TimeUnit
from gridmgmt.city import calendar_store
from gridmgmt.city.model import CityProfile
from gridmgmt.demo import lived_in_store
from gridmgmt.demo.lived_times import NEVER, HandlingClock, Hours, Limits, draw_times
from gridmgmt.demo.scripts import MERGED, SCRIPTS, TAKES_IN, Script
from gridmgmt.demo.units import department_of
from gridmgmt.demo.working_time import Seconds, office_time, shift_time

Indices = npt.NDArray[np.intp]
MARGIN = datetime.timedelta(days=900)  # a case suspended on the last day still has its times, beyond what is stored
NEAREST = 12  # a duplicate comes within so many reports of what it repeats
SHIFT = (6, 22)


@dataclasses.dataclass(frozen=True)
class Happening:
    """What was reported, in the order of time: place, class and source by number, seconds since 1970."""

    places: Indices
    classes: Indices
    sources: Indices
    reported: Seconds


@dataclasses.dataclass(frozen=True)
class Words:
    """What the numbers of a happening stand for: (kind, code, description) and (source, accuracy in metres)."""

    classes: Sequence[tuple[ManagedKind, str, str]]
    sources: Sequence[tuple[str, float]]
    descriptions: Sequence[str] | None = None  # of each report, where they differ from their class's


@dataclasses.dataclass
class Lived:
    """What became of each case: script, when each step happened, how far it got, and its clock."""

    script: Indices
    at: Seconds
    version: Indices
    due: Seconds
    stopped: Seconds
    until: Seconds
    host: Indices


class LivedIn:
    """Draws what people did with reports of one city and stores it."""

    def __init__(
        self,
        session: Session,
        profile: CityProfile,
        words: Words,
        *,
        first: datetime.date,
        now: datetime.datetime,
        rng: np.random.Generator,
    ) -> None:
        """Read calendar and limits; ``first`` is the first day anything is reported."""
        self.session, self.words, self.rng, self.now = session, words, rng, int(now.timestamp())
        calendar = calendar_store.load_calendar(session)
        first, last = first - datetime.timedelta(days=15), now.date() + MARGIN
        shift = shift_time(calendar, first, last, opens=SHIFT[0], closes=SHIFT[1])
        self.hours = Hours(office_time(calendar, first, last), shift)
        zone = profile.zone
        self.days = [first + datetime.timedelta(days=number) for number in range((last - first).days)]
        self.midnights = np.array([datetime.datetime.combine(day, datetime.time(), zone).timestamp() for day in self.days], dtype=np.int64)
        self.limits = _limits_by_class(session, profile, words)

    def live(self, happening: Happening, outside: set[int], *, ref: str) -> int:
        """Store the cases of a happening with everything done to them until now; return how many."""
        chosen, limits = self._choose_limits(happening)
        lived = self._draw(happening, limits, np.isin(happening.places, list(outside)))
        merged = lived.host != NEVER
        host = lived.host[merged]
        happening.places[merged], happening.classes[merged] = happening.places[host], happening.classes[host]
        days = np.searchsorted(self.midnights, lived.at[:, 0], side="right") - 1
        months = partition_store.months_of({self.days[day] for day in np.unique(days).tolist()})
        partition_store.ensure_months(self.session, months)
        first = lived_in_store.take_serials(self.session, len(chosen))  # before the rows: COPY holds the connection from then on
        return lived_in_store.write_cases(self.session, self._rows(happening, lived, chosen, days, (ref, first)))

    def _choose_limits(self, happening: Happening) -> tuple[list[tuple[int, str] | None], Limits]:
        """Choose the filing condition that is met for each case."""
        drawn = self.rng.random(len(happening.places))
        ids: list[tuple[int, str] | None] = []
        seconds, always = np.full(len(drawn), NEVER, dtype=np.int64), np.zeros(len(drawn), dtype=bool)
        for case, (number, chance) in enumerate(zip(happening.classes.tolist(), drawn.tolist(), strict=True)):
            known = self.limits[number]
            met = known[int(chance * len(known))] if known else None
            ids.append((met[0], met[1]) if met else None)
            if met:
                seconds[case], always[case] = met[2], met[3]
        return ids, Limits(seconds, always)

    def _draw(self, happening: Happening, limits: Limits, outside: npt.NDArray[np.bool_]) -> Lived:
        count = len(happening.places)
        lived = _nothing_yet(count)
        inspector = np.array([source == "inspector" for source, _ in self.words.sources])[happening.sources]
        lived.script[:] = self._choose_scripts(inspector, outside)
        starts = happening.reported + self.rng.integers(2, 90, count)
        for number in range(len(SCRIPTS)):
            self._play(number, np.flatnonzero(lived.script == number), starts, limits, lived)
        self._find_hosts(lived)
        return lived

    def _choose_scripts(self, inspector: npt.NDArray[np.bool_], outside: npt.NDArray[np.bool_]) -> Indices:
        """Draw a script for each case; what lies outside every district has one unit only, so nothing goes to a second."""
        chosen = np.zeros(len(inspector), dtype=np.intp)
        for own in (True, False):
            for far in (True, False):
                these = np.flatnonzero((inspector == own) & (outside == far))
                fits = [script.inspector in {None, own} and not (far and _goes_on(script)) for script in SCRIPTS]
                weights = np.array([script.weight * fit for script, fit in zip(SCRIPTS, fits, strict=True)])
                chosen[these] = self.rng.choice(len(SCRIPTS), len(these), p=weights / weights.sum())
        return chosen

    def _play(self, number: int, these: Indices, starts: Seconds, limits: Limits, lived: Lived) -> None:
        """Let some cases go by a script."""
        script = SCRIPTS[number]
        lines, own = script.lines(), limits.of(these)
        low, high = script.pace or (0.0, 0.0)
        pace = (
            self.rng.uniform(low, high, len(these)) if script.pace else np.minimum(4.0, self.rng.lognormal(np.log(0.45), 0.55, len(these)))
        )
        at = draw_times(lines, starts[these], own, pace, hours=self.hours, rng=self.rng)
        happened = at <= self.now
        clock = HandlingClock(own, self.hours)
        for place, line in enumerate(lines):
            clock.step(line, at[:, place], happened[:, place])
        lived.script[these] = number
        lived.at[these] = NEVER
        lived.at[these, : len(lines)] = at
        lived.version[these] = happened.sum(axis=1)
        lived.due[these], lived.stopped[these], lived.until[these] = clock.due(), clock.stopped_at(), clock.until

    def _find_hosts(self, lived: Lived) -> None:
        """Give each duplicate a case near it that was still worked on when it was merged; one that finds none was refused instead."""
        merged = next(number for number, script in enumerate(SCRIPTS) if script.name == MERGED)
        last = len(SCRIPTS[merged].moves) - 1
        ends = lived.at.max(axis=1)
        for case in np.flatnonzero((lived.script == merged) & (lived.version > last)).tolist():
            for host in range(case - 1, max(-1, case - NEAREST), -1):
                at = lived.at[case, last]
                if lived.script[host] in TAKES_IN and lived.at[host, 0] < at < ends[host]:
                    lived.host[case] = host
                    break
            else:
                lived.script[case] = next(number for number, script in enumerate(SCRIPTS) if script.name == "refused")

    def _rows(
        self, happening: Happening, lived: Lived, chosen: Sequence[tuple[int, str] | None], days: Indices, serials: tuple[str, int]
    ) -> Iterator[tuple[Any, ...]]:
        ref, first = serials
        months = np.array([day.year * 100 + day.month for day in self.days], dtype=np.int64)[days]
        ids = (months * SERIALS + first + np.arange(len(chosen))).tolist()
        numbers = [f"{self.days[day]:%Y%m%d}-{first + case:08d}" for case, day in enumerate(days.tolist())]
        filed = [_place_of(script, CaseAction.FILE) for script in SCRIPTS]
        ways = [script.lines() for script in SCRIPTS]
        columns = zip(
            happening.places.tolist(), happening.classes.tolist(), happening.sources.tolist(), happening.reported.tolist(), lived.script.tolist(),
            lived.at.tolist(), lived.version.tolist(), lived.due.tolist(), lived.stopped.tolist(), lived.until.tolist(), lived.host.tolist(),
            strict=True,
        )  # fmt: skip
        for case, (place, klass, source, reported, script, at, version, due, stopped, until, host) in enumerate(columns):
            kind, code, words = self.words.classes[klass]
            name, accuracy = self.words.sources[source]
            line = ways[script][version - 1]
            limit = chosen[case] if version >= filed[script] else None
            yield (
                ids[case], numbers[case], place, script, version, line.to_state.value, line.unit, name, f"{ref}-{first + case:08d}", accuracy,
                reported, at[0], kind.value, code, self.words.descriptions[place] if self.words.descriptions else words,
                department_of(code), limit and limit[0], limit and limit[1], _or_none(due), _or_none(stopped), _or_none(until),
                ids[host] if host != NEVER else None, numbers[host] if host != NEVER else None, "{" + ",".join(map(str, at[:version])) + "}",
            )  # fmt: skip


def _nothing_yet(count: int) -> Lived:
    longest = max(len(script.moves) for script in SCRIPTS)
    due, stopped, until = (np.full(count, NEVER, dtype=np.int64) for _ in range(3))
    script, version, host = np.zeros(count, dtype=np.intp), np.zeros(count, dtype=np.intp), np.full(count, NEVER, dtype=np.intp)
    return Lived(script, np.full((count, longest), NEVER, dtype=np.int64), version, due, stopped, until, host)


def _or_none(instant: int) -> int | None:
    return None if instant == NEVER else instant


def _goes_on(script: Script) -> bool:
    return any(move.unit == 2 for move in script.moves)


def _place_of(script: Script, action: CaseAction) -> int:
    """Return the number of the first step with an action; more than any script has where there is none."""
    return next((line.seq for line in script.lines() if line.move.action is action), 99)


def _limits_by_class(session: Session, profile: CityProfile, words: Words) -> list[list[tuple[int, str, int, bool]]]:
    """Return for each class its limits: id, number of the condition, seconds, whether nights and weekends count."""
    known: dict[tuple[str, str], list[tuple[int, str, int, bool]]] = {}
    for row in lived_in_store.list_limits(session, profile.catalogue_standard):
        limit = TimeLimit(row.amount, TimeUnit(row.unit))
        seconds = int(limit.duration().total_seconds())
        known.setdefault((row.kind, row.class_code), []).append((row.id, row.condition_no, seconds, limit.unit.runs_always))
    return [known.get((kind.value, code), []) for kind, code, _ in words.classes]
