"""How layers look: the one place for colours, used by the map and by its legend."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping

from gridmgmt.city.model import Level
from gridmgmt.facilities.model import FacilityKind
from gridmgmt.roads.model import RoadClass


@dataclasses.dataclass(frozen=True)
class Line:
    """Colour and width (pixels at zoom 14) of a line, with a dash pattern where it has one."""

    color: str
    weight: float
    dash: str | None = None


AREA_LINES: Mapping[Level, Line] = {
    Level.DISTRICT: Line("#7a2048", 2.6),
    Level.STREET_OFFICE: Line("#8e5572", 1.6, "7 4"),
    Level.COMMUNITY: Line("#6d7f99", 1.2, "3 3"),
    Level.UNIT_GRID: Line("#8b97a8", 0.8),
}
ROAD_LINES: Mapping[RoadClass, Line] = {
    RoadClass.MOTORWAY: Line("#b5442a", 3.6),
    RoadClass.TRUNK: Line("#cf7a2b", 3.2),
    RoadClass.PRIMARY: Line("#d9a441", 2.8),
    RoadClass.SECONDARY: Line("#b79f5c", 2.2),
    RoadClass.TERTIARY: Line("#9aa0a6", 1.6),
    RoadClass.RESIDENTIAL: Line("#b4b9bf", 1.2),
    RoadClass.SERVICE: Line("#c6cacf", 1.0),
    RoadClass.FOOTWAY: Line("#b9c2b0", 1.0, "2 3"),
    RoadClass.OTHER: Line("#c6cacf", 1.0),
}
FACILITY_COLORS: Mapping[FacilityKind, str] = {
    FacilityKind.TOILET: "#1668a8",
    FacilityKind.TRANSFER_STATION: "#6b4fa0",
    FacilityKind.COLLECTION_HOUSE: "#2c7a4b",
    FacilityKind.DEMOLITION_SITE: "#8a5a12",
}
INCIDENT_COLOR = "#c0262d"
SPOT_COLORS = ("#fdd49e", "#fdbb84", "#fc8d59", "#e34a33", "#990000")  # from few cases to many
COVERED, UNCOVERED = "#2a8a5a", "#d3542f"
SHARE_STYLE = "gridmgmtShareStyle"  # defined by the page's coverage_style.js from the page's figures


def area_style(level: Level) -> str:
    """Return the drawing options of a level as JavaScript."""
    line = AREA_LINES[level]
    options = {"color": line.color, "weight": line.weight, "opacity": 0.9, "fill": False}
    if line.dash:
        options["dashArray"] = line.dash
    return json.dumps(options)


def road_style() -> str:
    """Return a JavaScript function that draws a segment by its class, thinner when the map is far away."""
    lines = {road_class.value: [line.color, line.weight, line.dash] for road_class, line in ROAD_LINES.items()}
    return (
        f"function (p, zoom) {{ var s = {json.dumps(lines)}[p.road_class] || ['#c6cacf', 1, null];"
        " var k = zoom < 12 ? 0.5 : zoom < 14 ? 0.75 : zoom < 16 ? 1 : 1.6;"
        " return {color: s[0], weight: s[1] * k, opacity: 0.95, dashArray: s[2]}; }"
    )


def coverage_style() -> str:
    """Return a JavaScript function that fills a unit grid by its mark: covered or not (never by colour alone: legend and table say it too)."""
    return (
        "function (p) { return {fill: true, stroke: true, weight: 0.6, opacity: 0.7, "
        f"color: p.marked ? '{COVERED}' : '{UNCOVERED}', fillColor: p.marked ? '{COVERED}' : '{UNCOVERED}',"
        " fillOpacity: p.marked ? 0.22 : 0.5}; }"
    )
