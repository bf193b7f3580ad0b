"""A track drawn from positions (pure): what counts, and where the line breaks."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import shapely
from shapely import MultiLineString

from gridmgmt.city.model import CityProfile
from gridmgmt.crs import WGS84, inside_envelope, to_storage_arrays
from gridmgmt.patrol.model import PatrolRules, TrackPoint

Stamped = tuple[float, float, float]  # seconds, easting, northing


def draw_track(points: Sequence[TrackPoint], rules: PatrolRules, profile: CityProfile) -> MultiLineString | None:
    """Return the line of a walk in the storage CRS, snapped, or None while no two points belong together.

    Points are taken in the order of their times, whatever the order in which they arrived; raw positions stay untouched.
    """
    pieces: list[list[Stamped]] = [[]]
    for here in _placed(points, rules, profile):
        if pieces[-1] and _breaks(pieces[-1][-1], here, rules):
            pieces.append([])
        pieces[-1].append(here)
    lines = [np.array([entry[1:] for entry in piece]) for piece in pieces if len(piece) > 1]
    drawn = [shapely.linestrings(line) for line in lines if len(np.unique(line, axis=0)) > 1]
    return MultiLineString(drawn) if drawn else None


def _placed(points: Sequence[TrackPoint], rules: PatrolRules, profile: CityProfile) -> list[Stamped]:
    accurate = [point for point in points if point.accuracy_m is None or point.accuracy_m <= rules.worst_accuracy_m]
    lon, lat = np.array([point.lon for point in accurate]), np.array([point.lat for point in accurate])
    inside = inside_envelope(lon, lat, WGS84, profile)
    x, y = to_storage_arrays(lon, lat, WGS84, profile.storage_srid)
    stamps = [point.at.timestamp() for point in accurate]
    ordered = sorted(entry for entry, here in zip(zip(stamps, x.tolist(), y.tolist(), strict=True), inside, strict=True) if here)
    return [group[0] for group in (list(same) for _, same in itertools.groupby(ordered, key=lambda entry: entry[0]))]


def _breaks(before: Stamped, here: Stamped, rules: PatrolRules) -> bool:
    seconds, metres = here[0] - before[0], float(np.hypot(here[1] - before[1], here[2] - before[2]))
    return seconds > rules.longest_gap_s or metres > rules.longest_gap_m or metres > rules.fastest_m_s * seconds
