"""Every statement about remembered field mappings."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridmgmt.ingest.tables import IngestMappingRow


def find_mapping(session: Session, *, source: str, layer: str) -> dict[str, str] | None:
    """Return the mapping last used for a source and layer, or None."""
    mapping = session.scalar(select(IngestMappingRow.mapping).where(IngestMappingRow.source == source, IngestMappingRow.layer == layer))
    return {str(target): str(header) for target, header in mapping.items()} if mapping is not None else None


def save_mapping(session: Session, *, source: str, layer: str, mapping: Mapping[str, str]) -> None:
    """Remember the mapping used for a source and layer; the newest wins."""
    statement = insert(IngestMappingRow).values(source=source, layer=layer, mapping=dict(mapping))
    changes = {"mapping": statement.excluded.mapping, "changed_at": func.now()}
    session.execute(statement.on_conflict_do_update(index_elements=["source", "layer"], set_=changes))
