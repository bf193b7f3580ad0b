"""Where folium's pages get their scripts from: from us, never from a foreign host."""

from __future__ import annotations

import folium
from folium.plugins import VectorGridProtobuf


def use_own_assets(static_url: str) -> None:
    """Point folium at our copies for the whole process; to be called once, at start-up.

    folium keeps its addresses in lists on the classes, so they are replaced here, not on single maps. jQuery, Bootstrap and the
    icon fonts that it loads by default are not needed by anything we draw.
    """
    vendor = f"{static_url.rstrip('/')}/vendor"
    folium.Map.default_js = [("leaflet", f"{vendor}/leaflet/leaflet.js")]
    folium.Map.default_css = [("leaflet_css", f"{vendor}/leaflet/leaflet.css")]
    VectorGridProtobuf.default_js = [("vectorGrid", f"{vendor}/leaflet.vectorgrid/Leaflet.VectorGrid.bundled.min.js")]
