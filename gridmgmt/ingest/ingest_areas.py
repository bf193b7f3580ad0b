"""What importing a placed layer of areas would do: corrections, checks, the difference to what is stored; nothing is written."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from gridmgmt.city.model import CityProfile, Level
from gridmgmt.errors import InvalidInputError, NotFoundError
from gridmgmt.hierarchy import edition_store
from gridmgmt.hierarchy.apply_edition import WHOLE, Scope, areas_in_scope, compare_with_stored
from gridmgmt.hierarchy.diff import Difference
from gridmgmt.hierarchy.model import Area, GeometrySource
from gridmgmt.ingest.area_layer import AreaLayer, to_area_layer
from gridmgmt.ingest.checks import EXACT_DEFAULT, Surroundings, check_areas
from gridmgmt.ingest.checks_shapes import Tolerance
from gridmgmt.ingest.consequences import consequences
from gridmgmt.ingest.corrections import Correction, apply_corrections
from gridmgmt.ingest.layer import Fault, SourceLayer
from gridmgmt.ingest.severity import features_left_out
from gridmgmt.labels import Words


@dataclasses.dataclass(frozen=True)
class AreaOrder:
    """What the operator asks for when importing areas of one level."""

    level: Level
    source: GeometrySource | None = None
    scope: Scope = WHOLE
    fix: bool = False
    tolerance: Tolerance = EXACT_DEFAULT
    edition_from: datetime.date | None = None


@dataclasses.dataclass(frozen=True)
class Plan:
    """What an import would do: the faults, the differences, how many features are stored and left out, and remarks."""

    faults: tuple[Fault, ...]
    differences: tuple[Difference, ...]
    features: int
    rejected: int
    remarks: tuple[Words, ...] = ()
    corrections: tuple[Correction, ...] = ()


def plan_areas(
    session: Session, layer: SourceLayer, order: AreaOrder, profile: CityProfile, *, corrections: Iterable[Correction] = ()
) -> Plan:
    """Say what importing a layer would do; its attributes are mapped and its shapes in the storage CRS, snapped.

    A feature that cannot be stored is left out and its code stays as it is stored. Raises InvalidInputError for a level the city
    does not have, NotFoundError for an unknown ``scope.under``.
    """
    require_level(order.level, profile)
    corrected = apply_corrections(layer, order.level.value, corrections)
    areas, faults, known_codes = to_area_layer(corrected.layer, order.level, profile, order.source)
    faults = [*corrected.layer.faults, *faults]
    areas = areas.without(features_left_out(faults))
    parents = _parents(session, order.level, profile)
    around = _surroundings(session, areas, order, parents)
    areas, found = check_areas(areas, around, profile, tolerance=order.tolerance, fix=order.fix)
    faults += found
    left_out = features_left_out(faults)
    keep = frozenset(known_codes[number] for number in left_out if number in known_codes)
    scope = dataclasses.replace(order.scope, keep=order.scope.keep | keep)
    differences = compare_with_stored(session, areas.areas, scope=scope) if areas.areas else []
    faults += consequences(session, differences, profile)
    faults = [dataclasses.replace(fault, code=fault.code or known_codes.get(fault.feature)) for fault in faults]
    return Plan(
        tuple(faults), tuple(differences), len(areas.areas), len(left_out), (*corrected.layer.notes, *corrected.refused), corrected.applied
    )


def require_level(level: Level, profile: CityProfile) -> None:
    """Raise InvalidInputError for a level the city does not have."""
    if level not in profile.levels:
        levels = ", ".join(profile.levels)
        raise InvalidInputError(
            "level", f"{profile.name} has no {level.en.lower()}s; its levels are {levels}", zh=f"{profile.name}没有{level.zh}这一层级"
        )


def _parents(session: Session, level: Level, profile: CityProfile) -> Mapping[str, Area]:
    parent_level = profile.parent_level(level)
    return {area.code: area for area in edition_store.list_open_areas(session, parent_level)} if parent_level else {}


def _surroundings(session: Session, areas: AreaLayer, order: AreaOrder, parents: Mapping[str, Area]) -> Surroundings:
    under = order.scope.under
    if under is not None and not edition_store.is_open(session, under):
        message = f"no area in force has the code {under}"
        raise NotFoundError(message, zh=f"没有编码为 {under} 的现行区域")
    codes = set(areas.codes)
    everything = edition_store.list_open_areas(session, order.level)
    spoken_for = (
        codes
        if order.scope.partial
        else {area.code for area in areas_in_scope(session, order.level, codes, order.scope, stored=everything)} | codes
    )
    stays = [area for area in everything if area.code not in spoken_for]
    retired = edition_store.list_retired_codes(session, order.level)
    return Surroundings(stays, parents, retired, order.edition_from)
