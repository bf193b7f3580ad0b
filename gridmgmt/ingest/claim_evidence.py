"""How well linework lies on linework: the measure behind the check of a claimed CRS.

Borders and roads that are the same things in two sources lie on each other only where both are placed right. Points are sampled along
one side; the mean distance to the other side, capped so that strangers do not count, is compared with what far-off placements give.
All coordinates are metres in the storage CRS.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

from gridmgmt.ingest.layer import SourceLayer
from gridmgmt.labels import LabelledEnum

Floats = npt.NDArray[np.float64]
Shapes = npt.NDArray[np.object_]

SAMPLES, SAMPLES_BORDERS = 2000, 6000  # few borders run along roads: telling them apart from chance takes more points
FEWEST_SAMPLES = 100
MOST_STRETCHES = 600_000
CAPS_M = (30.0, 100.0, 600.0)
POINT, LINE, POLYGON = 0, 1, 2
# Where the layer certainly does not belong: a spiral of displacements between 700 m and 2.5 km.
FAR_OFF = tuple(
    (float(radius * np.cos(angle)), float(radius * np.sin(angle)))
    for radius, angle in zip(np.linspace(700.0, 2500.0, 24), np.arange(24) * 2.399963, strict=True)
)


class EvidenceKind(LabelledEnum):
    """What is compared with what."""

    BORDERS = "borders", "边界与已存边界", "borders with the borders stored"
    BORDERS_ON_ROADS = "borders_on_roads", "边界与道路", "borders with roads"
    ROADS = "roads", "道路与已存道路", "roads with the roads stored"


@dataclasses.dataclass(frozen=True)
class Evidence:
    """Sample points of one side and an index of the lines of the other; ``of_layer`` says whether the samples are the layer's."""

    kind: EvidenceKind
    samples: Floats
    lines: shapely.STRtree
    of_layer: bool

    def distances(self, samples: Floats, *, limit: float = CAPS_M[-1]) -> Floats:
        """Return the distance of each sample from the nearest line, the limit where it is farther."""
        found, distance = self.lines.query_nearest(shapely.points(samples), return_distance=True, all_matches=False, max_distance=limit)
        result = np.full(len(samples), limit)
        result[found[0]] = distance
        return result

    @functools.cached_property
    def background(self) -> tuple[Floats, Floats]:
        """Median and spread (scaled median deviation) of the mean capped distances far off, one per cap."""
        far = np.array([capped_means(self.distances(self.samples + offset)) for offset in FAR_OFF])
        middle = np.median(far, axis=0)
        spread = 1.4826 * np.median(np.abs(far - middle), axis=0)
        return middle, np.maximum(spread, 0.004 * middle)

    def strengths(self, distances: Floats) -> Floats:
        """Return, per cap, how many spreads nearer than far off these distances are on average."""
        middle, spread = self.background
        return np.asarray((middle - capped_means(distances)) / spread)


def capped_means(distances: Floats) -> Floats:
    """Return the mean of the distances under each cap."""
    return np.array([np.minimum(distances, cap).mean() for cap in CAPS_M])


def gather_evidence(layer: SourceLayer, areas: Sequence[shapely.Geometry], roads: Sequence[shapely.Geometry]) -> list[Evidence]:
    """Return what the layer (in the storage CRS) can be compared with; nothing for points."""
    own = lines_of(layer.shapes)
    if not len(own):
        return []
    polygons = bool((shapely.get_dimensions(layer.shapes) == POLYGON).any())
    borders, lines = lines_of(np.array(areas, dtype=np.object_)), lines_of(np.array(roads, dtype=np.object_))
    evidence = []
    if polygons and len(borders):
        evidence.append(_borders(own, borders, layer, areas))
    if polygons and len(lines):
        evidence.append(Evidence(EvidenceKind.BORDERS_ON_ROADS, sample(own), _index(lines), of_layer=True))
    if not polygons and len(borders):
        evidence.append(Evidence(EvidenceKind.BORDERS_ON_ROADS, sample(_near(borders, own), SAMPLES_BORDERS), _index(own), of_layer=False))
    if not polygons and len(lines):
        evidence.append(Evidence(EvidenceKind.ROADS, sample(own), _index(lines), of_layer=True))
    return [each for each in evidence if len(each.samples) >= FEWEST_SAMPLES]


def _borders(own: Shapes, borders: Shapes, layer: SourceLayer, areas: Sequence[shapely.Geometry]) -> Evidence:
    """Sample the side with the larger areas: its borders are among those of the finer side, not the other way round."""
    finer = np.median(shapely.area(layer.shapes[~shapely.is_missing(layer.shapes)])) < 0.5 * np.median(
        [shapely.area(area) for area in areas]
    )
    if finer:
        return Evidence(EvidenceKind.BORDERS, sample(_near(borders, own)), _index(own), of_layer=False)
    return Evidence(EvidenceKind.BORDERS, sample(own), _index(borders), of_layer=True)


def lines_of(shapes: Shapes) -> Shapes:
    """Return the single lines of lines and of the borders of polygons; points give none."""
    dimensions = shapely.get_dimensions(shapes)
    borders = shapely.boundary(shapes[dimensions == POLYGON])
    parts = np.concatenate([shapely.get_parts(borders), shapely.get_parts(shapes[dimensions == LINE])])
    return np.asarray(parts[shapely.length(parts) > 0], dtype=np.object_)


def sample(lines: Shapes, count: int = SAMPLES) -> Floats:
    """Return points evenly spaced along all lines put end to end."""
    if not len(lines):
        return np.empty((0, 2))
    ends = np.cumsum(shapely.length(lines))
    along = (np.arange(count) + 0.5) / count * ends[-1]
    line = np.searchsorted(ends, along)
    return np.asarray(shapely.get_coordinates(shapely.line_interpolate_point(lines[line], along - np.r_[0.0, ends][line])))


def _index(lines: Shapes) -> shapely.STRtree:
    """Index lines stretch by stretch (two vertices each): nearest neighbours are then found many times faster; huge layers line by line."""
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    if len(coordinates) > MOST_STRETCHES:
        return shapely.STRtree(lines)
    same = (owner[1:] == owner[:-1]) & (coordinates[1:] != coordinates[:-1]).any(axis=1)
    ends = np.stack([coordinates[:-1][same], coordinates[1:][same]], axis=1)
    return shapely.STRtree(np.asarray(shapely.linestrings(ends), dtype=np.object_))


def _near(lines: Shapes, others: Shapes) -> Shapes:
    """Cut lines to the rectangle around the others, widened by the largest cap."""
    west, south, east, north = shapely.total_bounds(others)
    margin = CAPS_M[-1]
    cut = shapely.clip_by_rect(lines, west - margin, south - margin, east + margin, north + margin)
    parts = shapely.get_parts(cut)
    return np.asarray(parts[shapely.length(parts) > 0], dtype=np.object_)
