"""Small layers to import, drawn beside the toy city; coordinates in its storage CRS."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gridmgmt.crs import crs_to_crs
from gridmgmt.hierarchy.model import Area
from gridmgmt.ingest.layer import SourceLayer
from gridmgmt.roads.model import RoadSegment

STORAGE = "epsg:4547"


def layer_of(areas: Sequence[Area]) -> SourceLayer:
    """Return areas as a source would hold them: mapped and placed."""
    columns = {"code": [a.code for a in areas], "name": [a.name for a in areas], "parent_code": [a.parent_code for a in areas]}
    attributes = pd.DataFrame(columns, dtype=object)
    return layer([a.shape for a in areas], attributes)


def layer(shapes: Sequence[shapely.Geometry | None], attributes: pd.DataFrame) -> SourceLayer:
    """Return shapes and attributes as a placed layer."""
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return SourceLayer(Path("layer.geojson"), STORAGE, np.arange(1, len(shapes) + 1), attributes, array)


def write_areas(path: Path, areas: Sequence[Area], *, crs: str = STORAGE) -> Path:
    """Write areas as GeoJSON in a CRS that the file does not name."""
    properties = [{"code": area.code, "name": area.name, "parent_code": area.parent_code} for area in areas]
    return write_geojson(path, [area.shape for area in areas], properties, crs=crs)


def write_segments(path: Path, segments: Sequence[RoadSegment]) -> Path:
    """Write road segments as GeoJSON."""
    properties = [{"code": each.code, "name": each.name, "fclass": each.road_class.value} for each in segments]
    return write_geojson(path, [each.line for each in segments], properties)


def write_geojson(
    path: Path, shapes: Sequence[shapely.Geometry | None], properties: Sequence[dict[str, Any]], *, crs: str = STORAGE
) -> Path:
    """Write shapes given in the storage CRS as GeoJSON in another."""

    def convert(xy: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.column_stack(crs_to_crs(xy[:, 0], xy[:, 1], STORAGE, crs))

    features = [
        {
            "type": "Feature",
            "properties": values,
            "geometry": json.loads(shapely.to_geojson(shapely.transform(shape, convert))) if shape is not None else None,
        }
        for shape, values in zip(shapes, properties, strict=True)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), encoding="utf-8")
    return path
