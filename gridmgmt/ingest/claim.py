"""Whether a layer lies where its claimed CRS says, or fits better read as GCJ-02, BD-09, with swapped axes, or shifted."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import shapely

from gridmgmt.city.model import CityProfile
from gridmgmt.crs import BD09, GCJ02, WGS84, crs_to_crs, inside_envelope
from gridmgmt.ingest.claim_evidence import Evidence, Floats, gather_evidence
from gridmgmt.ingest.claim_parents import Cover, Parents, find_parents, representative_points
from gridmgmt.ingest.claim_shift import best_shift
from gridmgmt.ingest.claim_words import Reading, ReadingKind, describe
from gridmgmt.ingest.layer import SourceLayer
from gridmgmt.ingest.place import NOWHERE_M, Shapes, source_crs, to_storage_shapes

NAMED = {WGS84: ReadingKind.WGS84, GCJ02: ReadingKind.GCJ02, BD09: ReadingKind.BD09}
# A reading is found when its linework lies this many spreads nearer than far-off placements, and is better than the claim by as much
# again as chance gives; a shift was searched for, so chance had more tries.
FOUND, FOUND_SHIFT, BETTER = 4.0, 7.0, 4.0
LOST_SHARE = 0.15  # of the fit, lost as claimed; layers that are right lose less than 0.09 of it on the real data
LEAST_SHIFT_M = 10.0
MOSTLY = 0.5


@dataclasses.dataclass(frozen=True)
class Reference:
    """What is stored already, in the storage CRS: areas by code, their names by code where known, road lines."""

    areas: Mapping[str, shapely.Geometry] = dataclasses.field(default_factory=dict)
    roads: Sequence[shapely.Geometry] = ()
    names: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Claim:
    """The outcome: ``readings`` holds every reading that was measured (the claimed one first), ``best`` the one that fits best.

    ``suspicious`` says that another reading fits clearly better; ``compared`` that there was anything to compare with.
    """

    crs: str
    readings: tuple[Reading, ...]
    best: Reading
    suspicious: bool
    compared: bool
    verdict: str
    verdict_zh: str


def check_claim(
    layer: SourceLayer,
    *,
    crs: str | None,
    reference: Reference,
    profile: CityProfile,
    shift: tuple[float, float] = (0.0, 0.0),
    swap: bool = False,
) -> Claim:
    """Measure how the layer (as read) fits what is stored under its claimed CRS and under every other likely reading.

    Raises InvalidInputError where neither the file nor ``crs`` names one. Distances are metres in the storage CRS.
    """
    claimed, storage = source_crs(layer, crs), f"epsg:{profile.storage_srid}"
    shapes = to_storage_shapes(layer.shapes, claimed, storage, shift=shift, swap=swap)
    points = representative_points(shapes)
    points = points[~np.asarray(shapely.is_missing(shapes))]
    if not len(points):
        reading = Reading(ReadingKind.CLAIMED, claimed)
        return Claim(claimed, (reading,), reading, False, False, *describe(reading, reading, suspicious=False, compared=False))
    inside = _share_inside(points, storage, profile)
    if inside < MOSTLY:
        return _outside(layer, claimed, storage, profile, inside, swap=swap)
    good = ~np.asarray(shapely.is_missing(shapes)) & _somewhere(shapes)
    kept = dataclasses.replace(
        layer, shapes=shapes[good], numbers=layer.numbers[good], attributes=layer.attributes[good].reset_index(drop=True)
    )
    return _compare(kept, claimed, storage, reference, inside)


def _compare(layer: SourceLayer, claimed: str, storage: str, reference: Reference, inside: float) -> Claim:
    """Compare readings; ``layer`` is in the storage CRS as claimed."""
    evidence = gather_evidence(layer, list(reference.areas.values()), reference.roads)
    parents = find_parents(layer, reference.areas, reference.names) if reference.areas else None
    cover = Cover(representative_points(layer.shapes), list(reference.areas.values())) if reference.areas else None
    degrees = claimed if claimed in NAMED else WGS84
    base = Reading(ReadingKind.CLAIMED, claimed, inside_share=inside)
    readings = [base, *(Reading(kind, name) for name, kind in NAMED.items() if name != degrees)]
    measured = [_measure(reading, evidence, (parents, cover), degrees, storage) for reading in readings]
    for each in evidence:
        east, north = best_shift(each)
        if np.hypot(east, north) >= LEAST_SHIFT_M:
            shifted = Reading(ReadingKind.SHIFTED, claimed, shift=(round(east, 1), round(north, 1)))
            measured.append(_measure(shifted, evidence, (parents, cover), degrees, storage))
    best = _best(measured, evidence)
    suspicious, compared = best is not measured[0], bool(evidence) or bool(reference.areas)
    verdict, verdict_zh = describe(measured[0], best, suspicious=suspicious, compared=compared)
    return Claim(claimed, tuple(measured), best, suspicious, compared, verdict, verdict_zh)


def _measure(
    reading: Reading, evidence: Sequence[Evidence], areas: tuple[Parents | None, Cover | None], degrees: str, storage: str
) -> Reading:
    """Fill in the figures of a reading."""
    parents, cover = areas
    strengths, medians, lost = {}, {}, {}
    for each in evidence:
        moved = (
            _to_reading(each.samples, reading, degrees, storage)
            if each.of_layer
            else _from_reading(each.samples, reading, degrees, storage)
        )
        distances = each.distances(moved)
        strengths[each.kind] = float(each.strengths(distances)[:2].max())
        medians[each.kind] = float(np.median(distances))
        lost[each.kind] = distances
    named = parents.inside(_to_reading(parents.points, reading, degrees, storage)) if parents else None
    return dataclasses.replace(
        reading,
        strengths=strengths,
        covered_share=cover.share(_to_reading(cover.points, reading, degrees, storage)) if cover else None,
        median_distance_m=medians,
        parent_share=float(named.mean()) if named is not None else None,
        parent_column=parents.column if parents else None,
        distances=lost,
        in_parent=named,
    )


def _best(readings: Sequence[Reading], evidence: Sequence[Evidence]) -> Reading:
    """Return the reading that fits clearly better than the claimed one, the simplest such, or the claimed one."""
    claimed = readings[0]
    better = [reading for reading in readings[1:] if _is_better(reading, claimed, evidence)]
    if not better:
        return claimed
    top = max(_total(reading, claimed) for reading in better)
    # A named system explains as much as a shift found by search: take it, for a shift would hide how the offset varies over the city.
    return next(
        (reading for reading in better if reading.kind is not ReadingKind.SHIFTED and _total(reading, claimed) >= 0.7 * top), None
    ) or max(better, key=lambda reading: _total(reading, claimed))


def _total(reading: Reading, claimed: Reading) -> float:
    return sum(reading.strengths[kind] - claimed.strengths[kind] for kind in reading.strengths) + _parent_strength(reading, claimed)


def _is_better(reading: Reading, claimed: Reading, evidence: Sequence[Evidence]) -> bool:
    found = FOUND_SHIFT if reading.kind is ReadingKind.SHIFTED else FOUND
    gains = [_gain(each, reading, claimed, found) for each in evidence]
    parent = _parent_strength(reading, claimed)
    if reading.kind is not ReadingKind.SHIFTED and parent >= BETTER:
        gains.append(True)
    contradicted = any(claimed.strengths[each.kind] - reading.strengths[each.kind] >= BETTER for each in evidence) or parent <= -BETTER
    return any(gains) and not contradicted


def _gain(each: Evidence, reading: Reading, claimed: Reading, found: float) -> bool:
    strength, before = reading.strengths[each.kind], claimed.strengths[each.kind]
    return strength >= found and strength - before >= max(BETTER, LOST_SHARE * strength)


def _parent_strength(reading: Reading, claimed: Reading) -> float:
    """Return how surely more features lie in the area they name: the difference of the two kinds of disagreement over its spread."""
    if reading.in_parent is None or claimed.in_parent is None:
        return 0.0
    gained, lost = int((reading.in_parent & ~claimed.in_parent).sum()), int((claimed.in_parent & ~reading.in_parent).sum())
    return float((gained - lost) / np.sqrt(gained + lost + 1))


def _to_reading(points: Floats, reading: Reading, degrees: str, storage: str) -> Floats:
    """Move points of the layer from where the claim puts them to where a reading puts them."""
    if reading.kind is ReadingKind.CLAIMED:
        return points
    if reading.kind is ReadingKind.SHIFTED:
        return np.asarray(points + np.array(reading.shift))
    x, y = crs_to_crs(points[:, 0], points[:, 1], storage, degrees)
    return np.column_stack(crs_to_crs(x, y, reading.crs, storage))


def _from_reading(points: Floats, reading: Reading, degrees: str, storage: str) -> Floats:
    """Move true places to where the claim puts a layer that a reading would put there: the inverse of ``_to_reading``."""
    if reading.kind is ReadingKind.CLAIMED:
        return points
    if reading.kind is ReadingKind.SHIFTED:
        return np.asarray(points - np.array(reading.shift))
    x, y = crs_to_crs(points[:, 0], points[:, 1], storage, reading.crs)
    return np.column_stack(crs_to_crs(x, y, degrees, storage))


def _outside(layer: SourceLayer, claimed: str, storage: str, profile: CityProfile, inside: float, *, swap: bool) -> Claim:
    """Most of the layer lies outside the envelope: look for a reading that brings it in."""
    base = Reading(ReadingKind.CLAIMED, claimed, inside_share=inside)
    tried = [Reading(ReadingKind.SWAPPED, claimed), Reading(ReadingKind.STORAGE, storage), Reading(ReadingKind.WGS84, WGS84)]
    readings = [base]
    for reading in tried:
        axes = swap != (reading.kind is ReadingKind.SWAPPED)
        points = representative_points(to_storage_shapes(layer.shapes, reading.crs, storage, swap=axes))
        share = _share_inside(points[~np.asarray(shapely.is_missing(layer.shapes))], storage, profile)
        readings.append(dataclasses.replace(reading, inside_share=share))
    best = max(readings, key=lambda reading: reading.inside_share or 0.0)
    best = best if (best.inside_share or 0.0) > MOSTLY else base
    verdict, verdict_zh = describe(base, best, suspicious=True, compared=True)
    return Claim(claimed, tuple(readings), best, True, True, verdict, verdict_zh)


def _share_inside(points: Floats, storage: str, profile: CityProfile) -> float:
    return float(inside_envelope(points[:, 0], points[:, 1], storage, profile).mean()) if len(points) else 0.0


def _somewhere(shapes: Shapes) -> npt.NDArray[np.bool_]:
    """Say for each shape whether all of it could be converted."""
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    somewhere = np.ones(len(shapes), dtype=bool)
    somewhere[owner[(coordinates >= NOWHERE_M).any(axis=1)]] = False
    return somewhere
