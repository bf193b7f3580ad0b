"""What the city gives a planner: the finest areas with their people above them, and the roads. Plain values, no database."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import shapely

from gridmgmt.roads.model import RoadClass

Shapes = npt.NDArray[np.object_]
Strings = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
NOWHERE = -1
# What land under water is called in GB 50137 (E1, H9) and by offices.
WATER = ("E1", "水域", "水体", "湖泊", "河流", "water")


@dataclasses.dataclass(frozen=True)
class Ground:
    """The finest areas by code (normally unit grids), each with the codes above it, and the road segments.

    ``people``: by community position; ``community``: position of each area's community in ``communities``. Storage CRS, metres.
    """

    code: Strings
    shape: Shapes
    land_use: Strings
    community: Integers
    street_office: Strings
    district: Strings
    communities: Strings
    people: Integers
    road_code: Strings
    road_class: Strings
    road_line: Shapes

    @property
    def is_water(self) -> Flags:
        """Return which areas lie under water by their land use."""
        return np.array([any(word in str(use).lower() for word in map(str.lower, WATER)) for use in self.land_use], np.bool_)

    def area_at(self, xy: Floats) -> Integers:
        """Return the position of the area each point lies in, borders included, the lowest code of several; NOWHERE outside all."""
        found = np.full(len(xy), len(self.code), np.int64)
        known = np.flatnonzero(~shapely.is_missing(self.shape))
        area, point = shapely.STRtree(np.asarray(shapely.points(xy))).query(self.shape[known], predicate="intersects")
        np.minimum.at(found, point, known[area])
        return np.where(found == len(self.code), NOWHERE, found)


# How many people live along a metre of road, in tenths; a local setting: nobody lives on a motorway.
PEOPLE_ALONG = {
    RoadClass.MOTORWAY: 0, RoadClass.TRUNK: 1, RoadClass.PRIMARY: 5, RoadClass.SECONDARY: 7, RoadClass.TERTIARY: 10,
    RoadClass.RESIDENTIAL: 10, RoadClass.SERVICE: 5, RoadClass.FOOTWAY: 5, RoadClass.OTHER: 5,
}  # fmt: skip
# Metres from the middle of the road to the frontage; a local setting.
SETBACK_M = {
    RoadClass.MOTORWAY: 40.0, RoadClass.TRUNK: 30.0, RoadClass.PRIMARY: 25.0, RoadClass.SECONDARY: 18.0, RoadClass.TERTIARY: 12.0,
    RoadClass.RESIDENTIAL: 8.0, RoadClass.SERVICE: 6.0, RoadClass.FOOTWAY: 4.0, RoadClass.OTHER: 10.0,
}  # fmt: skip
# Where something may be built at the roadside.
BUILDABLE = (RoadClass.PRIMARY, RoadClass.SECONDARY, RoadClass.TERTIARY, RoadClass.RESIDENTIAL, RoadClass.SERVICE, RoadClass.OTHER)
