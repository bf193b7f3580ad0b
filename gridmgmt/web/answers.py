"""How answers are written as JSON: labels in the asker's language, positions in EPSG:4326 with 7 decimals."""

from __future__ import annotations

import dataclasses
import gzip
import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from flask import Response, request

from gridmgmt import crs
from gridmgmt.labels import LabelledEnum
from gridmgmt.responsibility.explain import responsibility_json
from gridmgmt.responsibility.model import Responsibility
from gridmgmt.roads.model import RoadClass
from gridmgmt.web import language
from gridmgmt.web.door import profile
from gridmgmt.web.guard import principal

Feature = dict[str, Any]
Floats = npt.NDArray[np.float64]
DECIMALS = 7


def label(member: LabelledEnum) -> str:
    """Return a member's label in the language of this request."""
    return member.label(language.choose())


def lonlat(x: float, y: float, source: str | None = None) -> tuple[float, float]:
    """Return longitude and latitude of a point in the storage CRS or in ``source``."""
    lon, lat = crs.crs_to_crs(x, y, source or f"epsg:{profile().storage_srid}", crs.WGS84)
    return round(float(lon), DECIMALS), round(float(lat), DECIMALS)


def lonlats(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return longitude and latitude of points in the storage CRS."""
    x, y = np.array(points, dtype=np.float64).reshape(-1, 2).T
    lon, lat = crs.crs_to_crs(x, y, f"epsg:{profile().storage_srid}", crs.WGS84)
    return list(zip(lon.round(DECIMALS).tolist(), lat.round(DECIMALS).tolist(), strict=True))


def lonlat_box(bounds: Iterable[float]) -> tuple[float, float, float, float]:
    """Return west, south, east, north in degrees of bounds in the storage CRS."""
    west, south, east, north = bounds
    return (*lonlat(west, south), *lonlat(east, north))


def packed_answer(packed: bytes, content_type: str) -> Response:
    """Answer bytes packed by gzip as they are where that is understood, else unpacked."""
    response = Response(packed, content_type=content_type)
    if request.accept_encodings.quality("gzip") > 0:
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.set_data(gzip.decompress(packed))
    response.vary.add("Accept-Encoding")
    return response


def may_ring() -> bool:
    """Say whether the asker sees the numbers of road chiefs."""
    return principal().may("case.read")


def for_the_asker(found: Responsibility) -> Responsibility:
    """Return the answer without the road chief's number for who may not see cases: the public learns who answers, not how to ring."""
    if found.chief is None or may_ring():
        return found
    return dataclasses.replace(found, chief=dataclasses.replace(found.chief, phone=None))


def responsibility_body(found: Responsibility, point: tuple[float, float]) -> dict[str, Any]:
    """Return who answers for a point (storage CRS) as plain values, with labels in the language of this request."""
    lon, lat = lonlat(*point)
    body = responsibility_json(for_the_asker(found))
    body["point"] = {"lon": lon, "lat": lat, "x": point[0], "y": point[1], "srid": profile().storage_srid}
    body["labels"] = {"basis": label(found.basis), "levels": {level.value: label(level) for level in profile().levels}}
    if found.segment:
        body["labels"]["road_class"] = label(RoadClass(found.segment.road_class))
    return body


def point_feature(x: float, y: float, properties: dict[str, Any]) -> Feature:
    """Return a point of the storage CRS as a GeoJSON feature."""
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": list(lonlat(x, y))}, "properties": properties}


def shape_feature(shape: shapely.Geometry, properties: dict[str, Any]) -> Feature:
    """Return a shape of the storage CRS as a GeoJSON feature, rings wound as RFC 7946 asks."""
    turned = shapely.orient_polygons(shapely.transform(shape, _to_degrees))
    return {"type": "Feature", "geometry": json.loads(shapely.to_geojson(turned)), "properties": properties}


def _to_degrees(metres: Floats) -> Floats:
    lon, lat = crs.crs_to_crs(metres[:, 0], metres[:, 1], f"epsg:{profile().storage_srid}", crs.WGS84)
    return np.column_stack((lon, lat)).round(DECIMALS)


def feature_collection(features: Iterable[Feature]) -> dict[str, Any]:
    """Return features as a GeoJSON collection."""
    return {"type": "FeatureCollection", "features": list(features)}
