"""Set by hand who answers for the place of a case (改派归属): a unit grid, a zone or a road segment, and what follows from it."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from gridmgmt.cases.model import Case, CaseAction
from gridmgmt.cases.step_store import NewStep
from gridmgmt.city import store as city_store
from gridmgmt.city.model import CityProfile, Level
from gridmgmt.errors import InvalidInputError
from gridmgmt.hierarchy import store as hierarchy_store
from gridmgmt.responsibility.model import Basis
from gridmgmt.roads import answer_store

PLACES = ("unit_grid_code", "zone_code", "segment_code")
RELEASE = "release"  # the rules may decide again; the place stays until they do


def with_place(session: Session, case: Case, step: NewStep) -> NewStep:
    """Return a step that is about to be written with the place it sets by hand; other steps are returned as they are.

    A unit grid brings its community, street office, district and zone; a zone or a segment its road chief of the day. What was there
    before stays in the step. Raises InvalidInputError, the field named, for what does not exist on that day or when nothing is named.
    """
    if step.action is not CaseAction.OVERRIDE_RESPONSIBILITY:
        return step
    profile = city_store.get_profile(session)
    columns = _columns(session, case, step.details, profile, profile.day_of(step.at))
    before = {name: getattr(case, name) for name in columns if getattr(case, name) != columns[name]}
    after = {name: columns[name] for name in before}
    return dataclasses.replace(
        step, changes={**step.changes, **columns}, details={**step.details, "changed": {"before": before, "after": after}}
    )


def _columns(session: Session, case: Case, said: Mapping[str, Any], profile: CityProfile, on: datetime.date) -> dict[str, Any]:
    named = {name: str(said[name]).strip() for name in PLACES if str(said.get(name) or "").strip()}
    if said.get(RELEASE) in {True, "1", "true"} and not named:
        return {"manual_override": False}
    if not named:
        raise InvalidInputError("zone_code", "name a unit grid, a zone or a segment", zh="须指定单元网格、责任区或路段")
    columns: dict[str, Any] = {"manual_override": True}
    if "unit_grid_code" in named:
        columns |= _areas(session, named["unit_grid_code"], profile, on)
    columns["zone_code"] = _zone(session, case, named, columns, on=on)
    if "segment_code" in named:
        _require(
            answer_store.find_road_class(session, named["segment_code"], on=on) is not None, "segment_code", named["segment_code"], "路段"
        )
        columns |= {"segment_code": named["segment_code"], "segment_distance_m": None}
    return columns | _chief(session, named, columns["zone_code"], on)


def _areas(session: Session, code: str, profile: CityProfile, on: datetime.date) -> dict[str, Any]:
    """Return the codes of a unit grid and of what it lies in; the distance to its border says nothing any more."""
    columns: dict[str, Any] = dict.fromkeys(level.code_field for level in Level)
    edition = hierarchy_store.find_edition(session, on=on)
    wanted: str | None = code
    for level in reversed(profile.levels):
        area = hierarchy_store.find_area(session, level, wanted, on=on) if wanted else None
        if level is Level.UNIT_GRID:
            _require(area is not None, "unit_grid_code", code, "单元网格")
        columns[level.code_field] = area.code if area else None
        wanted = area.parent_code if area else None
    return columns | {"edition_id": edition.id if edition else None, "shared_with": [], "border_distance_m": None}


def _zone(session: Session, case: Case, named: Mapping[str, str], columns: Mapping[str, Any], *, on: datetime.date) -> str | None:
    if "zone_code" in named:
        _require(answer_store.has_zone(session, named["zone_code"]), "zone_code", named["zone_code"], "责任区")
        return named["zone_code"]
    if "unit_grid_code" not in named:
        return case.zone_code
    areas = [(level, code) for level in reversed(Level) if (code := columns[level.code_field])]
    return answer_store.find_zone_of(session, areas, on=on)


def _chief(session: Session, named: Mapping[str, str], zone_code: str | None, on: datetime.date) -> dict[str, Any]:
    """Return the chief of the segment that was named, else of the zone; a segment nobody named decides nothing by hand."""
    by_segment = answer_store.find_segment_chief(session, named["segment_code"], on=on) if "segment_code" in named else None
    by_zone = answer_store.find_zone_chief(session, zone_code, on=on) if zone_code else None
    basis = Basis.SEGMENT if by_segment else Basis.ZONE if by_zone else Basis.NO_CHIEF if zone_code else Basis.NO_ZONE
    appointment_id, person_id = by_segment or by_zone or (None, None)
    return {"appointment_id": appointment_id, "person_id": person_id, "basis": basis.value}


def _require(there: bool, field: str, code: str, what: str) -> None:  # noqa: FBT001 - the answer to a question
    if not there:
        raise InvalidInputError(field, f"there is no {code!r} on this day", zh=f"当日没有编码为 {code} 的{what}")
