"""Yearly lists of codes and names (统计用区划代码) as a plan: several levels at once, no shapes, history kept."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from gridmgmt.city.model import CityProfile, Level
from gridmgmt.errors import SourceError
from gridmgmt.hierarchy import edition_store
from gridmgmt.hierarchy.apply_edition import WHOLE, Scope, areas_in_scope, compare_with_stored
from gridmgmt.hierarchy.model import Area
from gridmgmt.ingest.area_layer import column, parent_from_code
from gridmgmt.ingest.checks_codes import check_codes, check_names, check_retired
from gridmgmt.ingest.consequences import consequences
from gridmgmt.ingest.corrections import Correction, apply_corrections
from gridmgmt.ingest.ingest_areas import Plan
from gridmgmt.ingest.layer import Fault, FaultKind, SourceLayer
from gridmgmt.ingest.severity import features_left_out
from gridmgmt.labels import Words

NO_DAY = datetime.date.min  # the edition sets the day
NEEDS_SHAPE = Words("a unit grid needs a shape; import it as a layer", zh="单元网格须有图形,请用 ingest areas 导入图层")
LEVEL_NAMES = {level.value: level for level in Level} | {level.zh: level for level in Level} | {
    "street": Level.STREET_OFFICE, "town": Level.STREET_OFFICE, "township": Level.STREET_OFFICE, "街道": Level.STREET_OFFICE,
    "镇": Level.STREET_OFFICE, "乡": Level.STREET_OFFICE, "街道(镇、乡)": Level.STREET_OFFICE, "社区": Level.COMMUNITY, "村": Level.COMMUNITY,
    "village": Level.COMMUNITY, "区县": Level.DISTRICT, "县": Level.DISTRICT, "county": Level.DISTRICT, "grid": Level.UNIT_GRID,
    "网格": Level.UNIT_GRID,
}  # fmt: skip
Entries = dict[Level, list[tuple[int, Area]]]


def plan_code_list(
    session: Session,
    layer: SourceLayer,
    profile: CityProfile,
    *,
    scope: Scope = WHOLE,
    edition_from: datetime.date | None = None,
    corrections: Iterable[Correction] = (),
) -> Plan:
    """Say what importing a code list would do; its attributes are mapped (code, name, parent_code, level, old_code).

    The list speaks for the levels it holds; unit grids need shapes and are refused. An area known already keeps its shape. A code
    that is not listed any more is retired; ``old_code`` (several separated by ; 、 or ,) says what became of which, and without it a
    single equal name under the same parent does. Corrections name the level of the entry as their layer.
    """
    applied: list[Correction] = []
    refused: list[Words] = []
    corrections = list(corrections)
    for level in profile.levels:
        relevant = [entry for entry in corrections if entry.layer == level.value]
        result = apply_corrections(layer, level.value, relevant)
        layer = result.layer
        applied += result.applied
        refused += result.refused
    entries, declared, faults = read_entries(layer, profile)
    faults = [*layer.faults, *faults]
    left_out = features_left_out(faults)
    for level, numbered in entries.items():
        entries[level] = [(number, area) for number, area in numbered if number not in left_out]
        faults += _check_level(session, entries, level, profile, scope=scope, edition_from=edition_from)
    areas = [area for numbered in entries.values() for _, area in numbered]
    differences = compare_with_stored(session, areas, scope=scope, declared=declared)
    faults += consequences(session, differences, profile)
    faults.sort(key=lambda fault: fault.feature)
    return Plan(tuple(faults), tuple(differences), len(areas), len(left_out), (*layer.notes, *refused), tuple(applied))


def read_entries(layer: SourceLayer, profile: CityProfile) -> tuple[Entries, dict[str, str], list[Fault]]:
    """Return the areas of each level from the top, which old code became which new one, and the faults of the other rows."""
    if "level" not in layer.attributes:
        message = f"{layer.path.name} has no column level; name it with --map level=HEADER"
        raise SourceError(message, zh=f"{layer.path.name} 没有层级列;请用 --map level=表头 指明")
    names = ("code", "name", "parent_code", "level", "old_code")
    codes, labels, parents, levels, olds = (column(layer.attributes, name) for name in names)
    found: Entries = defaultdict(list)
    declared: dict[str, str] = {}
    faults = []
    for i, number in enumerate(layer.numbers.tolist()):
        code, level = codes[i], LEVEL_NAMES.get((levels[i] or "").lower())
        fault = _row_fault(number, code, name=labels[i], text=levels[i], level=level, profile=profile)
        if fault or code is None or level is None:
            faults += [fault] if fault else []
            continue
        parent = None if profile.parent_level(level) is None else parents[i] or parent_from_code(code, level, profile)
        found[level].append((number, Area(level, code, labels[i], parent, None, None, NO_DAY)))
        declared |= dict.fromkeys(re.split(r"[;;、,,\s]+", olds[i] or "") if olds[i] else (), code)
    return {level: found[level] for level in profile.levels if level in found}, declared, faults


def _row_fault(
    number: int, code: str | None, *, name: str | None, text: str | None, level: Level | None, profile: CityProfile
) -> Fault | None:
    if code is None or name is None:
        return Fault(
            number, code, FaultKind.MISSING_VALUE, Words("no code", zh="缺少编码") if code is None else Words("no name", zh="缺少名称")
        )
    if level is None:
        known = "、".join(level.zh for level in Level)
        words = Words(f"level {text!r} is unknown; known are {', '.join(Level)}", zh=f"层级“{text or ''}”无法识别;可用 {known}")
        return Fault(number, code, FaultKind.BAD_VALUE, words)
    if level not in profile.levels:
        return Fault(
            number,
            code,
            FaultKind.BAD_VALUE,
            Words(f"{profile.name} has no {level.en.lower()}s", zh=f"{profile.name}没有{level.zh}这一层级"),
        )
    if level is Level.UNIT_GRID:
        return Fault(number, code, FaultKind.BAD_VALUE, NEEDS_SHAPE)
    return None


def _check_level(
    session: Session, entries: Entries, level: Level, profile: CityProfile, *, scope: Scope, edition_from: datetime.date | None
) -> list[Fault]:
    numbered = entries[level]
    parents = _parents_in_force(session, entries, profile.parent_level(level), scope)
    return [
        *check_codes(numbered, level, profile, parent_codes=parents),
        *check_retired(numbered, edition_store.list_retired_codes(session, level), edition_from=edition_from),
        *check_names(numbered),
    ]


def _parents_in_force(session: Session, entries: Mapping[Level, list[tuple[int, Area]]], level: Level | None, scope: Scope) -> set[str]:
    """Return the codes one level up once the list is in force: those listed, else those stored."""
    if level is None:
        return set()
    stored = {area.code for area in edition_store.list_open_areas(session, level)}
    if level not in entries:
        return stored
    listed = {area.code for _, area in entries[level]}
    if scope.partial:
        return stored | listed
    spoken_for = {area.code for area in areas_in_scope(session, level, listed, scope)}
    return (stored - spoken_for) | listed
