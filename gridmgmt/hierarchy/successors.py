"""Which area carries on when a code ends (沿革); pure."""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
import shapely
from shapely import MultiPolygon

from gridmgmt.hierarchy.model import Area
from gridmgmt.labels import Words

MOSTLY = 0.5  # an area follows another when it takes over at least this share of it
GRID_M = 1 / 1024


@dataclasses.dataclass(frozen=True)
class Succession:
    """The code that follows; ``same`` says that it is the same area under another code."""

    code: str
    same: bool
    reason: Words


def find_successions(
    gone: Mapping[str, Area],
    fresh: Mapping[str, Area],
    listed: Mapping[str, Area],
    *,
    declared: Mapping[str, str],
    recoded_parents: Mapping[str, str],
) -> dict[str, Succession]:
    """Return for each code that ends the code that follows, where one does.

    What the source declares wins; then an equal shape; then, for a source without shapes, an equal name under the same parent;
    then the listed area that covers at least half of the old one (the largest share, then the lowest code).
    """
    found = _declared(declared, fresh)
    rules = (
        _same_shape,
        functools.partial(_same_name, parents=recoded_parents),
        functools.partial(_mostly_covered, listed=listed),
    )
    for rule in rules:
        taken = {succession.code for succession in found.values() if succession.same}
        left = {code: area for code, area in gone.items() if code not in found}
        found |= rule(left, {code: area for code, area in fresh.items() if code not in taken})
    return found


def fill_from_predecessors(
    listed: Mapping[str, Area], before: Mapping[str, Area], successions: Mapping[str, Succession]
) -> dict[str, Area]:
    """Complete the source's areas with what is stored: a blank never erases, and a merged area without a shape is the union."""
    predecessors: dict[str, list[Area]] = defaultdict(list)
    for old, succession in sorted(successions.items()):
        predecessors[succession.code].append(before[old])
    return {code: _filled(area, before.get(code), predecessors.get(code, [])) for code, area in listed.items()}


def _filled(area: Area, own: Area | None, predecessors: list[Area]) -> Area:
    source = own or (predecessors[0] if len(predecessors) == 1 else None)
    values: dict[str, object] = {}
    if source is not None:
        for field in ("name", "population", "land_use_class", "management_level", "remark"):
            if getattr(area, field) is None and getattr(source, field) is not None:
                values[field] = getattr(source, field)
    if area.shape is None:
        parts = [own, *predecessors] if own else predecessors
        shape = _union([part.shape for part in parts])
        shape = shape if shape is not None or own is None else own.shape
        given = next((part.geometry_source for part in parts if part.shape is not None), None)
        values |= {"shape": shape, "geometry_source": given if shape is not None else None}
    return dataclasses.replace(area, **values) if values else area  # type: ignore[arg-type]


def _union(shapes: list[MultiPolygon | None]) -> MultiPolygon | None:
    known = [shape for shape in shapes if shape is not None]
    if not known or len(known) < len(shapes):
        return None
    if len(known) == 1:
        return known[0]
    merged = shapely.set_precision(shapely.set_precision(shapely.union_all(known), GRID_M), 0.0)
    return MultiPolygon([part for part in shapely.get_parts(merged) if part.geom_type == "Polygon"])


def _declared(declared: Mapping[str, str], fresh: Mapping[str, Area]) -> dict[str, Succession]:
    uses = Counter(declared.values())
    return {
        old: Succession(new, same=new in fresh and uses[new] == 1, reason=Words("as the source says", zh="按数据源"))
        for old, new in sorted(declared.items())
    }


def _same_shape(gone: Mapping[str, Area], fresh: Mapping[str, Area]) -> dict[str, Succession]:
    by_shape: dict[bytes, str] = {}
    for key, code in _shape_keys(fresh):
        by_shape.setdefault(key, code)
    return {
        old: Succession(by_shape[key], same=True, reason=Words("same shape", zh="图形相同"))
        for key, old in _shape_keys(gone)
        if key in by_shape
    }


def _shape_keys(areas: Mapping[str, Area]) -> Iterable[tuple[bytes, str]]:
    shaped = sorted((code, area.shape) for code, area in areas.items() if area.shape is not None) if areas else []
    for code, shape in shaped:
        yield shapely.to_wkb(shapely.normalize(shape)), code


def _same_name(gone: Mapping[str, Area], fresh: Mapping[str, Area], *, parents: Mapping[str, str]) -> dict[str, Succession]:
    old_names = _unique((area.name, parents.get(area.parent_code or "", area.parent_code), code) for code, area in gone.items())
    new_names = _unique((area.name, area.parent_code, code) for code, area in fresh.items() if area.shape is None)
    return {
        old: Succession(new_names[key], same=True, reason=Words(f"same name {key[0]}", zh=f"同名“{key[0]}”"))
        for key, old in sorted(old_names.items(), key=lambda item: item[1])
        if key in new_names
    }


def _unique(entries: Iterable[tuple[str | None, str | None, str]]) -> dict[tuple[str, str | None], str]:
    codes: dict[tuple[str, str | None], list[str]] = defaultdict(list)
    for name, parent, code in entries:
        if name:
            codes[name, parent].append(code)
    return {key: found[0] for key, found in codes.items() if len(found) == 1}


def _mostly_covered(gone: Mapping[str, Area], _fresh: Mapping[str, Area], *, listed: Mapping[str, Area]) -> dict[str, Succession]:
    old = {code: area.shape for code, area in sorted(gone.items()) if area.shape is not None}
    new = {code: area.shape for code, area in sorted(listed.items()) if area.shape is not None}
    if not old or not new:
        return {}
    old_codes, new_codes = list(old), list(new)
    old_shapes, new_shapes = np.array(list(old.values()), dtype=object), np.array(list(new.values()), dtype=object)
    left, right = shapely.STRtree(new_shapes).query(old_shapes, predicate="intersects")
    shares = shapely.area(shapely.intersection(old_shapes[left], new_shapes[right])) / shapely.area(old_shapes[left])
    found: dict[str, Succession] = {}
    for i in np.lexsort((right, -shares, left)):
        if shares[i] >= MOSTLY:
            found.setdefault(
                old_codes[left[i]],
                Succession(
                    new_codes[right[i]], same=False, reason=Words(f"{shares[i]:.0%} of it lies there", zh=f"其 {shares[i]:.0%} 位于该处")
                ),
            )
    return found
