"""Points along the frontages of roads, every so many metres."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import numpy as np
import shapely

from gridmgmt.crs import snap
from gridmgmt.roads.model import RoadClass
from gridmgmt.siting.ground import SETBACK_M, Floats, Integers, Shapes, Strings


@dataclasses.dataclass(frozen=True)
class Frontages:
    """Points beside roads: position of the road, number along it from 1, storage CRS on the 1/1024 m grid."""

    road: Integers
    number: Integers
    xy: Floats


def walk_frontages(lines: Shapes, classes: Strings, *, step_m: float, allowed: Collection[RoadClass], both_sides: bool) -> Frontages:
    """Return points every ``step_m`` metres along roads of some classes, set back by the class.

    The first stands half a step from the beginning; a road shorter than a step has one in its middle. On one side, left and right take turns.
    """
    setbacks = np.array([SETBACK_M[RoadClass(name)] for name in classes])
    roads = np.flatnonzero(np.isin(classes.astype(str), [name.value for name in allowed]))
    length = shapely.length(lines[roads])
    counts = np.maximum(1, np.floor(length / step_m).astype(np.int64))
    road = np.repeat(roads, counts)
    number = np.arange(len(road)) - np.repeat(np.cumsum(counts) - counts, counts)
    at = (number + 0.5) * np.repeat(length / counts, counts)
    middle, across = _cross(lines[road], at)
    if both_sides:
        sides = np.concatenate([np.ones(len(road)), -np.ones(len(road))])
        road, number, middle, across = np.tile(road, 2), np.tile(number, 2), np.tile(middle, (2, 1)), np.tile(across, (2, 1))
    else:
        sides = np.where(number % 2 == 0, 1.0, -1.0)
    return Frontages(road, number + 1, snap(middle + across * (sides * setbacks[road])[:, None]))


def crossings(lines: Shapes) -> Floats:
    """Return where three ends or bends of roads or more meet (level crossings and junctions)."""
    ends = shapely.get_coordinates(lines)
    owner = shapely.get_num_coordinates(lines)
    last = np.cumsum(owner) - 1
    first = last - owner + 1
    arms = np.full(len(ends), 2, np.int64)
    arms[first] -= 1
    arms[last] -= 1
    places, which = np.unique(ends, axis=0, return_inverse=True)
    return np.asarray(places[np.bincount(which.ravel(), weights=arms, minlength=len(places)) > 2])  # noqa: PLR2004 - two arms are a road


def _cross(lines: Shapes, at: Floats) -> tuple[Floats, Floats]:
    """Return points on lines and the unit vectors that point left there."""
    middle = shapely.get_coordinates(shapely.line_interpolate_point(lines, at))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines, at + 1.0)) - shapely.get_coordinates(
        shapely.line_interpolate_point(lines, np.maximum(at - 1.0, 0.0))
    )
    size = np.hypot(ahead[:, 0], ahead[:, 1])
    ahead = ahead / np.where(size > 0, size, 1.0)[:, None]
    return middle, np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
