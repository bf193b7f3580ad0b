"""What a new list of road segments changes against the stored one; pure, metres of the storage CRS."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable

import numpy as np
import shapely

from gridmgmt.hierarchy.model import ChangeKind
from gridmgmt.labels import Words
from gridmgmt.roads.model import RoadSegment


@dataclasses.dataclass(frozen=True)
class SegmentChange:
    """One line of the difference."""

    kind: ChangeKind
    old_code: str | None
    new_code: str | None
    detail: str


@dataclasses.dataclass(frozen=True)
class SegmentDifference:
    """What changes: segments to open, codes whose rows end, the lines to print (by code), and how many stay as they are."""

    opened: tuple[RoadSegment, ...]
    ended: tuple[str, ...]
    changes: tuple[SegmentChange, ...]
    unchanged: int

    def __bool__(self) -> bool:
        """Say whether anything changes."""
        return bool(self.opened or self.ended)

    def count_kinds(self) -> dict[ChangeKind, int]:
        """Count the lines of each kind, in the order of the kinds."""
        counts = Counter(change.kind for change in self.changes)
        return {kind: counts[kind] for kind in ChangeKind if counts[kind]}


def compare_segments(
    current: Iterable[RoadSegment], incoming: Iterable[RoadSegment], *, partial: bool = False, keep: frozenset[str] = frozenset()
) -> SegmentDifference:
    """Compare the stored segments with the source's by code; a blank name does not erase.

    ``partial``: codes the source does not list stay; ``keep``: these stay although the source does not (legibly) hold them. A code
    that ends while the very same line comes under a new one is one line, re-coded.
    """
    before = {segment.code: segment for segment in current}
    after = {segment.code: segment for segment in incoming}
    gone = {} if partial else {code: segment for code, segment in before.items() if code not in after and code not in keep}
    fresh = {code: segment for code, segment in after.items() if code not in before}
    both = sorted(before.keys() & after.keys())
    pairs = [(before[code], _with_name(after[code], before[code])) for code in both]
    lines = _recoded(gone, fresh)
    changed = []
    for (old, new), differs in zip(pairs, _redrawn(pairs), strict=True):
        found = list(_lines_of(old, new, redrawn=bool(differs)))
        if found:
            lines += found
            changed.append(new)
    return SegmentDifference(
        opened=(*(fresh[code] for code in sorted(fresh)), *changed),
        ended=(*sorted(gone), *(segment.code for segment in changed)),
        changes=tuple(sorted(lines, key=lambda line: (line.new_code or line.old_code or "", line.kind))),
        unchanged=len(pairs) - len(changed),
    )


def _with_name(new: RoadSegment, old: RoadSegment) -> RoadSegment:
    return new if new.name else dataclasses.replace(new, name=old.name)


def _recoded(gone: dict[str, RoadSegment], fresh: dict[str, RoadSegment]) -> list[SegmentChange]:
    by_line = {shapely.to_wkb(shapely.normalize(segment.line)): code for code, segment in sorted(fresh.items(), reverse=True)}
    lines = []
    followed = set()
    for code, segment in sorted(gone.items()):
        follower = by_line.get(shapely.to_wkb(shapely.normalize(segment.line)))
        if follower and follower not in followed:
            followed.add(follower)
            lines.append(SegmentChange(ChangeKind.RECODED, code, follower, Words("same line", zh="线形相同")))
        else:
            lines.append(SegmentChange(ChangeKind.REMOVED, code, None, segment.name or ""))
    added = sorted(fresh.keys() - followed)
    return [*lines, *(SegmentChange(ChangeKind.ADDED, None, code, fresh[code].name or "") for code in added)]


def _redrawn(pairs: list[tuple[RoadSegment, RoadSegment]]) -> list[bool]:
    old = np.array([before.line for before, _ in pairs], dtype=object)
    new = np.array([after.line for _, after in pairs], dtype=object)
    return list(~shapely.equals_exact(old, new, tolerance=0.0))


def _lines_of(old: RoadSegment, new: RoadSegment, *, redrawn: bool) -> Iterable[SegmentChange]:
    if old.name != new.name:
        yield SegmentChange(ChangeKind.RENAMED, old.code, new.code, f"{old.name or '-'} → {new.name or '-'}")
    if old.road_class is not new.road_class:
        yield SegmentChange(
            ChangeKind.ATTRIBUTES,
            old.code,
            new.code,
            Words(f"road_class: {old.road_class} → {new.road_class}", zh=f"道路等级：{old.road_class.zh} → {new.road_class.zh}"),
        )
    if redrawn:
        sizes, apart = f"{old.line.length:,.1f} → {new.line.length:,.1f}", old.line.hausdorff_distance(new.line)
        detail = Words(f"{sizes} m, up to {apart:,.1f} m apart", zh=f"长度 {sizes} 米，最多相距 {apart:,.1f} 米")
        yield SegmentChange(ChangeKind.RESHAPED, old.code, new.code, detail)
