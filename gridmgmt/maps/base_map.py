"""An optional base map of pictures from elsewhere, in WGS 84 or GCJ-02.

Tiles of a GCJ-02 base map are moved, each by the offset at its own middle, so that they fit our layers, which stay where they are.
What remains is how much the offset changes over half a tile: under half a pixel at any zoom (measured in ``tests/browser``).
"""

from __future__ import annotations

import dataclasses

import folium
from branca.element import MacroElement
from folium.template import Template


@dataclasses.dataclass(frozen=True)
class BaseMap:
    """Address with {z}, {x}, {y}; ``crs`` is ``wgs84`` or ``gcj02``; the attribution is plain text."""

    url: str
    crs: str
    attribution: str


class _Tiles(MacroElement):
    """Draws the base map; the class is in the page's ``base_map.js``."""

    _template = Template("""
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = gridmgmtBaseMap({{ this.base_map|tojson }}).addTo({{ this._parent.get_name() }});
        {% endmacro %}
    """)

    def __init__(self, base_map: BaseMap, max_zoom: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca is half typed
        self._name, self._id = "Layer", "base"
        self.base_map = {**dataclasses.asdict(base_map), "maxZoom": max_zoom}


def add_base_map(city: folium.Map, base_map: BaseMap, *, max_zoom: int) -> None:
    """Put a base map under everything else, as ``layer_base``."""
    _Tiles(base_map, max_zoom).add_to(city)
