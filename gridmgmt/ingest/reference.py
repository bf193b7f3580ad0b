"""What is stored already and a new layer can be compared with."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gridmgmt.city.model import CityProfile, Level
from gridmgmt.hierarchy.edition_store import list_open_areas
from gridmgmt.hierarchy.model import Area
from gridmgmt.ingest.claim import Reference
from gridmgmt.roads.segment_store import list_open_segments


def load_reference(session: Session, profile: CityProfile) -> Reference:
    """Return the stored areas with shapes above the unit grids (the unit grids where there are no others) and the roads."""
    shaped: list[Area] = []
    for level in profile.levels:
        if level is Level.UNIT_GRID and shaped:
            break
        shaped += [area for area in list_open_areas(session, level) if area.shape is not None]
    return Reference(
        areas={area.code: area.shape for area in shaped if area.shape is not None},
        roads=[segment.line for segment in list_open_segments(session)],
        names={area.code: area.name for area in shaped if area.name},
    )
