"""The empty map that folium writes."""

from __future__ import annotations

import re

import folium
from folium.plugins import VectorGridProtobuf

from gridmgmt.maps.assets import use_own_assets
from gridmgmt.maps.base_map import BaseMap
from gridmgmt.maps.shell import VectorLayer, render_shell

BOX = (113.9, 30.4, 114.1, 30.7)
LAYER = VectorLayer("roads", "roads", "/tiles/roads/{z}/{x}/{y}.pbf", "{}", 8)


def test_every_class_we_use_loads_from_us() -> None:
    """After start-up no address of the classes is foreign."""
    use_own_assets("/static")
    for each in (folium.Map, VectorGridProtobuf):
        assert all(url.startswith("/static/vendor/") for _, url in [*each.default_js, *each.default_css])


def test_shell_names_no_foreign_host_and_is_small() -> None:
    """Links, element and script together are a few kilobytes without any host."""
    use_own_assets("/static")
    shell = render_shell(BOX, [LAYER])
    whole = shell.links + shell.html + shell.script
    assert not re.search(r"https?:|//cdn", whole)
    assert len(whole) < 5_000


def test_shell_leaves_stable_names_and_a_max_zoom() -> None:
    """The page's script finds the map and its layers; clusters and tiles need maxZoom."""
    script = render_shell(BOX, [LAYER]).script
    assert "var map_city = L.map(" in script
    assert "var layer_roads = L.vectorGrid.protobuf(" in script
    assert '"maxZoom": 19' in script
    assert script.index("fitBounds") < script.index("layer_roads")
    assert '"animate": false' in script


def test_layers_that_start_hidden_are_not_added() -> None:
    """The switch adds them."""
    shown = render_shell(BOX, [LAYER]).script
    hidden = render_shell(BOX, [VectorLayer("roads", "roads", LAYER.url, "{}", 8, show=False)]).script
    assert "layer_roads.addTo(map_city)" in shown
    assert "layer_roads.addTo(map_city)" not in hidden


def test_attribution_cannot_close_the_script() -> None:
    """What a setting says is data, also inside a script."""
    script = render_shell(BOX, [], base_map=BaseMap("https://tiles.example/{z}/{x}/{y}.png", "gcj02", "</script><b>x")).script
    assert "</script>" not in script
    assert "layer_base" in script
