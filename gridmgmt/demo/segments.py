"""Road segments with codes and invented names, from the drawn streets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gridmgmt.demo.boundaries import FIRST_EDITION
from gridmgmt.demo.divisions import District
from gridmgmt.demo.streets import Street
from gridmgmt.roads.model import RoadClass, RoadSegment

SOURCE = "synthetic"


def name_segments(streets: Sequence[Street], districts: Sequence[District]) -> list[RoadSegment]:
    """Return one segment per street: R-<district>-<number>, named so that nobody takes the name for a real one.

    All stretches between the same two street offices (or communities) share a name; residential roads have none.
    """
    numbers: Counter[int] = Counter()
    names: dict[tuple[str, int, int], str] = {}
    segments = []
    for street in streets:
        numbers[street.district] += 1
        code = segment_code(districts[street.district].division.code, numbers[street.district])
        segments.append(RoadSegment(code, _name(street, names), street.road_class, street.line, SOURCE, FIRST_EDITION))
    return segments


def segment_code(district_code: str, number: int) -> str:
    """Return the code of a district's n-th segment."""
    return f"R-{district_code}-{number:05d}"


def _name(street: Street, names: dict[tuple[str, int, int], str]) -> str | None:
    if street.name or street.road_class is RoadClass.RESIDENTIAL:
        return street.name
    word = "演示支路" if street.road_class is RoadClass.TERTIARY else "演示干路"
    beside = street.sides if street.road_class is RoadClass.TERTIARY else street.offices
    key = (word, min(beside), max(beside))
    return names.setdefault(key, f"{word}{len(names) + 1}号")
