"""What is kept with a plan about accessibility and density, so that pages and reports need not count again."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from gridmgmt.siting.accessibility import AccessRow, accessibility, read_access_row, walking_limit
from gridmgmt.siting.density import DensityRow, density
from gridmgmt.siting.ground_store import read_ground
from gridmgmt.siting.network import Network
from gridmgmt.siting.scenario import PreparedSet, SetTables
from gridmgmt.siting.scenario_settings import Origin


def access_record(
    session: Session, prepared: PreparedSet, tables: SetTables, selected: Sequence[int], network: Network | None, *, radius_m: float
) -> dict[str, Any]:
    """Return plain values for a plan's summary: accessibility, how far walks were measured, density by land use.

    ``selected``: positions of the plan's candidates. A facility that is rebuilt is no new one for the density.
    """
    at = np.array(selected, np.int64)
    sites, origin = tables.candidates.xy[at].reshape(-1, 2), tables.candidates.origin[at]
    ground = read_ground(session, on=datetime.date.fromisoformat(prepared.options["day"]))
    rows = density(ground, prepared.summary.get("rules", []), before_xy=tables.standing.xy, added_xy=sites[origin != Origin.UPGRADE.value])
    return {
        "accessibility": [row.to_json() for row in accessibility(tables, sites, network, radius_m=radius_m)],
        "walking_limit_m": walking_limit(radius_m),
        "density": [[row.district, row.subject, row.km2, row.before, row.after, row.low, row.high] for row in rows],
    }


def read_record(summary: Mapping[str, Any]) -> tuple[list[AccessRow], list[DensityRow]]:
    """Return the rows of accessibility and density of a plan's summary; none where nothing was kept."""
    rows = [read_access_row(row) for row in summary.get("accessibility", ())]
    return rows, [DensityRow(*row) for row in summary.get("density", ())]
