"""Write a plan of areas: one edition, its history and the record of the import, inside the caller's transaction."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.errors import ConflictError, InvalidInputError
from gridmgmt.facilities.store import assign_unit_grids
from gridmgmt.hierarchy.apply_edition import write_edition
from gridmgmt.hierarchy.model import BoundaryEdition
from gridmgmt.ingest.corrections import Correction
from gridmgmt.ingest.ingest_areas import Plan
from gridmgmt.ingest.layer import Fault, FaultKind
from gridmgmt.ingest.severity import Verdict, judge
from gridmgmt.ingest.store import IngestRun, add_run


@dataclasses.dataclass(frozen=True)
class Provenance:
    """Where a plan comes from, for the record: layer, file, CRS, and what the operator said (mapping, shift, accepted kinds, reason)."""

    layer: str
    path: Path
    crs: str
    said: Mapping[str, Any]


def commit_areas(
    session: Session,
    plan: Plan,
    provenance: Provenance,
    *,
    edition_name: str | None,
    edition_from: datetime.date | None,
    accepted: Collection[FaultKind],
) -> BoundaryEdition | None:
    """Write a plan and its record; return the edition, or None where nothing changes (then nothing at all is written).

    Raises ConflictError while a fault blocks, InvalidInputError where the day is missing.
    """
    verdict = require_no_blocking(plan.faults, accepted)
    if not any(plan.differences):
        return None
    if edition_from is None:
        raise InvalidInputError("edition-from", "is missing: from which day is this edition valid?", zh="缺少：该边界版本自哪一天起生效？")
    edition = write_edition(session, plan.differences, name=edition_name or edition_from.isoformat(), valid_from=edition_from)
    if any(difference and difference.level is Level.UNIT_GRID for difference in plan.differences):
        assign_unit_grids(session)
    record_run(session, plan, provenance, verdict, extra={"edition_from": edition_from.isoformat()})
    return edition


def require_no_blocking(faults: Iterable[Fault], accepted: Collection[FaultKind]) -> Verdict:
    """Return the verdict on some faults; raise ConflictError naming the kinds that block."""
    verdict = judge(faults, accepted)
    if verdict.blocking:
        kinds = ", ".join(f"{count} × {kind.value}" for kind, count in verdict.blocking.items())
        zh = "、".join(f"{kind.zh} {count} 处" for kind, count in verdict.blocking.items())
        message = f"nothing was committed: {kinds}; correct the source, or accept a kind with --accept"
        raise ConflictError(message, zh=f"未提交：{zh}；请修正数据源，或用 --accept 接受")
    return verdict


def record_run(session: Session, plan: Plan, provenance: Provenance, verdict: Verdict, *, extra: Mapping[str, Any]) -> None:
    """Keep what was imported, from what and with which faults accepted."""
    summary = {
        **provenance.said,
        **extra,
        "changes": {
            difference.level.value: {kind.value: count for kind, count in difference.count_kinds().items()}
            for difference in plan.differences
        },
        "accepted": {kind.value: count for kind, count in verdict.accepted.items()},
        "warnings": {kind.value: count for kind, count in verdict.warnings.items()},
        "corrections": [describe(correction) for correction in plan.corrections],
    }
    digest = file_sha256(provenance.path)
    add_run(session, IngestRun(provenance.layer, provenance.path.name, digest, provenance.crs, plan.features, plan.rejected, summary))


def describe(correction: Correction) -> str:
    """Return a correction as one line."""
    return f"{correction.key} {correction.field}: {correction.old_value} → {correction.new_value} ({correction.reason}; {correction.who}, {correction.date})"


def file_sha256(path: Path) -> str:
    """Return the digest of a file, or of all files of a folder in the order of their names."""
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()
