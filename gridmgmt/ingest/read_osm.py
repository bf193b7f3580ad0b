"""OpenStreetMap extracts (PBF or XML): roads by class, public toilets, recycling points."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio.errors
import pyogrio.raw
import shapely

from gridmgmt.crs import WGS84
from gridmgmt.errors import SourceError
from gridmgmt.ingest.layer import Fault, FaultKind, SourceLayer
from gridmgmt.ingest.read_vector import shapes_from_wkb
from gridmgmt.ingest.road_classes import NO_ROADS, road_class_of
from gridmgmt.ingest.road_pieces import RoadPiece, pieces_between_junctions
from gridmgmt.labels import Words

Bbox = tuple[float, float, float, float]
# Which tags GDAL's OSM driver hands on as columns; ways of these closed are areas, every other one stays a line.
CONFIGURATION = """closed_ways_are_polygons=amenity,building
attribute_name_laundering=no
[points]
osm_id=yes
attributes=name,amenity,operator,wheelchair,opening_hours
[lines]
osm_id=yes
attributes=name,highway,ref,area
[multipolygons]
osm_id=yes
attributes=name,amenity,operator,wheelchair,opening_hours
[multilinestrings]
osm_id=yes
[other_relations]
osm_id=yes
"""
PLACE_FIELDS = ("name", "amenity", "operator", "wheelchair", "opening_hours")
AMENITIES = {"toilets": ("toilets",), "recycling": ("recycling", "waste_transfer_station")}
ATTRIBUTION = Words("© OpenStreetMap contributors, ODbL 1.0", zh="© OpenStreetMap 贡献者，ODbL 1.0")


def read_osm(path: Path, *, themes: Sequence[str] = ("roads", "toilets", "recycling"), bbox: Bbox | None = None) -> dict[str, SourceLayer]:
    """Read the themes wanted, in WGS 84; ``bbox`` (west, south, east, north in degrees) keeps what touches it.

    ``roads``: code, name, ref, road_class, osm_ids (of every way joined); cut at junctions, joined where neither name nor class nor ref
    changes. ``toilets``, ``recycling``: points (areas by a point inside them) with code, name, amenity, operator, wheelchair,
    opening_hours. Raises SourceError for an unknown theme or a file that is no OSM extract.
    """
    return {theme: read_osm_theme(path, theme, bbox=bbox) for theme in themes}


def read_osm_theme(path: Path, theme: str, *, bbox: Bbox | None = None) -> SourceLayer:
    """Read one theme; see ``read_osm``."""
    readers: Mapping[str, Callable[[], SourceLayer]] = {
        "roads": lambda: _read_roads(path, bbox),
        **{name: (lambda values=values: _read_places(path, values, bbox)) for name, values in AMENITIES.items()},  # type: ignore[misc]
    }
    if theme not in readers:
        message = f"{theme!r} is no theme of an OSM extract; there are: {', '.join(readers)}"
        raise SourceError(message, zh=f"OSM 文件没有主题 {theme!r}；可用：{'、'.join(readers)}")
    return readers[theme]()


def _read_roads(path: Path, bbox: Bbox | None) -> SourceLayer:
    columns, wkb = _rows(path, "lines", "highway IS NOT NULL", bbox)
    shapes, faults = shapes_from_wkb(wkb, np.arange(1, len(wkb) + 1))
    rows = [
        (shape, {name: columns[name][index] for name in ("osm_id", "name", "highway", "ref")})
        for index, shape in enumerate(shapes)
        if shape is not None and columns["highway"][index] not in NO_ROADS and columns["area"][index] != "yes"
    ]
    tags = [row for _, row in rows]
    keys = [(row["name"], road_class_of(row["highway"]), row["ref"]) for row in tags]
    pieces = pieces_between_junctions([shape for shape, _ in rows], keys)
    attributes = pd.DataFrame(_road_rows(pieces, tags), columns=["code", "name", "ref", "road_class", "osm_ids"], dtype=object)
    lines = np.array([piece.line for piece in pieces], dtype=object)
    note = Words(
        f"{len(rows)} ways became {len(pieces)} segments between junctions",
        zh=f"由 {len(rows)} 条道路切分、合并为 {len(pieces)} 个路段（以路口为界）",
    )
    unreadable = tuple(_way_fault(fault, columns["osm_id"][fault.feature - 1]) for fault in faults)
    return SourceLayer(path, WGS84, np.arange(1, len(pieces) + 1), attributes, lines, unreadable, (ATTRIBUTION, note))


def _way_fault(fault: Fault, way: object) -> Fault:
    return Fault(0, None, fault.kind, Words(f"way {way}: {fault.reason}", zh=f"道路 {way}：{fault.reason.zh}"), blocking=False)


def _road_rows(pieces: Sequence[RoadPiece], tags: Sequence[Mapping[str, object]]) -> list[tuple[object, ...]]:
    """Name each piece by its first way and a number counted along the file, the same on every reading."""
    rows, counts = list[tuple[object, ...]](), dict[object, int]()
    for piece in pieces:
        first = tags[piece.sources[0]]
        counts[first["osm_id"]] = counts.get(first["osm_id"], 0) + 1
        code = f"W{first['osm_id']}-{counts[first['osm_id']]}"
        ways = ";".join(str(tags[source]["osm_id"]) for source in piece.sources)
        rows.append((code, first["name"], first["ref"], road_class_of(first["highway"]).value, ways))
    return rows


def _read_places(path: Path, amenities: Sequence[str], bbox: Bbox | None) -> SourceLayer:
    quoted = ", ".join(f"'{value}'" for value in amenities)
    shapes, rows, faults = list[shapely.Geometry | None](), list[tuple[object, ...]](), list[Fault]()
    for layer in ("points", "multipolygons"):
        columns, wkb = _rows(path, layer, f"amenity IN ({quoted})", bbox)
        for index, shape in enumerate(shapely.from_wkb(wkb, on_invalid="ignore")):
            code = _place_code(columns, layer, index)
            usable = shape is not None and not bool(shapely.is_empty(shape))
            if not usable:
                faults.append(Fault(len(rows) + 1, code, FaultKind.UNREADABLE, Words("the outline cannot be built", zh="轮廓无法构成面")))
            shapes.append((shape if layer == "points" else shapely.point_on_surface(shape)) if usable else None)
            rows.append((code, *(columns[name][index] for name in PLACE_FIELDS)))
    attributes = pd.DataFrame(rows, columns=["code", *PLACE_FIELDS], dtype=object)
    points = np.empty(len(shapes), dtype=object)
    points[:] = shapes
    return SourceLayer(path, WGS84, np.arange(1, len(rows) + 1), attributes, points, tuple(faults), (ATTRIBUTION,))


def _place_code(columns: Mapping[str, Sequence[object]], layer: str, index: int) -> str:
    if layer == "points":
        return f"N{columns['osm_id'][index]}"
    way = columns["osm_way_id"][index]
    return f"W{way}" if way else f"R{columns['osm_id'][index]}"


def _rows(
    path: Path, layer: str, where: str, bbox: Bbox | None
) -> tuple[dict[str, Sequence[object]], np.ndarray[tuple[int], np.dtype[np.object_]]]:
    """Read the rows of one layer of GDAL's OSM driver; the driver streams, so the file may be far larger than memory."""
    source = f"/vsigzip/{path}" if path.suffix == ".gz" else str(path)
    with tempfile.TemporaryDirectory(prefix="gridmgmt-") as folder:
        configuration = Path(folder) / "osm.ini"
        configuration.write_text(CONFIGURATION, encoding="ascii")
        try:
            meta, _, wkb, values = pyogrio.raw.read(
                source, layer=layer, where=where, bbox=bbox, force_2d=True, CONFIG_FILE=str(configuration)
            )
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as error:
            message = f"{path.name} is no OSM extract: {error}"
            raise SourceError(message, zh=f"{path.name} 不是有效的 OSM 文件：{error}") from None
    return dict(zip(meta["fields"], values, strict=True)), wkb
