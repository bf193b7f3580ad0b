"""The checks of an import, run again on what is stored."""

from __future__ import annotations

import numpy as np
from sqlalchemy.orm import Session

from gridmgmt.city.model import CityProfile, Level
from gridmgmt.hierarchy.edition_store import list_open_areas
from gridmgmt.ingest.area_layer import AreaLayer
from gridmgmt.ingest.checks import Surroundings, check_areas
from gridmgmt.ingest.checks_shapes import Tolerance
from gridmgmt.ingest.layer import Fault


def check_stored_level(session: Session, level: Level, profile: CityProfile, *, tolerance: Tolerance) -> tuple[int, list[Fault]]:
    """Check the areas of a level in the newest edition; return how many there are and the faults, numbered by code from 1."""
    areas = list_open_areas(session, level)
    parent_level = profile.parent_level(level)
    parents = {area.code: area for area in list_open_areas(session, parent_level)} if parent_level else {}
    layer = AreaLayer(level, np.arange(1, len(areas) + 1, dtype=np.int64), tuple(areas))
    _, faults = check_areas(layer, Surroundings([], parents, {}), profile, tolerance=tolerance) if areas else (layer, [])
    return len(areas), faults
