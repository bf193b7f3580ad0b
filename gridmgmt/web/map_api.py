"""What the map draws by its window: labels, facilities, incidents; clusters where it is far away."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from gridmgmt import crs
from gridmgmt.cases import map_store as case_map_store
from gridmgmt.city.model import Level
from gridmgmt.facilities import map_store as facility_map_store
from gridmgmt.facilities.model import FacilityKind
from gridmgmt.hierarchy import map_store as area_map_store
from gridmgmt.web.answers import Feature, feature_collection, label, point_feature
from gridmgmt.web.door import profile, session, today
from gridmgmt.web.guard import needs, principal
from gridmgmt.web.options import classes_by_key
from gridmgmt.web.params import box_of, choice_of, query, storage_box, text_of, zoom_of
from gridmgmt.web.words import moment

pages = Blueprint("map_api", __name__, url_prefix="/api")

SINGLE_FROM_ZOOM = 15  # from here on every point stands for itself
CELL_PX = 64
METRES_PER_PIXEL_AT_ZOOM_0 = 156_543.03
LIMIT = 3000
LABEL_LIMIT = 120
# the level that is labelled from a zoom on
LABELLED = ((0, Level.DISTRICT), (12, Level.STREET_OFFICE), (14, Level.COMMUNITY), (16, Level.UNIT_GRID))


@pages.get("/facilities")
@needs("map.read")
def get_facilities() -> ResponseReturnValue:
    """Answer facilities of ``kind`` (one or several, with commas; all where it is missing) in ``bbox`` as GeoJSON."""
    kinds = [choice_of(kind, "kind", FacilityKind) for kind in text_of(query(), "kind").split(",") if kind] or list(FacilityKind)
    box = storage_box(box_of(query()))
    pins = facility_map_store.list_pins(session(), kinds, box, cell_m=_cell_m(zoom_of(query())), limit=LIMIT)
    return feature_collection(_facility(pin) for pin in pins)


@pages.get("/incidents")
@needs("case.read")
def get_incidents() -> ResponseReturnValue:
    """Answer the open cases the asker sees in ``bbox`` as GeoJSON, newest first, or their counts where the map is far away."""
    pins = case_map_store.list_pins(
        session(), principal().scope, storage_box(box_of(query())), cell_m=_cell_m(zoom_of(query())), limit=LIMIT
    )
    return feature_collection(_incident(pin) for pin in pins)


@pages.get("/labels")
@needs("map.read")
def get_labels() -> ResponseReturnValue:
    """Answer the names to write on the map in ``bbox`` at ``zoom`` as GeoJSON points."""
    zoom = zoom_of(query())
    levels = [level for first, level in LABELLED if first <= zoom and level in profile().levels]
    west, south, east, north = box_of(query())
    xs, ys = crs.crs_to_crs([west, east], [south, north], crs.WGS84, "epsg:3857")
    window = (float(xs[0]), float(ys[0]), float(xs[1]), float(ys[1]))
    level = levels[-1] if levels else profile().levels[0]
    places = area_map_store.list_labels(session(), level, window, zoom=zoom, on=today(), limit=LABEL_LIMIT)
    lon, lat = crs.crs_to_crs([place.x for place in places], [place.y for place in places], "epsg:3857", crs.WGS84)
    return feature_collection(
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [round(float(lon[i]), 6), round(float(lat[i]), 6)]},
            "properties": {"level": place.level.value, "code": place.code, "text": place.name or place.code[-3:]},
        }
        for i, place in enumerate(places)
    )


def _cell_m(zoom: int) -> float | None:
    """Return the side of a cluster's cell: about 64 pixels, in metres on the ground, or None for single points."""
    return None if zoom >= SINGLE_FROM_ZOOM else CELL_PX * METRES_PER_PIXEL_AT_ZOOM_0 * 0.86 / 2**zoom


def _facility(pin: facility_map_store.FacilityPin) -> Feature:
    properties: dict[str, object] = {"kind": pin.kind.value, "label": label(pin.kind), "count": pin.count}
    if pin.status is not None:
        properties |= {"code": pin.code, "name": pin.name, "status": label(pin.status), "address": pin.address}
    return point_feature(pin.x, pin.y, properties)


def _incident(pin: case_map_store.IncidentPin) -> Feature:
    properties: dict[str, object] = {"count": pin.count}
    if pin.case_no is not None and pin.state is not None and pin.opened_at is not None:
        properties |= {"case_no": pin.case_no, "state": label(pin.state), "opened_at": pin.opened_at.isoformat()}
        properties["opened_local"] = moment(pin.opened_at)
        known = classes_by_key().get(pin.class_key) if pin.class_key else None
        properties["class_code"] = pin.class_key[1] if pin.class_key else None
        properties["class_name"] = f"{known.code} {known.name}" if known else properties["class_code"]
    return point_feature(pin.x, pin.y, properties)
