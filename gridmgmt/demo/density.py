"""Where the demo city is dense: a core on both banks and its satellites, more drawn than measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gridmgmt import crs
from gridmgmt.errors import InvalidInputError

Floats = npt.NDArray[np.float64]

# Longitude, latitude, weight, reach in metres of the built-up places; rough positions, good enough to look like a city.
PLACES = (
    (114.29, 30.58, 60.0, 4_500.0),
    (114.31, 30.55, 30.0, 6_000.0),
    (114.40, 30.50, 22.0, 3_500.0),
    (114.17, 30.49, 16.0, 3_000.0),
    (114.14, 30.63, 14.0, 2_500.0),
    (114.39, 30.63, 18.0, 2_500.0),
    (114.27, 30.73, 10.0, 2_500.0),
    (114.37, 30.88, 10.0, 2_000.0),
    (114.55, 30.68, 8.0, 2_000.0),
    (114.80, 30.84, 10.0, 2_000.0),
    (114.31, 30.35, 10.0, 2_500.0),
    (114.03, 30.58, 8.0, 2_000.0),
    (114.08, 30.31, 6.0, 2_000.0),
)
COUNTRYSIDE = 1.6
FEWEST_PER_COMMUNITY = 4


def density_at(x: Floats, y: Floats, storage_srid: int) -> Floats:
    """Return unit grids per square kilometre (before scaling) at points of the storage CRS."""
    centres_x, centres_y = crs.to_storage_arrays([p[0] for p in PLACES], [p[1] for p in PLACES], crs.WGS84, storage_srid)
    density = np.full(np.shape(x), COUNTRYSIDE)
    for centre_x, centre_y, (_, _, weight, reach) in zip(centres_x, centres_y, PLACES, strict=True):
        density = density + weight * np.exp(-np.hypot(x - centre_x, y - centre_y) / reach)
    return density


def share_out(total: int, shapes: Sequence[BaseGeometry], communities: Sequence[int], storage_srid: int) -> list[int]:
    """Share unit grids among districts: four a community, the rest mostly by density; largest remainder.

    Raises InvalidInputError for fewer than four a community.
    """
    if total < FEWEST_PER_COMMUNITY * sum(communities):
        message = f"{total} are too few for {sum(communities)} communities; at least {FEWEST_PER_COMMUNITY * sum(communities)} are needed"
        raise InvalidInputError(
            "unit_grids", message, zh=f"{sum(communities)} 个社区至少需要 {FEWEST_PER_COMMUNITY * sum(communities)} 个单元网格"
        )
    mass = np.array([_mass(shape, storage_srid) for shape in shapes])
    people = np.array(communities, dtype=np.float64)
    floor = FEWEST_PER_COMMUNITY * people
    spare = total - floor.sum()
    exact = floor + spare * (0.7 * mass / mass.sum() + 0.3 * people / people.sum())
    counts = np.floor(exact).astype(int)
    for index in np.argsort(counts - exact, kind="stable")[: total - counts.sum()]:
        counts[index] += 1
    return [int(count) for count in counts]


def draw_points(rng: np.random.Generator, shape: BaseGeometry, count: int, storage_srid: int) -> Floats:
    """Draw ``count`` points inside a shape, denser where the city is, as an (n, 2) array snapped to the storage grid."""
    shapely.prepare(shape)
    west, south, east, north = shape.bounds
    found: list[Floats] = []
    have = 0
    probe = rng.uniform((west, south), (east, north), (4_000, 2))
    peak = float(np.max(density_at(probe[:, 0], probe[:, 1], storage_srid))) * 1.2
    while have < count:
        points = crs.snap(rng.uniform((west, south), (east, north), (max(2_000, 6 * count), 2)))
        chance = density_at(points[:, 0], points[:, 1], storage_srid) / peak
        kept = points[rng.random(len(points)) < chance]
        kept = kept[shapely.contains_xy(shape, kept[:, 0], kept[:, 1])]
        found.append(kept)
        have += len(kept)
    return np.unique(np.concatenate(found)[:count], axis=0)


def _mass(shape: BaseGeometry, storage_srid: int) -> float:
    shapely.prepare(shape)
    west, south, east, north = shape.bounds
    xs, ys = np.meshgrid(np.arange(west, east, 250.0), np.arange(south, north, 250.0))
    inside = shapely.contains_xy(shape, xs.ravel(), ys.ravel())
    return float(density_at(xs.ravel()[inside], ys.ravel()[inside], storage_srid).sum())
