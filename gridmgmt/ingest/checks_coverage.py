"""Checks of areas against each other and against their parents: overlaps, gaps, outside, borders; metres of the storage CRS."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import shapely
from rtree.index import Index

from gridmgmt.hierarchy.model import Area
from gridmgmt.ingest.area_layer import AreaLayer
from gridmgmt.ingest.checks_shapes import Tolerance
from gridmgmt.ingest.layer import Fault, FaultKind
from gridmgmt.labels import Words

Shapes = npt.NDArray[np.object_]
Places = npt.NDArray[np.int64]


def check_siblings(layer: AreaLayer, stored: Sequence[Area], tolerance: Tolerance) -> list[Fault]:
    """Find overlaps with the other areas of the level (of the source, and ``stored`` ones that stay) and borders that do not match.

    Only polygons that break the coverage (``shapely.coverage_invalid_edges``) are compared pair by pair, found by an R-tree.
    """
    shaped = [area for area in stored if area.shape is not None]
    everything = np.concatenate([layer.shapes, _array(area.shape for area in shaped)])
    if len(everything) == 0 or shapely.coverage_is_valid(everything):
        return []
    edges = shapely.coverage_invalid_edges(everything)
    suspects = np.flatnonzero(~shapely.is_empty(edges) & ~shapely.is_missing(edges))
    left, right = _candidate_pairs(everything, suspects)
    overlaps, overlapping = _overlaps(layer, shaped, everything, (left, right), tolerance)
    return [*overlaps, *_mismatches(layer, edges, suspects, overlapping)]


def _overlaps(
    layer: AreaLayer, stored: Sequence[Area], shapes: Shapes, pairs: tuple[Places, Places], tolerance: Tolerance
) -> tuple[list[Fault], set[int]]:
    own = len(layer.areas)
    left, right = (side[pairs[0] < own] for side in pairs)
    pieces = _polygons_of(shapely.intersection(shapes[left], shapes[right]))
    faults, overlapping = [], set()
    for i in np.flatnonzero(tolerance.counts(pieces)):
        a, b = int(left[i]), int(right[i])
        other = _sibling(layer, b) if b < own else _stored_sibling(stored[b - own])
        size, share = pieces[i].area, pieces[i].area / min(shapes[a].area, shapes[b].area)
        reason = Words(
            f"overlaps {other} by {size:,.1f} m² ({share:.1%} of the smaller)",
            zh=f"与{other.zh}重叠 {size:,.1f} m²（占较小者 {share:.1%}）",
        )
        faults.append(Fault(int(layer.numbers[a]), layer.areas[a].code, FaultKind.OVERLAP, reason, shape=pieces[i]))
        overlapping |= {a, b}
    return faults, overlapping


def _sibling(layer: AreaLayer, place: int) -> Words:
    code, number = layer.areas[place].code, layer.numbers[place]
    return Words(f"{code} (feature {number})", zh=f" {code}（第 {number} 个要素）")


def _stored_sibling(area: Area) -> Words:
    return Words(f"the stored {area.code}", zh=f"库中已有的 {area.code} ")


def _mismatches(layer: AreaLayer, edges: Shapes, suspects: Places, overlapping: set[int]) -> list[Fault]:
    return [
        Fault(
            int(layer.numbers[i]), layer.areas[i].code, FaultKind.MISMATCHED_BORDER,
            _unmatched(edges[i].length), blocking=False, shape=edges[i],
        )
        for i in suspects.tolist()
        if i < len(layer.areas) and i not in overlapping
    ]  # fmt: skip


def _unmatched(metres: float) -> Words:
    return Words(
        f"{metres:,.1f} m of its border do not match the neighbours' vertex by vertex", zh=f"有 {metres:,.1f} 米边界与相邻区域顶点不一致"
    )


def check_outside_parent(layer: AreaLayer, parents: Mapping[str, Area], tolerance: Tolerance) -> list[Fault]:
    """Find what lies outside the parent's shape; parents without a shape say nothing."""
    places = [i for i, area in enumerate(layer.areas) if (parent := parents.get(area.parent_code or "")) and parent.shape is not None]
    if not places:
        return []
    children = layer.shapes[places]
    whole = _array(parents[layer.areas[i].parent_code or ""].shape for i in places)
    shapely.prepare(whole)
    open_cases = np.flatnonzero(~shapely.covers(whole, children))
    pieces = _polygons_of(shapely.difference(children[open_cases], whole[open_cases]))
    faults = []
    for i in np.flatnonzero(tolerance.counts(pieces)):
        place = places[open_cases[i]]
        area = layer.areas[place]
        figures = f"{pieces[i].area:,.1f} m² ({pieces[i].area / children[open_cases[i]].area:.1%})"
        reason = Words(f"{figures} lie outside its parent {area.parent_code}", zh=f"有 {figures} 超出上级 {area.parent_code} 的范围")
        faults.append(Fault(int(layer.numbers[place]), area.code, FaultKind.OUTSIDE_PARENT, reason, shape=pieces[i]))
    return faults


def check_gaps(layer: AreaLayer, stored: Sequence[Area], parents: Mapping[str, Area], tolerance: Tolerance) -> list[Fault]:
    """Find what no child covers in the parents the source has children of; feature 0 and the parent's code, one line a parent."""
    concerned = {area.parent_code for area in layer.areas if area.parent_code in parents}
    children: dict[str, list[shapely.Geometry]] = defaultdict(list)
    for area in [*layer.areas, *stored]:
        if area.parent_code in concerned and area.parent_code and area.shape is not None:
            children[area.parent_code].append(area.shape)
    faults = []
    for code in sorted(children):
        shape = parents[code].shape
        if shape is None:
            continue
        pieces = shapely.get_parts(shapely.difference(shape, shapely.union_all(children[code])))
        pieces = pieces[tolerance.counts(pieces)] if len(pieces) else pieces
        if len(pieces):
            faults.append(Fault(0, code, FaultKind.GAP, _gap(pieces, shape.area), blocking=False, shape=shapely.MultiPolygon(list(pieces))))
    return faults


def _gap(pieces: Shapes, whole: float) -> Words:
    total, largest = shapely.area(pieces).sum(), shapely.area(pieces).max()
    return Words(
        f"{len(pieces)} gaps, {total:,.1f} m² in all ({total / whole:.1%}), the largest {largest:,.1f} m²",
        zh=f"范围内有 {len(pieces)} 处空隙，共 {total:,.1f} m²（{total / whole:.1%}），最大 {largest:,.1f} m²",
    )


def _candidate_pairs(shapes: Shapes, suspects: Places) -> tuple[Places, Places]:
    """Return pairs (lower place, higher place) whose boxes meet and of which one is a suspect."""
    boxes = shapely.bounds(shapes)
    low, high = np.ascontiguousarray(boxes[:, :2]), np.ascontiguousarray(boxes[:, 2:])
    tree = Index((np.arange(len(shapes)), low, high))
    found, counts = tree.intersection_v(low[suspects], high[suspects])  # type: ignore[no-untyped-call]
    asked = np.repeat(suspects, counts.astype(np.int64))
    pairs = np.unique(np.sort(np.column_stack([asked, found]), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    meeting = pairs[shapely.intersects(shapes[pairs[:, 0]], shapes[pairs[:, 1]])]
    return meeting[:, 0], meeting[:, 1]


def _polygons_of(shapes: Shapes) -> Shapes:
    """Return the polygons of each shape as one multi-part polygon; lines and points have no area."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    polygons = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    result = _array(shapely.MultiPolygon() for _ in shapes)
    if polygons.any():
        shapely.multipolygons(parts[polygons], indices=owner[polygons], out=result)
    return result


def _array(shapes: Iterable[shapely.Geometry | None]) -> Shapes:
    found = list(shapes)
    result = np.empty(len(found), dtype=object)
    result[:] = found
    return result
