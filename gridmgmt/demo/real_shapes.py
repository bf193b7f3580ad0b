"""Real shapes from GeoJSON files (EPSG:4326, may be gzipped): communities and roads that take the place of drawn ones."""

from __future__ import annotations

import dataclasses
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape as geometry_of
from shapely.geometry.base import BaseGeometry

from gridmgmt.demo.divisions import to_storage_shape
from gridmgmt.errors import SourceError
from gridmgmt.ingest.road_classes import road_class_of
from gridmgmt.roads.model import RoadClass

NOTED_OVERLAP_M2 = 100.0


@dataclasses.dataclass(frozen=True)
class RealCommunity:
    """A real community polygon without a known name, in the storage CRS; ``number`` is the ``cid`` of the file."""

    number: int
    population: int | None
    shape: BaseGeometry


@dataclasses.dataclass(frozen=True)
class RealRoad:
    """A real road segment in the storage CRS; ``name`` is its road number where the file has one."""

    road_class: RoadClass
    line: shapely.LineString
    name: str | None


def read_communities(path: Path, storage_srid: int) -> tuple[list[RealCommunity], list[str]]:
    """Read community polygons by number, disjoint: where two overlap the smaller keeps the ground (equal: the lower number).

    Properties: ``cid`` (else the position), ``pop_total``. The second value says in words what was decided.
    """
    found, notes = [], []
    for position, feature in enumerate(_features(path)):
        shape = _polygons(to_storage_shape(geometry_of(feature["geometry"]), storage_srid))
        number = int(feature["properties"].get("cid", position))
        if shape.is_empty:
            notes.append(f"community {number} has no area and is left out")
            continue
        people = feature["properties"].get("pop_total")
        found.append(RealCommunity(number, int(people) if people is not None else None, shape))
    disjoint = _disjoint(sorted(found, key=lambda item: (item.shape.area, item.number)), notes)
    return sorted(disjoint, key=lambda item: item.number), notes


def read_roads(path: Path, storage_srid: int) -> list[RealRoad]:
    """Read road lines in the order of the file; ``fclass`` (or ``highway``) is the class, ``ref`` the road number."""
    roads = []
    for feature in _features(path):
        shape = to_storage_shape(geometry_of(feature["geometry"]), storage_srid)
        values = feature["properties"]
        road_class = road_class_of(values.get("fclass") or values.get("highway"))
        roads += [RealRoad(road_class, line, values.get("ref")) for line in shapely.get_parts(shape) if line.length > 0]
    return roads


def _features(path: Path) -> Iterator[dict[str, Any]]:
    try:
        raw = path.read_bytes()
        content = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
        yield from (feature for feature in content["features"] if feature.get("geometry"))
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        message = f"{path} is no GeoJSON file that can be read: {error}"
        raise SourceError(message, zh=f"{path} 不是可读的 GeoJSON 文件：{error}") from error


def _polygons(shape: BaseGeometry) -> BaseGeometry:
    valid = shape if shape.is_valid else shapely.make_valid(shape)
    parts = [part for part in shapely.get_parts(valid) if part.geom_type in {"Polygon", "MultiPolygon"}]
    return shapely.union_all(parts) if len(parts) != 1 else parts[0]


def _disjoint(smallest_first: list[RealCommunity], notes: list[str]) -> Iterator[RealCommunity]:
    shapes = np.array([item.shape for item in smallest_first], dtype=object)
    tree = shapely.STRtree(shapes)
    for position, item in enumerate(smallest_first):
        shape = item.shape
        for other in sorted(int(o) for o in tree.query(shape, predicate="intersects") if o < position):
            lost = float(shapely.intersection(shape, shapes[other]).area)
            if lost > 0:
                shape = _polygons(shapely.difference(shape, shapes[other]))
            if lost > NOTED_OVERLAP_M2:
                winner = smallest_first[other].number
                notes.append(
                    f"communities {winner} and {item.number} overlap by {lost / 1e6:.3f} km²: the ground goes to {winner}, the smaller"
                )
        if not shape.is_empty:
            yield dataclasses.replace(item, shape=shape)
