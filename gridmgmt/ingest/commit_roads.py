"""Write a plan of roads: dated rows and the record of the import, inside the caller's transaction."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection

from sqlalchemy.orm import Session

from gridmgmt.errors import ConflictError
from gridmgmt.ingest.commit_areas import Provenance, describe, file_sha256, require_no_blocking
from gridmgmt.ingest.ingest_roads import RoadPlan
from gridmgmt.ingest.layer import FaultKind
from gridmgmt.ingest.store import IngestRun, add_run
from gridmgmt.roads import segment_store
from gridmgmt.roads.store import add_segments


def commit_roads(
    session: Session, plan: RoadPlan, provenance: Provenance, *, valid_from: datetime.date, accepted: Collection[FaultKind]
) -> bool:
    """Write a plan and its record; return False where nothing changes (then nothing at all is written).

    Raises ConflictError while a fault blocks, and for a day before the newest change: history is appended, not rewritten.
    """
    verdict = require_no_blocking(plan.faults, accepted)
    if not plan.difference:
        return False
    newest = segment_store.find_newest_start(session)
    if newest and valid_from < newest:
        message = f"roads last changed on {newest}; a change cannot start on {valid_from}, before it"
        raise ConflictError(message, zh=f"道路最近一次变更自 {newest} 起生效，新变更不能早于该日")
    segment_store.end_segments(session, plan.difference.ended, on=valid_from)
    add_segments(session, (dataclasses.replace(segment, valid_from=valid_from) for segment in plan.difference.opened))
    segment_store.refresh_statistics(session)
    summary = {
        **provenance.said,
        "valid_from": valid_from.isoformat(),
        "changes": {kind.value: count for kind, count in plan.difference.count_kinds().items()},
        "accepted": {kind.value: count for kind, count in verdict.accepted.items()},
        "warnings": {kind.value: count for kind, count in verdict.warnings.items()},
        "corrections": [describe(correction) for correction in plan.corrections],
    }
    digest = file_sha256(provenance.path)
    add_run(session, IngestRun(provenance.layer, provenance.path.name, digest, provenance.crs, plan.features, plan.rejected, summary))
    return True
