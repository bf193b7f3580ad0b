"""Whether features lie in the area they say they belong to: evidence that needs no linework, so points have it too."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import shapely

from gridmgmt.ingest.cells import clean_code
from gridmgmt.ingest.claim_evidence import Floats
from gridmgmt.ingest.layer import SourceLayer

MOST_POINTS = 5000
KNOWN_SHARE = 0.8


@dataclasses.dataclass(frozen=True)
class Parents:
    """One point per feature (metres, storage CRS) and the index of the area it names; ``column`` is where it names it."""

    column: str
    points: Floats
    named: npt.NDArray[np.int64]
    areas: npt.NDArray[np.object_]

    def inside(self, points: Floats) -> npt.NDArray[np.bool_]:
        """Say for each point whether the area it names covers it."""
        return np.asarray(shapely.intersects_xy(self.areas[self.named], points[:, 0], points[:, 1]))


class Cover:
    """How much of a layer (by one point per feature) any area of the reference covers."""

    def __init__(self, points: Floats, areas: Sequence[shapely.Geometry]) -> None:
        """Keep some of the points and an index of the areas."""
        finite = points[np.isfinite(points).all(axis=1)]
        self.points = finite[:: max(1, len(finite) // MOST_POINTS)]
        self._areas = shapely.STRtree(np.array(areas, dtype=np.object_))

    def share(self, points: Floats) -> float:
        """Return the share of points inside or on the border of an area."""
        found = self._areas.query(shapely.points(points), predicate="intersects")
        return len(np.unique(found[0])) / max(1, len(points))


def find_parents(layer: SourceLayer, areas: Mapping[str, shapely.Geometry], names: Mapping[str, str]) -> Parents | None:
    """Find a column that names an area of the reference: by its code, by a nested code that begins with it, or by its name.

    Names that repeat are not used. None where no column does so for at least 80 % of the features.
    """
    codes = list(areas)
    position = {code: index for index, code in enumerate(codes)}
    repeated = (
        [name for name in names.values() if list(names.values()).count(name) > 1] if len(names) < MOST_POINTS else list(names.values())
    )
    by_name = {name: position[code] for code, name in names.items() if code in position and name not in repeated}
    for column in layer.attributes.columns:
        values = [clean_code(value).text for value in layer.attributes[column]]
        for look_up in (position, by_name):
            named = [look_up.get(value or "") for value in values]
            if _known(named):
                return _parents(layer, str(column), named, areas, codes)
        named = _by_prefix(values, position)
        if _known(named):
            return _parents(layer, str(column), named, areas, codes)
    return None


def _by_prefix(values: Iterable[str | None], position: Mapping[str, int]) -> list[int | None]:
    lengths = {len(code) for code in position if code.isdecimal()}
    if len(lengths) != 1:
        return []
    length = lengths.pop()
    return [position.get(value[:length]) if value and value.isdecimal() and len(value) > length else None for value in values]


def _known(named: Sequence[int | None]) -> bool:
    return bool(named) and sum(index is not None for index in named) >= KNOWN_SHARE * len(named)


def _parents(
    layer: SourceLayer, column: str, named: Sequence[int | None], areas: Mapping[str, shapely.Geometry], codes: Sequence[str]
) -> Parents | None:
    points = representative_points(layer.shapes)
    known = np.array([index is not None for index in named]) & np.isfinite(points).all(axis=1)
    chosen = np.flatnonzero(known)[:: max(1, int(known.sum()) // MOST_POINTS)]
    if not len(chosen):
        return None
    shapes = np.array([areas[code] for code in codes], dtype=np.object_)
    shapely.prepare(shapes)
    indices = np.array([named[index] for index in chosen], dtype=np.int64)
    return Parents(column, points[chosen], indices, shapes)


def representative_points(shapes: npt.NDArray[np.object_]) -> Floats:
    """Return one point per shape: the point itself, else its centroid; nan where there is no shape."""
    centroids = shapely.centroid(shapes)
    return np.column_stack([shapely.get_x(centroids), shapely.get_y(centroids)])
