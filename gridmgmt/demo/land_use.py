"""Invented land use of unit grids (用地类别), so that densities by land use mean something: houses, shops, parks, works, fields."""

from __future__ import annotations

import zlib

TOWN_FROM = 2000.0  # people on a square kilometre
# Of a hundred communities so many are mostly of a kind; within each, two grids of five are of another.
TOWN = (("居住用地", 60), ("商业服务业设施用地", 18), ("公园绿地", 10), ("工业用地", 12))
COUNTRY = (("农林用地", 82), ("居住用地", 10), ("工业用地", 5), ("公园绿地", 3))
HUNDRED, FIVE, OTHERS = 100, 5, 2


def land_use_of(community: str, sequence: int, people_per_km2: float) -> str:
    """Return the land use of a unit grid, the same whenever it is drawn."""
    kinds = TOWN if people_per_km2 >= TOWN_FROM else COUNTRY
    alike = zlib.crc32(f"{community}{sequence}".encode()) % FIVE >= OTHERS
    lot = zlib.crc32(f"land {community}{'' if alike else sequence}".encode()) % HUNDRED
    for name, share in kinds:
        lot -= share
        if lot < 0:
            return name
    return kinds[0][0]
