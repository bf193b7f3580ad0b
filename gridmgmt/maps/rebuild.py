"""Everything that is prepared for the map, prepared anew; to be called after boundaries or roads change."""

from __future__ import annotations

import datetime

from sqlalchemy.orm import Session

from gridmgmt.hierarchy import tile_store
from gridmgmt.roads import map_store


def rebuild_shapes(session: Session, *, on: datetime.date) -> int:
    """Generalise all areas and road segments valid on a day or later; return how many shapes were written."""
    return tile_store.rebuild_shapes(session, on=on) + map_store.rebuild_shapes(session, on=on)
