"""Every statement about imports that were committed."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from gridmgmt.ingest.tables import IngestRunRow


@dataclasses.dataclass(frozen=True)
class IngestRun:
    """One committed import: layer, source file and its SHA-256, CRS, features stored and rejected, and everything else as a summary."""

    layer: str
    source: str
    file_sha256: str
    crs: str
    features: int
    rejected: int
    summary: Mapping[str, Any]
    committed_at: datetime.datetime | None = None


IMPORT_LOCK = 7_215_001  # any number that nothing else locks


def lock_imports(session: Session) -> None:
    """Let one import at a time decide and write; the lock ends with the transaction."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": IMPORT_LOCK})


def add_run(session: Session, run: IngestRun) -> None:
    """Record an import."""
    values = dataclasses.asdict(run)
    del values["committed_at"]
    session.execute(insert(IngestRunRow).values(values | {"summary": dict(run.summary)}))


def list_runs(session: Session) -> Sequence[IngestRun]:
    """Return the imports, oldest first."""
    statement = select(IngestRunRow).order_by(IngestRunRow.id)
    return [
        IngestRun(row.layer, row.source, row.file_sha256, row.crs, row.features, row.rejected, row.summary, row.committed_at)
        for row in session.scalars(statement)
    ]
