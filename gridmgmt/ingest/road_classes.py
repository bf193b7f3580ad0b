"""Which class of road a source means: OpenStreetMap's highway values and Chinese names of classes."""

from __future__ import annotations

from gridmgmt.roads.model import RoadClass

HIGHWAYS = {
    "motorway": RoadClass.MOTORWAY, "trunk": RoadClass.TRUNK, "primary": RoadClass.PRIMARY, "secondary": RoadClass.SECONDARY,
    "tertiary": RoadClass.TERTIARY, "residential": RoadClass.RESIDENTIAL, "living_street": RoadClass.RESIDENTIAL,
    "unclassified": RoadClass.TERTIARY, "service": RoadClass.SERVICE, "track": RoadClass.SERVICE, "busway": RoadClass.SERVICE,
    "footway": RoadClass.FOOTWAY, "pedestrian": RoadClass.FOOTWAY, "path": RoadClass.FOOTWAY, "steps": RoadClass.FOOTWAY,
    "cycleway": RoadClass.FOOTWAY, "bridleway": RoadClass.FOOTWAY, "corridor": RoadClass.FOOTWAY,
}  # fmt: skip
# Not (yet) a road anybody is responsible for.
NO_ROADS = frozenset(
    {"construction", "proposed", "abandoned", "razed", "platform", "elevator", "bus_stop", "rest_area", "services", "raceway"}
)
CHINESE = {road_class.zh: road_class for road_class in RoadClass} | {
    "高速": RoadClass.MOTORWAY, "快速": RoadClass.TRUNK, "城市快速路": RoadClass.TRUNK, "主干道": RoadClass.PRIMARY, "主干": RoadClass.PRIMARY,
    "城市主干路": RoadClass.PRIMARY, "次干道": RoadClass.SECONDARY, "次干": RoadClass.SECONDARY, "城市次干路": RoadClass.SECONDARY,
    "支道": RoadClass.TERTIARY, "城市支路": RoadClass.TERTIARY, "街坊道路": RoadClass.RESIDENTIAL, "小区道路": RoadClass.RESIDENTIAL,
    "背街小巷": RoadClass.RESIDENTIAL, "巷道": RoadClass.RESIDENTIAL, "人行道": RoadClass.FOOTWAY,
}  # fmt: skip


def road_class_of(text: object) -> RoadClass:
    """Return the class of a highway value (``primary_link`` is a primary road), of a stored value or of a Chinese name; OTHER where unknown."""
    name = str(text).strip().lower().split(";")[0]
    return HIGHWAYS.get(name.removesuffix("_link")) or CHINESE.get(name) or RoadClass.OTHER
