"""The empty map: folium writes its frame and layers by address, never a feature."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import folium
from branca.element import CssLink, Figure, JavascriptLink
from folium.map import FitBounds
from folium.plugins import VectorGridProtobuf

from gridmgmt.maps.base_map import BaseMap, add_base_map

MIN_ZOOM, MAX_ZOOM = 8, 19
FIRST_ZOOM_SNAP = 0.25  # the first view fills the window; common.js goes on in whole zooms, at which tiles are sharp


@dataclasses.dataclass(frozen=True)
class VectorLayer:
    """A layer of vector tiles; ``style`` is JavaScript: an object or a function (properties, zoom) → object.

    ``name`` is the script's variable (``layer_NAME``), ``source`` the layer's name inside the tiles, ``url`` holds {z}, {x}, {y}.
    """

    name: str
    source: str
    url: str
    style: str
    min_zoom: int
    show: bool = True


@dataclasses.dataclass(frozen=True)
class Shell:
    """Three pieces for a page's template: links for the head, the map's element, and the script that makes the map."""

    links: str
    html: str
    script: str


def render_shell(box: tuple[float, float, float, float], layers: Sequence[VectorLayer], *, base_map: BaseMap | None = None) -> Shell:
    """Write the shell of a map that shows a box (west, south, east, north in degrees) at first.

    The script leaves ``map_city`` and one ``layer_NAME`` for each layer to the page's own script.
    """
    west, south, east, north = box
    # with tiles=None folium drops max_zoom=, so the option goes in under Leaflet's own name
    city = folium.Map(
        location=[(south + north) / 2, (west + east) / 2], zoom_start=11, tiles=None, zoom_control="topleft", control_scale=True,
        maxZoom=MAX_ZOOM, minZoom=MIN_ZOOM, zoomSnap=FIRST_ZOOM_SNAP, attributionControl=base_map is not None,
    )  # fmt: skip
    city._id = "city"  # noqa: SLF001 - folium has no other way to a stable name
    first = FitBounds([[south, west], [north, east]], padding=(20, 20))
    first.options["animate"] = False  # the end of an animation would undo the view a page's own script goes on to
    city.add_child(first)  # before the layers, or they would fetch tiles of another view first
    if base_map is not None:
        add_base_map(city, base_map, max_zoom=MAX_ZOOM)
    for layer in layers:
        _add_layer(city, layer)
    return _pieces(city)


def _add_layer(city: folium.Map, layer: VectorLayer) -> None:
    # canvas: thousands of paths in one tile; not interactive: VectorGrid's canvas renderer stumbles over clicks, we ask by position
    options = (
        f"{{rendererFactory: L.canvas.tile, interactive: false, minZoom: {layer.min_zoom}, maxZoom: {MAX_ZOOM},"
        f" vectorTileLayerStyles: {{'{layer.source}': {layer.style}}}}}"
    )
    grid = VectorGridProtobuf(layer.url, layer.name, options, show=layer.show)
    grid._name, grid._id = "Layer", layer.name  # noqa: SLF001
    grid.add_to(city)


def _pieces(city: folium.Map) -> Shell:
    figure = city.get_root()
    if not isinstance(figure, Figure):
        message = "the map has lost its figure"
        raise TypeError(message)
    figure.render()
    # folium's own head also forbids zooming by hand and sets page styles; only the links are wanted
    links = [child.render() for child in figure.header._children.values() if isinstance(child, JavascriptLink | CssLink)]  # noqa: SLF001
    return Shell("\n".join(links), figure.html.render(), figure.script.render())
