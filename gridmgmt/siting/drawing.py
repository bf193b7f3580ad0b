"""A plan drawn without map tiles (示意图): outlines, people out of reach, sites; numbers for a page to put into SVG."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import shapely

from gridmgmt.siting.ground import Flags, Floats, Integers

WIDTH, CELL, CLASSES = 720.0, 5.0, 4  # pixels of the map and of a cell of people; shades
ROUND_M = (1, 2, 5)
ACROSS = 1 << 20  # more cells than any drawing has


@dataclasses.dataclass(frozen=True)
class Frame:
    """Where metres lie on the drawing: x right from ``west``, y down from ``north``; ``metres`` to a pixel."""

    west: float
    north: float
    metres: float
    width: float
    height: float

    def at(self, xy: npt.ArrayLike) -> Floats:
        """Return pixels, to a tenth."""
        points = np.asarray(xy, np.float64).reshape(-1, 2)
        return np.round(np.column_stack([points[:, 0] - self.west, self.north - points[:, 1]]) / self.metres, 1)

    @property
    def scale(self) -> tuple[int, float]:
        """Return a round number of metres for the bar of the scale, and its pixels: a quarter of the width at most."""
        most = self.width * self.metres / 4
        power = 10 ** int(np.floor(np.log10(max(most, 1.0))))
        length = max(factor * power for factor in ROUND_M if factor * power <= max(most, 1.0))
        return length, length / self.metres


@dataclasses.dataclass(frozen=True)
class Drawing:
    """A frame, outlines by code with where their names stand, shades of people out of reach before and after (paths, light to dark).

    ``most``: the most people of a cell of each shade but the last; ``sites``: x, y and rank; ``standing``: x, y.
    """

    frame: Frame
    outlines: Sequence[tuple[str, str, float, float]]
    before: Sequence[str]
    after: Sequence[str]
    most: Sequence[int]
    sites: Sequence[tuple[float, float, int]]
    standing: Sequence[tuple[float, float]]


def frame_of(west: float, south: float, east: float, north: float, *, width: float = WIDTH) -> Frame:
    """Return the frame around a box, with some paper on all sides."""
    span = max(east - west, north - south, 1.0)
    margin = span * 0.02
    metres = (east - west + 2 * margin) / width if east - west >= (north - south) / 2 else (north - south + 2 * margin) / (2 * width)
    middle = (west + east) / 2
    height = float(np.ceil((north - south + 2 * margin) / metres))
    return Frame(middle - width * metres / 2, north + margin, metres, width, height)


def draw(
    areas: Mapping[str, shapely.Geometry], demand_xy: Floats, people: Integers, *, out_before: Flags, out_after: Flags,
    sites: Sequence[tuple[float, float, int]], standing_xy: Floats,
) -> Drawing:  # fmt: skip
    """Draw a plan: areas by code, who is out of reach before and after, sites (x, y, rank) and standing facilities; storage CRS, metres."""
    boxes = [shapely.bounds(shape).reshape(2, 2) for shape in areas.values()]
    everything = np.concatenate([demand_xy.reshape(-1, 2), *boxes, standing_xy.reshape(-1, 2), np.zeros((0, 2))])
    (west, south), (east, north) = (everything.min(axis=0), everything.max(axis=0)) if len(everything) else (np.zeros(2), np.ones(2))
    frame = frame_of(float(west), float(south), float(east), float(north))
    outlines = [(code, path_of(frame, shape), *_name_place(frame, shape)) for code, shape in areas.items()]
    most = _shades(frame, demand_xy, np.where(out_before, people, 0))
    before, after = (_cells(frame, demand_xy, np.where(out, people, 0), most) for out in (out_before, out_after))
    marks = frame.at([site[:2] for site in sites])
    ranked = [(float(x), float(y), site[2]) for (x, y), site in zip(marks, sites, strict=True)]
    return Drawing(frame, outlines, before, after, most, ranked, [(float(x), float(y)) for x, y in frame.at(standing_xy)])


def path_of(frame: Frame, shape: shapely.Geometry) -> str:
    """Return the lines or rings of a shape as the data of an SVG path, simplified to half a pixel."""
    simple = shapely.simplify(shape, frame.metres / 2)
    rings: list[str] = []
    for part in shapely.get_parts(simple):
        polygon = isinstance(part, shapely.Polygon)
        for line in [part.exterior, *part.interiors] if polygon else [part]:
            points = frame.at(shapely.get_coordinates(line))
            rings.append("M" + "L".join(f"{x:g} {y:g}" for x, y in points) + ("Z" if polygon else ""))
    return "".join(rings)


def _name_place(frame: Frame, shape: shapely.Geometry) -> tuple[float, float]:
    inside = shapely.point_on_surface(shape)
    x, y = frame.at([[inside.x, inside.y]])[0]
    return float(x), float(y)


def _per_cell(frame: Frame, xy: Floats, people: Integers) -> tuple[Integers, Integers]:
    """Return cells (column, row) that hold people, and how many."""
    cell = np.floor(frame.at(xy) / CELL).astype(np.int64)
    keys, which = np.unique(cell[people > 0] @ np.array([ACROSS, 1]), return_inverse=True)
    cells = np.column_stack(np.divmod(keys, ACROSS))
    return cells, np.bincount(which, weights=people[people > 0], minlength=len(cells)).astype(np.int64)


def _shades(frame: Frame, xy: Floats, people: Integers) -> list[int]:
    _, count = _per_cell(frame, xy, people)
    if not len(count):
        return []
    return [int(limit) for limit in np.unique(np.quantile(count, [0.5, 0.8, 0.95]).astype(np.int64))][: CLASSES - 1]


def _cells(frame: Frame, xy: Floats, people: Integers, most: Sequence[int]) -> list[str]:
    cells, count = _per_cell(frame, xy, people)
    shade = np.searchsorted(np.array(most, np.int64), count, side="left")
    side = f"h{CELL:g}v{CELL:g}h-{CELL:g}z"
    return ["".join(f"M{c * CELL:g} {r * CELL:g}{side}" for c, r in cells[shade == number].tolist()) for number in range(len(most) + 1)]
