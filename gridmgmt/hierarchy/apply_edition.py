"""Bring the stored areas to a new edition: compare first, write what differs, keep the history."""

from __future__ import annotations

import dataclasses
import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.hierarchy import edition_store, store
from gridmgmt.hierarchy.diff import Difference, compare_areas
from gridmgmt.hierarchy.model import Area, BoundaryEdition, ChangeKind


@dataclasses.dataclass(frozen=True)
class Scope:
    """Which stored areas a source speaks for: those below ``under`` (all when None); only the listed codes when ``partial``."""

    under: str | None = None
    partial: bool = False
    keep: frozenset[str] = frozenset()


WHOLE = Scope()


def apply_edition(
    session: Session,
    areas: Iterable[Area],
    *,
    name: str,
    valid_from: datetime.date,
    scope: Scope = WHOLE,
) -> tuple[BoundaryEdition | None, list[Difference]]:
    """Make the stored areas of every level the source holds equal to the source from a day on; return edition and differences.

    Unchanged areas keep their row; a changed one is ended on the day and opened anew; a code that ends is retired for good. Rows that
    began on the same day (the edition is joined) are corrected in place. Shapes are in the storage CRS and snapped; ``valid_from`` of
    the areas is ignored. The same areas again change nothing: None is returned and nothing written. Raises ConflictError for a day before the newest edition.
    """
    differences = compare_with_stored(session, areas, scope=scope)
    return write_edition(session, differences, name=name, valid_from=valid_from), differences


def compare_with_stored(
    session: Session, areas: Iterable[Area], *, scope: Scope = WHOLE, declared: Mapping[str, str] | None = None
) -> list[Difference]:
    """Compare the source with the newest edition, level by level from the top; nothing is written.

    ``scope.keep`` names codes that stay as stored although the source does not (legibly) hold them.
    """
    by_level: dict[Level, list[Area]] = defaultdict(list)
    for area in areas:
        by_level[area.level].append(area)
    differences: list[Difference] = []
    for level in (level for level in Level if level in by_level):
        incoming = by_level[level]
        current = areas_in_scope(session, level, {area.code for area in incoming}, scope)
        parents = recoded(differences)
        differences.append(compare_areas(level, current, incoming, partial=scope.partial, declared=declared, recoded_parents=parents))
    return differences


def areas_in_scope(session: Session, level: Level, codes: set[str], scope: Scope, *, stored: Sequence[Area] | None = None) -> list[Area]:
    """Return the open areas of a level (``stored`` where read already) the source speaks for, and those it names."""
    everything = edition_store.list_open_areas(session, level) if stored is None else stored
    current = [area for area in everything if area.code not in scope.keep or area.code in codes]
    if scope.under is None:
        return current
    below = edition_store.list_codes_below(session, level, scope.under)
    return [area for area in current if area.code in below or area.code in codes]


def recoded(differences: Iterable[Difference]) -> dict[str, str]:
    """Return old and new code of every re-coded area."""
    return {
        change.old_code: change.new_code
        for difference in differences
        for change in difference.changes
        if change.kind is ChangeKind.RECODED and change.old_code and change.new_code
    }


def write_edition(session: Session, differences: Sequence[Difference], *, name: str, valid_from: datetime.date) -> BoundaryEdition | None:
    """Write what differs; return the edition, or None when nothing differs."""
    if not any(differences):
        return None
    edition = store.open_edition(session, name=name, valid_from=valid_from)
    for difference in differences:
        _write_level(session, difference, valid_from)
        edition_store.add_changes(session, edition.id, difference.changes)
    edition_store.refresh_statistics(session)
    return edition


def _write_level(session: Session, difference: Difference, day: datetime.date) -> None:
    level = difference.level
    removed = edition_store.end_areas(session, level, [area.code for area in difference.removed], on=day)
    edition_store.retire_codes(session, level, removed, difference.successors, on=day)
    edition_store.revive_codes(session, level, [area.code for area in difference.added], on=day)
    edition_store.end_areas(session, level, [before.code for before, _ in difference.changed], on=day)
    opened = [*difference.added, *(after for _, after in difference.changed)]
    store.add_areas(session, (dataclasses.replace(area, valid_from=day, valid_to=None) for area in opened))
