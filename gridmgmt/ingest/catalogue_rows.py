"""A catalogue file compared with the stored classes, and its commit."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from gridmgmt.catalogue import store
from gridmgmt.catalogue.model import ManagedClass
from gridmgmt.ingest.commit_areas import file_sha256
from gridmgmt.ingest.store import IngestRun, add_run

LAYER = "catalogue"


@dataclasses.dataclass(frozen=True)
class CataloguePlan:
    """What an import of classes would do, each part by standard, kind and code."""

    added: tuple[ManagedClass, ...]
    changed: tuple[ManagedClass, ...]
    removed: tuple[ManagedClass, ...]
    unchanged: int

    def __bool__(self) -> bool:
        """Say whether anything changes."""
        return bool(self.added or self.changed or self.removed)


def plan_catalogue(session: Session, incoming: Sequence[ManagedClass], *, replace: bool = False) -> CataloguePlan:
    """Compare the classes of a file with the stored ones of its standards; without ``replace`` what the file does not list stays."""
    standards = sorted({entry.standard for entry in incoming})
    stored = {_key(entry): entry for standard in standards for entry in store.list_classes(session, standard)}
    listed = {_key(entry): entry for entry in incoming}
    return CataloguePlan(
        added=tuple(listed[key] for key in sorted(listed.keys() - stored.keys())),
        changed=tuple(listed[key] for key in sorted(listed.keys() & stored.keys()) if listed[key] != stored[key]),
        removed=tuple(stored[key] for key in sorted(stored.keys() - listed.keys()) if replace),
        unchanged=sum(listed[key] == stored[key] for key in listed.keys() & stored.keys()),
    )


def commit_catalogue(session: Session, plan: CataloguePlan, path: Path) -> bool:
    """Write a plan and the record of the import; return False where nothing changes."""
    if not plan:
        return False
    gone = [(entry.standard, entry.kind, entry.code) for entry in (*plan.changed, *plan.removed)]
    store.remove_classes(session, gone)
    store.add_classes(session, [*plan.added, *plan.changed])
    changes = {"added": len(plan.added), "changed": len(plan.changed), "removed": [f"{entry.kind} {entry.code}" for entry in plan.removed]}
    features = len(plan.added) + len(plan.changed) + plan.unchanged
    add_run(session, IngestRun(LAYER, path.name, file_sha256(path), "-", features, 0, {"changes": changes}))
    return True


def _key(entry: ManagedClass) -> tuple[str, str, str]:
    return entry.standard, entry.kind.value, entry.code
