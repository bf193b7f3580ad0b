"""Load the boundaries: a first edition as drawn, a second through the act that compares and keeps history."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from gridmgmt.city.model import Level
from gridmgmt.demo import store
from gridmgmt.demo.assessment import read_assessment_units
from gridmgmt.demo.boundaries import FIRST_EDITION, SECOND_EDITION, build_areas, unplaced_areas
from gridmgmt.demo.check import check_boundaries
from gridmgmt.demo.draw import DrawnCity, district_shift_mm
from gridmgmt.demo.plan import DemoPlan
from gridmgmt.demo.recut import Recut, recut
from gridmgmt.hierarchy import assessment_store
from gridmgmt.hierarchy import store as hierarchy_store
from gridmgmt.hierarchy.apply_edition import Scope, apply_edition

SECOND_NAME = "演示调整版"


def load_boundaries(session: Session, plan: DemoPlan, city: DrawnCity, geodata: Path) -> list[str]:
    """Load both editions and the assessment units; return what was done in English sentences."""
    change = recut(plan.rng("recut"), city.atoms, city.layout)
    areas = build_areas(city.atoms, city.layout, city.districts, grids=change.before, facts=city.facts, day=FIRST_EDITION)
    check_boundaries(areas)
    hierarchy_store.open_edition(session, name=store.DEMO_EDITION, valid_from=FIRST_EDITION)
    count = hierarchy_store.add_areas(session, [*areas, *unplaced_areas(city.layout, FIRST_EDITION)])
    shapes = np.array([area.shape for area in areas if area.level is Level.DISTRICT], dtype=object)
    shift = district_shift_mm(city, shapes)
    notes = [*city.notes, f"loaded {count} areas, checked as a coverage; district borders lie within {shift:.2f} mm of their source"]
    if change.after:
        notes.append(_load_second_edition(session, city, change))
    offices = [office.code for office in city.layout.offices]
    memberships = read_assessment_units(geodata / "wuhan" / "assessment_units.csv", offices)
    notes.append(f"loaded {assessment_store.add_memberships(session, memberships)} memberships of assessment units")
    return notes


def _load_second_edition(session: Session, city: DrawnCity, change: Recut) -> str:
    """Bring the re-cut street offices to the second edition, one after the other; the rest of the city keeps its rows."""
    drawn = build_areas(city.atoms, city.layout, city.districts, grids=change.after, facts=city.facts, day=SECOND_EDITION)
    areas = [area for area in drawn if area.level in {Level.COMMUNITY, Level.UNIT_GRID}]
    check_boundaries(areas)
    areas += unplaced_areas(city.layout, SECOND_EDITION)
    lines = 0
    for office in change.offices:
        below = [area for area in areas if area.code.startswith(office)]
        _, differences = apply_edition(session, below, name=SECOND_NAME, valid_from=SECOND_EDITION, scope=Scope(under=office))
        lines += sum(len(difference.changes) for difference in differences)
    return f"re-cut street offices {' and '.join(change.offices)} from {SECOND_EDITION}: {lines} changes"
