"""Write a plan of facilities and the record of the import, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from gridmgmt.facilities import store
from gridmgmt.ingest.commit_areas import Provenance, file_sha256, require_no_blocking
from gridmgmt.ingest.facility_rows import FacilityPlan
from gridmgmt.ingest.layer import FaultKind
from gridmgmt.ingest.store import IngestRun, add_run


def commit_facilities(session: Session, plan: FacilityPlan, provenance: Provenance, *, accepted: Collection[FaultKind]) -> bool:
    """Write a plan and its record; return False where nothing changes. Raises ConflictError while a fault blocks."""
    verdict = require_no_blocking(plan.faults, accepted)
    if not plan:
        return False
    store.remove_facilities(session, [facility.code for facility in plan.removed])
    store.change_facilities(session, [after for _, after in plan.changed])
    store.add_facilities(session, plan.added)
    changes = {"added": len(plan.added), "changed": len(plan.changed), "removed": [facility.code for facility in plan.removed]}
    accepted_counts = {kind.value: count for kind, count in verdict.accepted.items()}
    summary = {**provenance.said, "changes": changes, "accepted": accepted_counts}
    features = len(plan.added) + len(plan.changed) + plan.unchanged
    digest = file_sha256(provenance.path)
    add_run(session, IngestRun(provenance.layer, provenance.path.name, digest, provenance.crs, features, plan.rejected, summary))
    return True
