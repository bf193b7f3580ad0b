"""The bulk engine (批量归属): millions of points to unit grids and road segments, by the rules of ``resolve.sql``, without a database.

Two unit grids side by side, a road 30 m inside the first; metres in one projected system:

>>> import shapely
>>> grids = [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)]
>>> roads = [shapely.LineString([(30, 0), (30, 100)])]
>>> index = PointIndex.build(grids, roads, snap_limit_m=50.0)
>>> answer = index.assign([50.0, 100.0, 500.0], [50.0, 50.0, 50.0])
>>> answer.grid.tolist(), answer.shared.tolist()  # on the border the lowest position answers; -1: in no grid
([0, 0, -1], [False, True, False])
>>> answer.segment.tolist(), answer.distance_m.tolist()  # -1 and nan: no segment within 50 m
([0, -1, -1], [20.0, nan, nan])
>>> index.border_distance([50.0, 90.0], [50.0, 50.0], [0, 0]).tolist()
[50.0, 10.0]

Saved once, it is mapped by every process that opens it:

>>> import tempfile, pathlib
>>> with tempfile.TemporaryDirectory() as folder:
...     index.save(pathlib.Path(folder) / "city.index")
...     PointIndex.open(pathlib.Path(folder) / "city.index").assign([150.0], [50.0]).grid.tolist()
[1]

GeoDataFrames are answered with their labels:

>>> import geopandas
>>> frame = geopandas.GeoDataFrame(geometry=grids, index=["420102001001001", "420102001001002"], crs=4547)
>>> named = PointIndex.build(frame, geopandas.GeoSeries(roads, index=["R1"], crs=4547)).assign_labels([50.0, 500.0], [50.0, 50.0])
>>> named.grid.tolist(), named.segment.tolist()
(['420102001001001', None], ['R1', None])

What cannot be right is refused by its position:

>>> PointIndex.build([shapely.Point(0, 0)], roads)
Traceback (most recent call last):
gridmgmt.errors.InvalidInputError: grid_polygons: position 0: Point
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from gridmgmt.errors import InvalidInputError
from gridmgmt.responsibility import index_border, index_file, index_kernel
from gridmgmt.responsibility.index_doubt import Shapes
from gridmgmt.responsibility.index_edges import ring_edges
from gridmgmt.responsibility.index_frame import Flags, Floats, Frame, Words, frame_around
from gridmgmt.responsibility.index_given import columns, labels_of, numbers
from gridmgmt.responsibility.index_grids import NONE, grid_words
from gridmgmt.responsibility.index_roads import road_pieces, road_words

Layer = Any  # numpy array or list of shapely geometries, GeoSeries, GeoDataFrame
CHUNK = 65_536  # points a thread takes at a time


class Assignment(NamedTuple):
    """One entry a point: position of the unit grid (-1: none), whether other grids cover it too, position of the segment (-1: none), metres to it."""

    grid: Words
    shared: Flags
    segment: Words
    distance_m: Floats


class LabelledAssignment(NamedTuple):
    """As ``Assignment``, with labels instead of positions (object arrays, None: none)."""

    grid: npt.NDArray[Any]
    shared: Flags
    segment: npt.NDArray[Any]
    distance_m: Floats


@dataclasses.dataclass(frozen=True)
class PointIndex:
    """Unit grids and road segments of one edition, compiled for bulk answers; build it once, save it, open it in every process."""

    frame: Frame
    heads: Words
    grids: Words
    roads: Words
    pieces: Words
    limits_m: Floats
    loose: int
    shapes: Callable[[], Shapes]
    label: str = ""
    grid_labels: list[Any] | None = None
    segment_labels: list[Any] | None = None
    widest_limit_m: float = 0.0

    @classmethod
    def build(cls, grid_polygons: Layer, segment_lines: Layer, *, snap_limit_m: float | Floats = 50.0, widest_limit_m: float = 0.0, label: str = "") -> PointIndex:  # fmt: skip
        """Compile polygons and lines (arrays of shapely geometries, or GeoSeries/GeoDataFrames, in one metric CRS).

        Plain arrays do not say what system they are in: degrees would be taken for metres.
        Positions in the answers are positions in these arrays; ties go to the lowest. ``snap_limit_m`` is one limit or one a segment;
        ``widest_limit_m`` the greatest that ``assign`` will be asked for.
        Shapes on the 1/1024 m grid (``gridmgmt.crs.snap``) are answered by integers alone; for others, points within 3 mm of an edge and all
        points near a segment are decided by GEOS on the shapes themselves. Raises InvalidInputError naming the position of a bad shape.
        """
        shapes = Shapes.of(grid_polygons, segment_lines)
        limits = _limits(snap_limit_m, widest_limit_m, len(shapes.lines))
        frame = frame_around(shapes.bounds(), margin_m=float(limits.max(initial=widest_limit_m)) + 1)
        edges, grids_exact = ring_edges(shapes.polygons, frame)
        pieces, roads_exact = road_pieces(shapes.lines, frame)
        loose = 0 if grids_exact and roads_exact else index_kernel.LOOSE
        with ThreadPoolExecutor(2) as threads:
            road_half = threads.submit(road_words, pieces, limits, widest_limit_m, frame)
            grid_heads, grids = grid_words(edges, len(shapes.polygons), frame)
            road_heads, roads = road_half.result()
        heads = np.full((frame.blocks + 1, 2), NONE, np.int32)  # the last is for points outside
        heads[:-1, 0], heads[:-1, 1] = grid_heads, road_heads
        names = labels_of(grid_polygons), labels_of(segment_lines)
        return cls(frame, heads.reshape(-1), grids, roads, pieces, limits, loose, lambda: shapes, label, *names, widest_limit_m)

    @property
    def nbytes(self) -> int:
        """Bytes the index takes in memory."""
        return sum(part.nbytes for part in (self.heads, self.grids, self.roads, self.pieces, self.limits_m))

    def assign(self, x: npt.ArrayLike, y: npt.ArrayLike, *, limit_m: npt.ArrayLike | None = None, threads: int | None = None) -> Assignment:
        """Answer points (metres in the CRS of the shapes, arrays of one length); one that is not finite, or of another system, lies in no grid.

        Returns arrays of that length: int32, bool, int32, float64 (nan where there is no segment). ``limit_m``, one a point, takes the place
        of the segments' limits where it is not nan.
        """
        xs, ys, *given = columns(x=x, y=y) if limit_m is None else columns(x=x, y=y, limit_m=limit_m)
        size, own = len(xs), given[0] if given else np.empty(0)
        self._check_limits(own)
        answer = Assignment(np.empty(size, np.int32), np.empty(size, np.bool_), np.empty(size, np.int32), np.empty(size, np.float64))
        frame = self.frame
        place = (float(frame.x0), float(frame.y0), frame.shift, frame.cols, frame.rows)
        raster = index_kernel.Raster(*place, self.heads, self.grids, self.roads, self.pieces, self.limits_m, self.loose)

        def answer_chunk(start: int) -> int:
            part = slice(start, start + CHUNK)
            filled = Assignment(answer.grid[part], answer.shared[part], answer.segment[part], answer.distance_m[part])
            return int(index_kernel.assign(xs[part], ys[part], own[part], raster, filled))

        with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
            doubts = sum(pool.map(answer_chunk, range(0, size, CHUNK)))
        if doubts:
            self.shapes().decide_grids(xs, ys, answer.grid, answer.shared)
            self.shapes().decide_segments(xs, ys, answer.segment, answer.distance_m, self.limits_m, own)
        return answer

    def _check_limits(self, own: Floats) -> None:
        if np.nanmax(own, initial=0.0) > self.widest_limit_m:
            raise InvalidInputError(
                "limit_m", f"the index was built for {self.widest_limit_m} m at most", zh="超过索引建立时的最大吸附距离"
            )

    def assign_labels(self, x: npt.ArrayLike, y: npt.ArrayLike) -> LabelledAssignment:
        """Answer as ``assign`` does, with what the GeoSeries or GeoDataFrames call their rows; None where there is none."""
        answer = self.assign(x, y)
        grid = _named(answer.grid, self.grid_labels)
        return LabelledAssignment(grid, answer.shared, _named(answer.segment, self.segment_labels), answer.distance_m)

    def border_distance(self, x: npt.ArrayLike, y: npt.ArrayLike, grid: npt.ArrayLike) -> Floats:
        """Return metres from points to the border of their grids (positions as ``assign`` gives them), nan where that is -1 or the point not near it."""
        xs, ys, positions = columns(x=x, y=y, grid=grid)
        own, metres, frame = positions.astype(np.int32), np.empty(len(xs)), self.frame
        raster = (float(frame.x0), float(frame.y0), frame.shift, frame.cols, frame.rows)
        index_border.border_distances(xs, ys, own, *raster, self.heads, self.grids, metres)
        metres[np.isinf(metres)] = np.nan
        ask = np.arange(len(xs))[own >= 0] if self.loose else np.flatnonzero(metres < 0)
        borders = shapely.boundary(self.shapes().polygons[own[ask]]) if len(ask) else np.empty(0, object)
        metres[ask] = shapely.distance(shapely.points(xs[ask], ys[ask]), borders)
        return metres

    def save(self, path: Path | str) -> None:
        """Write the index to one file: versioned, checksummed, there whole or not at all."""
        index_file.write(self, Path(path))

    @classmethod
    def open(cls, path: Path | str, *, label: str | None = None) -> PointIndex:
        """Open a saved index, mapped into memory and shared with other processes.

        Raises SourceError for a file that is foreign, truncated, damaged, of another version or not of this ``label``.
        """
        return cls(**index_file.read(Path(path), label))


def _limits(snap_limit_m: float | Floats, widest_limit_m: float, segments: int) -> Floats:
    """Return the limit of each segment."""
    given = numbers(snap_limit_m, "snap_limit_m")
    if len(given) not in {1, segments}:
        raise InvalidInputError(
            "snap_limit_m", f"{len(given)} values for {segments} segments", zh=f"有 {len(given)} 个值，路段有 {segments} 条"
        )
    for field, limits in (("snap_limit_m", given), ("widest_limit_m", numbers(widest_limit_m, "widest_limit_m"))):
        if not (np.isfinite(limits).all() and (limits >= 0).all()):
            raise InvalidInputError(field, "is no distance", zh="吸附距离无效")
    return np.broadcast_to(given, segments).copy()


def _named(positions: Words, labels: list[Any] | None) -> npt.NDArray[Any]:
    """Return labels for positions; positions themselves where the shapes came without."""
    if labels is None:
        named = positions.astype(object)
        named[positions < 0] = None
        return named
    names = np.empty(len(labels) + 1, object)
    names[:-1] = labels
    return np.asarray(names[positions])  # -1 is the last: None
