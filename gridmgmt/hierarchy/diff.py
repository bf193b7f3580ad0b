"""What a new list of areas changes against the stored one (版本对比); pure, metres and square metres of the storage CRS."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import shapely

from gridmgmt.city.model import Level
from gridmgmt.hierarchy.model import Area, AreaChange, ChangeKind, GeometrySource
from gridmgmt.hierarchy.successors import Succession, fill_from_predecessors, find_successions
from gridmgmt.labels import LabelledEnum, Words

ATTRIBUTES = {
    "geometry_source": "边界来源", "population": "人口", "land_use_class": "用地类别", "management_level": "管理等级", "remark": "备注",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Difference:
    """What changes at one level.

    ``changed`` holds pairs before, after; ``successors`` says for a removed code which code carries on; ``changes`` are the lines to
    print and to keep, by code (a re-coded area is one line, though it is one removed and one added area).
    """

    level: Level
    added: tuple[Area, ...]
    changed: tuple[tuple[Area, Area], ...]
    removed: tuple[Area, ...]
    successors: Mapping[str, str]
    changes: tuple[AreaChange, ...]
    unchanged: int

    def __bool__(self) -> bool:
        """Say whether anything changes."""
        return bool(self.added or self.changed or self.removed)

    def count_kinds(self) -> dict[ChangeKind, int]:
        """Count the lines of each kind, in the order of the kinds."""
        counts = Counter(change.kind for change in self.changes)
        return {kind: counts[kind] for kind in ChangeKind if counts[kind]}


def compare_areas(
    level: Level,
    current: Iterable[Area],
    incoming: Iterable[Area],
    *,
    partial: bool = False,
    declared: Mapping[str, str] | None = None,
    recoded_parents: Mapping[str, str] | None = None,
) -> Difference:
    """Compare the stored areas of a level (those the source speaks for) with the source's.

    A blank never erases: a shape, name or attribute the source leaves out stays as stored; where it does not say what its shapes are,
    an unchanged one stays what it was (synthetic stays synthetic) and any other is imported. Shapes are equal when they are the same
    vertices, wherever a ring begins. ``partial`` means that codes the source does not list stay. ``declared`` maps an old code to
    the code that follows it; without it a follower is found by equal shape, by the area that now covers most of the old one, or,
    for a source without shapes, by equal name under the same (possibly re-coded) parent.
    """
    before = {area.code: area for area in current}
    listed = {area.code: area for area in incoming}
    declared = {old: new for old, new in (declared or {}).items() if old in before and old not in listed and new in listed}
    gone = {code: area for code, area in before.items() if code not in listed and (not partial or code in declared)}
    fresh = {code: area for code, area in listed.items() if code not in before}
    successions = find_successions(gone, fresh, listed, declared=declared, recoded_parents=recoded_parents or {})
    after = fill_from_predecessors(listed, before, successions)
    lines, changed = _changed([(before[code], after[code]) for code in sorted(after.keys() & before.keys())])
    origins = {succession.code: before[old].geometry_source for old, succession in successions.items() if succession.same}
    return Difference(
        level=level,
        added=tuple(_sourced(after[code], origins.get(code)) for code in sorted(fresh)),
        changed=tuple(changed),
        removed=tuple(gone[code] for code in sorted(gone)),
        successors={old: succession.code for old, succession in successions.items()},
        changes=tuple(sorted([*_come_and_gone(gone, fresh, successions, level), *lines], key=_by_code)),
        unchanged=len(after.keys() & before.keys()) - len(changed),
    )


def _sourced(area: Area, origin: GeometrySource | None) -> Area:
    """Say where a shape comes from where the source does not: an unchanged one is what it was, any other was imported."""
    if area.shape is None or area.geometry_source is not None:
        return area
    return dataclasses.replace(area, geometry_source=origin or GeometrySource.IMPORTED)


def _by_code(change: AreaChange) -> tuple[str, str]:
    return (change.new_code or change.old_code or "", change.kind)


def _come_and_gone(
    gone: Mapping[str, Area], fresh: Mapping[str, Area], successions: Mapping[str, Succession], level: Level
) -> Iterable[AreaChange]:
    recoded = {succession.code for succession in successions.values() if succession.same}
    for code, area in fresh.items():
        if code not in recoded:
            yield AreaChange(level, ChangeKind.ADDED, None, code, area.name or "")
    for code, area in gone.items():
        succession = successions.get(code)
        if succession and succession.same:
            yield AreaChange(level, ChangeKind.RECODED, code, succession.code, succession.reason)
            name = fresh[succession.code].name
            if name and name != area.name:
                yield AreaChange(level, ChangeKind.RENAMED, code, succession.code, f"{area.name or '-'} → {name}")
        else:
            detail = _into(area, succession) if succession else area.name or ""
            yield AreaChange(level, ChangeKind.REMOVED, code, succession.code if succession else None, detail)


def _into(area: Area, succession: Succession) -> Words:
    name, code, reason = area.name or "", succession.code, succession.reason
    return Words(f"{name} → {code} ({reason})", zh=f"{name} → 并入 {code}（{reason.zh}）")


def _changed(pairs: Sequence[tuple[Area, Area]]) -> tuple[list[AreaChange], list[tuple[Area, Area]]]:
    reshaped = _reshaped(pairs)
    lines: list[AreaChange] = []
    changed = []
    for (old, given), differs in zip(pairs, reshaped, strict=True):
        new = _sourced(given, None if differs else old.geometry_source)
        found = list(_lines_of(old, new, reshaped=bool(differs)))
        if found:
            lines += found
            changed.append((old, new))
    return lines, changed


def _reshaped(pairs: Sequence[tuple[Area, Area]]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    old = np.array([before.shape for before, _ in pairs], dtype=object)
    new = np.array([after.shape for _, after in pairs], dtype=object)
    both_missing = shapely.is_missing(old) & shapely.is_missing(new)
    return np.asarray(~(shapely.equals_exact(old, new, tolerance=0.0, normalize=True) | both_missing), dtype=np.bool_)


def _lines_of(old: Area, new: Area, *, reshaped: bool) -> Iterable[AreaChange]:
    if old.name != new.name:
        yield AreaChange(new.level, ChangeKind.RENAMED, old.code, new.code, f"{old.name or '-'} → {new.name or '-'}")
    if old.parent_code != new.parent_code:
        yield AreaChange(new.level, ChangeKind.MOVED, old.code, new.code, f"{old.parent_code or '-'} → {new.parent_code or '-'}")
    if reshaped:
        yield _reshape(old, new)
    values = {field: (getattr(old, field), getattr(new, field)) for field in ATTRIBUTES}
    differing = {field: pair for field, pair in values.items() if pair[0] != pair[1]}
    if differing:
        en = "; ".join(f"{field}: {before or '-'} → {after or '-'}" for field, (before, after) in differing.items())
        zh = "；".join(f"{ATTRIBUTES[field]}：{_zh(before)} → {_zh(after)}" for field, (before, after) in differing.items())
        yield AreaChange(new.level, ChangeKind.ATTRIBUTES, old.code, new.code, Words(en, zh=zh))


def _zh(value: object) -> str:
    return value.zh if isinstance(value, LabelledEnum) else str(value or "-")


def _reshape(old: Area, new: Area) -> AreaChange:
    if old.shape is None or new.shape is None:
        return AreaChange(new.level, ChangeKind.RESHAPED, old.code, new.code, Words("the first shape of this area", zh="首次录入边界"))
    moved = old.shape.symmetric_difference(new.shape).area if old.shape.is_valid and new.shape.is_valid else float("nan")
    percent = (new.shape.area - old.shape.area) / old.shape.area * 100 if old.shape.area else None
    sizes = f"{old.shape.area:,.0f} → {new.shape.area:,.0f} m²"
    detail = Words(f"{sizes}; {moved:,.0f} m² changed sides", zh=f"{sizes}；其中 {moved:,.0f} m² 划入或划出")
    return AreaChange(new.level, ChangeKind.RESHAPED, old.code, new.code, detail, percent)
