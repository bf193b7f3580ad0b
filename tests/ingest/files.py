"""Writers of fixture files: one small layer in any format, encoding and coordinate system."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import osmium
import osmium.osm.mutable as osm
import pandas as pd
import shapely

from gridmgmt.crs import BD09, GCJ02, WGS84, crs_to_crs
from gridmgmt.ingest.layer import SourceLayer
from gridmgmt.ingest.read_layer import read_layer


def polygon(x: float, y: float, size: float = 0.01) -> list[list[list[float]]]:
    """Return the coordinates of a square with its south-west corner at x, y (degrees)."""
    return [[[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]]


def feature(geometry: object, **properties: object) -> dict[str, object]:
    """Return a GeoJSON feature."""
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def write_geojson(path: Path, features: Sequence[object], **members: object) -> Path:
    """Write a FeatureCollection."""
    path.write_text(json.dumps({"type": "FeatureCollection", **members, "features": list(features)}, ensure_ascii=False), encoding="utf-8")
    return path


def write_workbook(path: Path, rows: Sequence[Sequence[object]], merges: Sequence[str] = (), sheet: str = "Sheet1") -> Path:
    """Write one sheet."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = sheet
    for row in rows:
        page.append(list(row))
    for merge in merges:
        page.merge_cells(merge)
    book.save(path)
    return path


def in_crs(shapes: Sequence[shapely.Geometry], crs: str) -> list[shapely.Geometry]:
    """Convert WGS 84 shapes, vertex by vertex."""
    return list(shapely.transform(np.array(shapes, dtype=object), lambda xy: np.column_stack(crs_to_crs(xy[:, 0], xy[:, 1], "wgs84", crs))))


def frame(columns: Mapping[str, Sequence[object]], shapes: Sequence[shapely.Geometry], crs: str) -> gpd.GeoDataFrame:
    """Return a frame of WGS 84 shapes in another system; GCJ-02 and BD-09 go out called WGS 84, as such files do."""
    epsg = "EPSG:4326" if crs in {GCJ02, BD09, WGS84} else crs.upper()
    return gpd.GeoDataFrame(pd.DataFrame(columns), geometry=in_crs(shapes, crs), crs=epsg)


def write_shapefile(path: Path, layer: gpd.GeoDataFrame, encoding: str, *, cpg: bool) -> Path:
    """Write a shapefile; without ``cpg`` nothing says which encoding it has."""
    layer.to_file(path, driver="ESRI Shapefile", encoding=encoding)
    if not cpg:
        path.with_suffix(".cpg").unlink()
        data = bytearray(path.with_suffix(".dbf").read_bytes())
        data[29] = 0
        path.with_suffix(".dbf").write_bytes(bytes(data))
    return path


class _OldZipInfo(zipfile.ZipInfo):
    """A zip member whose name is written in GBK without saying so, as older tools do."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - the name zipfile calls
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def zip_shapefile(path: Path, target: Path, *, inside: str = "", gbk_names: bool = False) -> Path:
    """Zip a shapefile under a folder ``inside``."""
    kind = _OldZipInfo if gbk_names else zipfile.ZipInfo
    with zipfile.ZipFile(target, "w") as archive:
        for part in sorted(path.parent.glob(f"{path.stem}.*")):
            archive.writestr(kind(f"{inside}{part.name}"), part.read_bytes())
    return target


def write_osm(
    path: Path, nodes: Sequence[tuple[int, float, float, Mapping[str, str]]], ways: Sequence[tuple[int, Sequence[int], Mapping[str, str]]]
) -> Path:
    """Write an OSM file; the suffix says whether XML or PBF."""
    with osmium.SimpleWriter(str(path)) as writer:
        for number, lon, lat, tags in nodes:
            writer.add_node(osm.Node(id=number, version=1, location=(lon, lat), tags=dict(tags)))
        for number, members, tags in ways:
            writer.add_way(osm.Way(id=number, version=1, nodes=list(members), tags=dict(tags)))
    return path


def take(layer: SourceLayer, indices: Sequence[int] | np.ndarray[tuple[int], np.dtype[np.int64]]) -> SourceLayer:
    """Return some of a layer's features, without its faults."""
    chosen = np.asarray(indices, dtype=np.int64)
    return dataclasses.replace(
        layer,
        shapes=layer.shapes[chosen],
        numbers=layer.numbers[chosen],
        attributes=layer.attributes.iloc[chosen].reset_index(drop=True),
        faults=(),
    )


def real_layer(shared_data: Path, name: str, every: int = 1) -> SourceLayer:
    """Return every n-th valid feature of a real layer beside the project (WGS 84)."""
    layer = read_layer(shared_data / f"{name}.geojson.gz")
    return take(layer, np.flatnonzero(shapely.is_valid(layer.shapes))[::every])
