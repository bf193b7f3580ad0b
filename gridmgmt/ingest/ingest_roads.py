"""What importing a placed layer of roads would do; nothing is written."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable, Iterator

import shapely
from sqlalchemy.orm import Session

from gridmgmt.ingest.area_layer import column
from gridmgmt.ingest.corrections import Correction, apply_corrections
from gridmgmt.ingest.diff import SegmentDifference, compare_segments
from gridmgmt.ingest.layer import Fault, FaultKind, SourceLayer
from gridmgmt.ingest.road_classes import road_class_of
from gridmgmt.ingest.severity import features_left_out
from gridmgmt.labels import Words
from gridmgmt.roads.model import RoadClass, RoadSegment
from gridmgmt.roads.segment_store import list_open_segments, list_segments_with_posts

LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)
NO_DAY = datetime.date.min  # the commit sets the day
SHORTEST_M = 0.01
STILL_HELD = Words("somebody still holds a post for this segment, which ends", zh="该路段将停用，但仍有人员任职")


@dataclasses.dataclass(frozen=True)
class RoadPlan:
    """What an import of roads would do."""

    faults: tuple[Fault, ...]
    difference: SegmentDifference
    features: int
    rejected: int
    remarks: tuple[Words, ...] = ()
    corrections: tuple[Correction, ...] = ()


def plan_roads(
    session: Session, layer: SourceLayer, *, source: str, partial: bool = False, on: datetime.date, corrections: Iterable[Correction] = ()
) -> RoadPlan:
    """Say what importing a layer would do; its attributes are mapped (code, name, road_class), its lines in the storage CRS, snapped.

    A multi-part line is merged where its parts meet end to end, otherwise split into CODE-1, CODE-2 … in the order of the source. A
    segment that ends while somebody holds a post for it on ``on`` or later is a warning.
    """
    corrected = apply_corrections(layer, "road_segment", corrections)
    segments, faults = to_segments(corrected.layer, source)
    faults = [*corrected.layer.faults, *faults]
    left_out = features_left_out(faults)
    codes = dict(zip(corrected.layer.numbers.tolist(), column(corrected.layer.attributes, "code"), strict=True))
    current = list_open_segments(session)
    kept = {code for number, code in codes.items() if number in left_out and code}
    keep = frozenset(segment.code for segment in current if segment.code in kept or segment.code.rpartition("-")[0] in kept)
    difference = compare_segments(current, segments, partial=partial, keep=keep)
    faults += _posts_without_road(session, difference, on)
    faults = [dataclasses.replace(fault, code=fault.code or codes.get(fault.feature)) for fault in faults]
    remarks = (*corrected.layer.notes, *corrected.refused)
    return RoadPlan(tuple(faults), difference, len(segments), len(left_out), remarks, corrected.applied)


def to_segments(layer: SourceLayer, source: str) -> tuple[list[RoadSegment], list[Fault]]:
    """Return the segments a layer holds and the faults of the features that are none."""
    codes, names, classes = (column(layer.attributes, field) for field in ("code", "name", "road_class"))
    said = {fault.feature for fault in layer.faults}
    segments: dict[str, RoadSegment] = {}
    faults = []
    first: dict[str, int] = {}
    for i, number in enumerate(layer.numbers.tolist()):
        code, shape = codes[i], layer.shapes[i]
        fault = _fault(number, code, shape)
        if fault or code is None:
            faults += [fault] if fault and not (fault.kind is FaultKind.EMPTY and number in said) else []
            continue
        road_class = road_class_of(classes[i]) if classes[i] else RoadClass.OTHER
        for part_code, line in _parts(code, shape):
            if part_code in segments:
                reason = Words(f"feature {first[part_code]} has the same code", zh=f"与第 {first[part_code]} 个要素编码相同")
                faults.append(Fault(number, part_code, FaultKind.DUPLICATE_CODE, reason, shape=line))
                continue
            first[part_code] = number
            segments[part_code] = RoadSegment(part_code, names[i], road_class, line, source, NO_DAY)
    return list(segments.values()), faults


def _fault(number: int, code: str | None, shape: shapely.Geometry | None) -> Fault | None:
    if code is None:
        return Fault(number, None, FaultKind.MISSING_VALUE, Words("no code", zh="缺少编码"), shape=shape)
    if shape is None or shapely.is_empty(shape):
        return Fault(number, code, FaultKind.EMPTY, Words("no line", zh="没有线形"))
    if shapely.get_type_id(shape) not in LINES:
        return Fault(number, code, FaultKind.WRONG_TYPE, Words("not a line", zh="不是线要素"), shape=shape)
    if shapely.length(shape) < SHORTEST_M:
        return Fault(
            number,
            code,
            FaultKind.INVALID,
            Words(f"shorter than {SHORTEST_M * 100:g} cm", zh=f"长度不足 {SHORTEST_M * 100:g} 厘米"),
            shape=shape,
        )
    return None


def _parts(code: str, shape: shapely.Geometry) -> Iterator[tuple[str, shapely.LineString]]:
    flat = shapely.force_2d(shape)
    lines = [part for part in shapely.get_parts(shapely.line_merge(flat)) if shapely.length(part) >= SHORTEST_M]
    if len(lines) == 1:
        yield code, lines[0]
        return
    for position, line in enumerate((part for part in shapely.get_parts(flat) if shapely.length(part) >= SHORTEST_M), start=1):
        yield f"{code}-{position}", line


def _posts_without_road(session: Session, difference: SegmentDifference, on: datetime.date) -> list[Fault]:
    opened = {segment.code for segment in difference.opened}
    ending = {code for code in difference.ended if code not in opened}
    return [
        Fault(0, code, FaultKind.ORPHANED, STILL_HELD, blocking=False) for code in sorted(ending & list_segments_with_posts(session, on=on))
    ]
