"""What ends with an edition although something else still leans on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from gridmgmt.city.model import CityProfile, Level
from gridmgmt.hierarchy import edition_store
from gridmgmt.hierarchy.diff import Difference
from gridmgmt.ingest.layer import Fault, FaultKind
from gridmgmt.labels import Words
from gridmgmt.roads.level_store import list_zone_members

FEW = 3  # below this, more than half is nothing unusual


def consequences(session: Session, differences: Sequence[Difference], profile: CityProfile) -> list[Fault]:
    """Return faults (feature 0) for children and responsibility zones that codes would leave behind, and for a mass removal."""
    changed = {difference.level: difference for difference in differences}
    faults: list[Fault] = []
    for difference in differences:
        faults += _mass_removal(difference)
        if difference.removed:
            faults += _orphans(session, difference, changed, profile)
            faults += _zones(session, difference)
    return faults


def _mass_removal(difference: Difference) -> list[Fault]:
    """Find that the source would end most of a level: it may hold one part of the city and be read as all of it."""
    lost = [area for area in difference.removed if area.code not in difference.successors]
    total = len(difference.removed) + len(difference.changed) + difference.unchanged
    if len(lost) <= FEW or len(lost) * 2 <= total:
        return []
    reason = Words(
        f"{len(lost)} of {total} {difference.level.en.lower()}s would end without a successor; "
        "does the source hold only a part (--under CODE, --partial)?",
        zh=f"{total} 个{difference.level.zh}中有 {len(lost)} 个将被撤销且无继任；数据源是否只含一部分（--under 编码、--partial）？",
    )
    return [Fault(0, None, FaultKind.MASS_REMOVAL, reason)]


def _orphans(session: Session, difference: Difference, changed: Mapping[Level, Difference], profile: CityProfile) -> list[Fault]:
    below = next((level for level in profile.levels if profile.parent_level(level) is difference.level), None)
    if below is None:
        return []
    follows = changed.get(below)
    leaving = {area.code for area in follows.removed} | {old.code for old, _ in follows.changed} if follows else set()
    removed = {area.code for area in difference.removed}
    children: dict[str, list[str]] = {}
    for code, parent in edition_store.list_open_parents(session, below):
        if parent in removed and code not in leaving:
            children.setdefault(parent, []).append(code)
    return [
        Fault(
            0, code, FaultKind.ORPHANED,
            Words(
                f"{len(children[code])} areas still name it as their parent, first {children[code][0]}",
                zh=f"仍有 {len(children[code])} 个下级区域以其为上级，如 {children[code][0]}",
            ),
            blocking=False,
        )
        for code in sorted(children)
    ]  # fmt: skip


def _zones(session: Session, difference: Difference) -> list[Fault]:
    removed = {area.code for area in difference.removed}
    return [
        Fault(
            0,
            code,
            FaultKind.ORPHANED,
            Words(f"responsibility zone {zone} still holds it", zh=f"责任区 {zone} 仍包含该区域"),
            blocking=False,
        )
        for code, zone in list_zone_members(session, difference.level)
        if code in removed
    ]
