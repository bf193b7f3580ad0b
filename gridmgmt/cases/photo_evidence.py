"""How far from the reported place a photo was taken, by what its camera wrote."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from gridmgmt import crs
from gridmgmt.cases.model import IncidentReport
from gridmgmt.cases.photo_model import CasePhoto

EARTH_RADIUS_M = 6_371_008.8


def with_distances(photos: Sequence[CasePhoto], report: IncidentReport) -> list[CasePhoto]:
    """Return the photos, each with its distance in metres to the reported point where its camera wrote a position."""
    lon, lat = (float(value) for value in crs.crs_to_crs(report.x, report.y, report.crs, crs.WGS84))
    return [dataclasses.replace(photo, distance_m=_distance_m(photo, lon, lat)) for photo in photos]


def _distance_m(photo: CasePhoto, lon: float, lat: float) -> float | None:
    if photo.evidence.lon is None or photo.evidence.lat is None:
        return None
    return great_circle_m((photo.evidence.lon, photo.evidence.lat), (lon, lat))


def great_circle_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance in metres between two points (longitude, latitude) on a sphere: 0.6 % off at most, also for absurd positions."""
    (lon1, lat1), (lon2, lat2) = (tuple(math.radians(value) for value in place) for place in (one, other))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))
