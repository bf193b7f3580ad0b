"""A placed layer as facilities of one kind, compared with the register: added, changed, removed, and every fault by row."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from gridmgmt.errors import InvalidInputError
from gridmgmt.facilities.model import DETAILS_OF, DemolitionSite, Facility, FacilityKind, FacilityStatus, WasteSiteKind
from gridmgmt.ingest.aliases import column_name
from gridmgmt.ingest.area_layer import column
from gridmgmt.ingest.facility_values import detail_fields, parse_value, shared_fields
from gridmgmt.ingest.layer import Fault, FaultKind, SourceLayer
from gridmgmt.labels import Words

MOVED_M = 0.02  # seven decimals of a degree, as GeoJSON carries them, are one centimetre
POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclasses.dataclass(frozen=True)
class FacilityPlan:
    """What an import of facilities would do: pairs of ``changed`` are before and after, everything is ordered by code."""

    kind: FacilityKind
    faults: tuple[Fault, ...]
    added: tuple[Facility, ...]
    changed: tuple[tuple[Facility, Facility], ...]
    removed: tuple[Facility, ...]
    unchanged: int
    rejected: int

    def __bool__(self) -> bool:
        """Say whether anything changes."""
        return bool(self.added or self.changed or self.removed)


def plan_facilities(
    layer: SourceLayer, kind: FacilityKind, stored: Iterable[Facility], *, source: str, replace: bool = False, duplicate_radius_m: float
) -> FacilityPlan:
    """Compare a layer (attributes mapped, shapes in the storage CRS) with all stored facilities.

    A column the source lacks and a blank cell keep what is stored; a move of up to 2 cm is none. ``replace`` means that facilities of
    the kind the source does not list are removed. Two of the kind within ``duplicate_radius_m`` metres are a warning.
    """
    known = {facility.code: facility for facility in stored}
    faults, incoming, named = list(layer.faults), dict[str, Facility](), set[str]()
    said = {fault.feature for fault in layer.faults if fault.blocking}
    columns = {field: column(layer.attributes, field) for field in (*shared_fields(), *detail_fields(kind))}
    for index, number in enumerate(layer.numbers.tolist()):
        cells = {field: text for field, values in columns.items() if (text := values[index]) is not None}
        code = cells.get("code")
        repeated = code is not None and code in named
        named.add(code or "")
        found, problems = _read(number, cells, layer.shapes[index], before=known.get(code or ""), kind=kind, source=source)
        if repeated:
            problems = [
                Fault(
                    number,
                    code,
                    FaultKind.DUPLICATE_CODE,
                    Words("another row has the same code", zh="另有一行编码相同"),
                    shape=layer.shapes[index],
                )
            ]
        faults += [problem for problem in problems if not (problem.kind is FaultKind.EMPTY and number in said)]
        if found is not None and code is not None and not problems and number not in said:
            incoming[code] = found
    gone = [facility for facility in known.values() if replace and facility.kind is kind and facility.code not in named]
    faults += _near_duplicates(incoming, [one for one in known.values() if one.kind is kind and one not in gone], duplicate_radius_m)
    pairs = [(known[code], incoming[code]) for code in sorted(incoming.keys() & known.keys())]
    changed = tuple(pair for pair in pairs if pair[0] != pair[1])
    added = tuple(incoming[code] for code in sorted(incoming.keys() - known.keys()))
    removed = tuple(sorted(gone, key=lambda facility: facility.code))
    codes = dict(zip(layer.numbers.tolist(), columns["code"], strict=True))
    faults = sorted((_with_code(fault, codes) for fault in faults), key=lambda fault: fault.feature)
    return FacilityPlan(kind, tuple(faults), added, changed, removed, len(pairs) - len(changed), len(layer.numbers) - len(incoming))


def _with_code(fault: Fault, codes: Mapping[int, str | None]) -> Fault:
    return dataclasses.replace(fault, code=fault.code or codes.get(fault.feature))


def changed_fields(before: Facility, after: Facility) -> tuple[str, ...]:
    """Return the names of the fields in which two facilities differ."""
    names = [field.name for field in dataclasses.fields(Facility) if field.name != "details"]
    differing = [name for name in names if getattr(before, name) != getattr(after, name)]
    if after.details is not None and before.details != after.details:
        fields = [field.name for field in dataclasses.fields(after.details)]
        differing += [name for name in fields if getattr(before.details, name, None) != getattr(after.details, name)]
    return tuple(differing)


def _read(
    number: int, cells: Mapping[str, str], shape: shapely.Geometry | None, *, before: Facility | None, kind: FacilityKind, source: str
) -> tuple[Facility | None, list[Fault]]:
    code = cells.get("code")
    if code is None:
        return None, [Fault(number, None, FaultKind.MISSING_VALUE, Words("no code", zh="缺少编码"), shape=shape)]
    if before is not None and before.kind is not kind:
        return None, [Fault(number, code, FaultKind.DUPLICATE_CODE, _taken(before), shape=shape)]
    if shape is None or shapely.is_empty(shape):
        return None, [Fault(number, code, FaultKind.EMPTY, Words("no point", zh="没有点位"))]
    faults, values = list[Fault](), dict[str, Any]()
    for field, text in cells.items():
        try:
            values[field] = parse_value(kind, field, text)
        except InvalidInputError as error:
            faults.append(
                Fault(
                    number, code, FaultKind.BAD_VALUE, Words(str(error), zh=f"{column_name(error.field)}：{error.zh_reason}"), shape=shape
                )
            )
    found = _merge(values, shape, kind, before, source)
    if (found.programme is None) != (found.programme_year is None):
        reason = Words("a programme needs its year and a year its programme", zh="建设性质（新建、改建、扩建）与年份须同时填写")
        faults.append(Fault(number, code, FaultKind.BAD_VALUE, reason, shape=shape))
    return found, faults


def _taken(before: Facility) -> Words:
    return Words(f"the code belongs to a {before.kind.en.lower()}", zh=f"该编码已属于{before.kind.zh}“{before.name}”")


def _merge(values: Mapping[str, Any], shape: shapely.Geometry, kind: FacilityKind, before: Facility | None, source: str) -> Facility:
    """Put what a row says over what is stored, or over the defaults of a new facility."""
    details = {name: value for name, value in values.items() if name in detail_fields(kind)}
    shared = {name: value for name, value in values.items() if name not in details}
    point = shape if isinstance(shape, shapely.Point) else shapely.point_on_surface(shape)
    if kind is FacilityKind.DEMOLITION_SITE and shapely.get_type_id(shape) in POLYGONS:
        details["footprint"] = shapely.MultiPolygon(list(shapely.get_parts(shape)))
    if before is None:
        status = FacilityStatus.ACTIVE if kind is FacilityKind.DEMOLITION_SITE else FacilityStatus.OPEN
        before = Facility(str(values["code"]), kind, kind.zh, status, point, source, details=_no_details(kind) if details else None)
    elif shapely.distance(before.point, point) <= MOVED_M:
        point = before.point
    merged = dataclasses.replace(before, **shared, point=point)
    if not details:
        return merged
    return dataclasses.replace(merged, details=dataclasses.replace(merged.details or _no_details(kind), **details))


def _no_details(kind: FacilityKind) -> Any:  # noqa: ANN401 - one of four dataclasses
    return DemolitionSite(WasteSiteKind.DEMOLITION) if kind is FacilityKind.DEMOLITION_SITE else DETAILS_OF[kind]()  # type: ignore[call-arg]


def _near_duplicates(incoming: Mapping[str, Facility], stored: Sequence[Facility], radius_m: float) -> list[Fault]:
    """Return a warning for each new or moved facility that stands beside another of its kind."""
    everyone = [*incoming.values(), *(facility for facility in stored if facility.code not in incoming)]
    if not incoming or radius_m <= 0:
        return []
    points = np.array([facility.point for facility in everyone], dtype=object)
    first, second = shapely.STRtree(points).query(points[: len(incoming)], predicate="dwithin", distance=radius_m)
    return [
        Fault(
            0, everyone[i].code, FaultKind.NEAR_DUPLICATE,
            _beside(everyone[j], float(shapely.distance(points[i], points[j]))), blocking=False, shape=points[i],
        )
        for i, j in sorted(zip(first.tolist(), second.tolist(), strict=True))
        if i < j
    ]  # fmt: skip


def _beside(other: Facility, metres: float) -> Words:
    return Words(f"{metres:.1f} m from {other.code} {other.name}", zh=f"距 {other.code} {other.name} 仅 {metres:.1f} 米")
