"""The map of the whole city."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from gridmgmt.maps import styles
from gridmgmt.roads.model import RoadClass
from gridmgmt.web import api
from gridmgmt.web.door import profile
from gridmgmt.web.guard import needs
from gridmgmt.web.params import query, text_of
from gridmgmt.web.shells import city_box, city_shell
from gridmgmt.web.texts import script_texts

pages = Blueprint("city_map", __name__)


@pages.get("/map")
@needs("map.read")
def get_map() -> ResponseReturnValue:
    """Show the whole city; ``?q=`` searches without a script."""
    words = text_of(query(), "q", longest=80)
    data = {
        "facilityColors": {kind.value: color for kind, color in styles.FACILITY_COLORS.items()},
        "incidentColor": styles.INCIDENT_COLOR,
        "box": city_box(),
        "texts": script_texts(),
    }
    return render_template(
        "map.html",
        city=profile(),
        shell=city_shell(),
        data=data,
        words=words,
        results=api.search(words) if words else None,
        area_lines=[(level, styles.AREA_LINES[level]) for level in profile().levels],
        road_lines=[(road_class, styles.ROAD_LINES[road_class]) for road_class in RoadClass if road_class != RoadClass.OTHER],
        facility_colors=list(styles.FACILITY_COLORS.items()),
        incident_color=styles.INCIDENT_COLOR,
    )
