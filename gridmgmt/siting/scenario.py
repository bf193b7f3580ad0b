"""Scenarios, prepared sets, jobs, plans and decisions of siting; plain Python."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gridmgmt.facilities.model import FacilityKind
from gridmgmt.labels import LabelledEnum
from gridmgmt.siting.scenario_settings import Origin, Settings

Points = npt.NDArray[np.float64]


class JobState(LabelledEnum):
    """How far a job is."""

    WAITING = "waiting", "排队", "Waiting"
    RUNNING = "running", "计算中", "Running"
    DONE = "done", "完成", "Done"
    FAILED = "failed", "失败", "Failed"
    CANCELLED = "cancelled", "已取消", "Cancelled"


class Verdict(LabelledEnum):
    """What the commission decided about a proposed site."""

    ACCEPTED = "accepted", "采纳", "Accepted"
    MOVED = "moved", "移位采纳", "Accepted at another place"
    REFUSED = "refused", "不采纳", "Refused"


@dataclasses.dataclass(frozen=True)
class DemandTable:
    """Where people are, one row a point: storage CRS, metres on the 1/1024 m grid; whole people, shops and cases; codes of the areas."""

    xy: Points
    people: npt.NDArray[np.int64]
    shops: npt.NDArray[np.int64]
    cases: npt.NDArray[np.int64]
    unit_grid: npt.NDArray[np.object_]
    community: npt.NDArray[np.object_]
    street_office: npt.NDArray[np.object_]
    district: npt.NDArray[np.object_]


@dataclasses.dataclass(frozen=True)
class CandidateTable:
    """Where something may be built, one row a place; ``dropped`` is the key of the rule that forbids it, empty where none does.

    ``detail`` says it in figures ("12.4 m < 30 m"); ``road_class`` is of the nearest road for frontages, empty otherwise.
    """

    code: npt.NDArray[np.object_]
    origin: npt.NDArray[np.object_]
    xy: Points
    facility_code: npt.NDArray[np.object_]
    road_class: npt.NDArray[np.object_]
    site_area_m2: Points
    street_office: npt.NDArray[np.object_]
    district: npt.NDArray[np.object_]
    dropped: npt.NDArray[np.object_]
    detail: npt.NDArray[np.object_]

    @property
    def kept(self) -> npt.NDArray[np.bool_]:
        """Return which places no rule forbids."""
        return np.asarray(self.dropped == "", np.bool_)

    def only(self, rows: npt.NDArray[Any]) -> CandidateTable:
        """Return some rows."""
        return CandidateTable(*(getattr(self, field.name)[rows] for field in dataclasses.fields(self)))


@dataclasses.dataclass(frozen=True)
class StandingTable:
    """What stands already; ``meets`` says whether it counts as serving by the programme's standard, ``capacity`` is tonnes a day or NaN."""

    code: npt.NDArray[np.object_]
    xy: Points
    meets: npt.NDArray[np.bool_]
    capacity: Points


@dataclasses.dataclass(frozen=True)
class PreparedSet:
    """A prepared, versioned set: never changed, so that a plan can be checked years later. ``id`` is 0 before it is saved."""

    id: int
    kind: FacilityKind
    name: str
    edition_id: int | None
    made_at: datetime.datetime
    made_by: str
    options: Mapping[str, Any]
    summary: Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Preparation:
    """A set that somebody asked for on a page: of a kind, as of a day; ``set_id`` once it is prepared."""

    id: int
    kind: FacilityKind
    day: datetime.date
    asked_at: datetime.datetime
    asked_by: str
    state: JobState
    words: str
    words_zh: str
    set_id: int | None


@dataclasses.dataclass(frozen=True)
class SetTables:
    """The rows of a prepared set; ``candidates`` holds the kept ones in the order of their positions when read for a solver."""

    demand: DemandTable
    candidates: CandidateTable
    standing: StandingTable


@dataclasses.dataclass(frozen=True)
class Scenario:
    """A saved, named question: which set, which rules, how many; never changed once a job has run it."""

    id: int
    name: str
    kind: FacilityKind
    set_id: int
    settings: Settings
    made_at: datetime.datetime
    made_by: str


@dataclasses.dataclass(frozen=True)
class CurvePoint:
    """One point of the curve: best value so far, bound so far (None while there is none), seconds of computing."""

    seconds: float
    value: float
    bound: float | None


@dataclasses.dataclass(frozen=True)
class Job:
    """A solve under way or over; ``state_saved`` is what a solver needs to go on where it was."""

    id: int
    scenario_id: int
    state: JobState
    asked_at: datetime.datetime
    asked_by: str
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    leased_until: datetime.datetime | None
    attempts: int
    cancel_asked: bool
    seconds: float
    progress: Sequence[CurvePoint]
    words: str
    words_zh: str
    plan_id: int | None


@dataclasses.dataclass(frozen=True)
class SavedPlan:
    """A plan that the checker has passed; ``plan`` is the solver's own record with everything the checker needs."""

    id: int
    scenario_id: int
    job_id: int | None
    made_at: datetime.datetime
    made_by: str
    problem: str
    plan: Mapping[str, Any]
    summary: Mapping[str, Any]
    value: float
    bound: float | None
    gap: float | None
    seconds: float
    proved: bool


@dataclasses.dataclass(frozen=True)
class Site:
    """A proposed site of a plan; ``rank`` counts from 1 in the order of building, ``adds`` is what it adds to those before it.

    ``alone`` is what is lost if only this one goes. ``adds`` and ``alone`` are in the plan's weights.
    """

    plan_id: int
    rank: int
    position: int
    code: str
    origin: Origin
    facility_code: str | None
    x: float
    y: float
    year: int | None
    adds: float
    alone: float
    street_office_code: str | None
    district_code: str | None
    verdict: Verdict | None = None


@dataclasses.dataclass(frozen=True)
class Decision:
    """What the commission decided about a site of a plan, and the facility it became."""

    plan_id: int
    rank: int
    verdict: Verdict
    reason: str
    x: float | None
    y: float | None
    year: int | None
    facility_code: str | None
    decided_on: datetime.date
    noted_at: datetime.datetime
    noted_by: str
