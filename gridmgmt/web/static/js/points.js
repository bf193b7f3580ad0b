/* Points by the map's window: facilities, incidents, labels; clustered by the server where the map is far away. */
(function () {
  "use strict";

  var g = window.gridmgmt;
  var NS = "http://www.w3.org/2000/svg";

  /* A pin of its own colour; the count is written on it, so colour is never the only sign. */
  function icon(color, count, round) {
    var size = count > 1 ? Math.min(44, 24 + 5 * Math.log10(count) * 1.6) : 14;
    var svg = document.createElementNS(NS, "svg");
    var shape = document.createElementNS(NS, "rect");
    var set = function (element, values) {
      Object.keys(values).forEach(function (key) {
        element.setAttribute(key, values[key]);
      });
    };
    set(svg, { width: size, height: size, viewBox: "0 0 " + size + " " + size, "aria-hidden": "true" });
    set(shape, { x: 1, y: 1, width: size - 2, height: size - 2, rx: round || count > 1 ? size / 2 : 4, fill: color, stroke: "#fff", "stroke-width": 1.5 });
    svg.appendChild(shape);
    if (count > 1) {
      var text = document.createElementNS(NS, "text");
      set(text, { x: size / 2, y: size / 2 + 4, "text-anchor": "middle", "font-size": 11.5, "font-weight": 600, fill: "#fff" });
      text.textContent = count > 9999 ? Math.round(count / 1000) + "k" : count;
      svg.appendChild(text);
    }
    return L.divIcon({ html: svg, className: "pin", iconSize: [size, size] });
  }

  function popup(lines) {
    var box = g.make("div", { class: "popup" });
    lines.forEach(function (line, index) {
      if (line) box.appendChild(g.make(index ? "p" : "strong", { text: line }));
    });
    return box;
  }

  /* A layer group that is filled anew whenever the map's window changes. */
  function windowLayer(map, address, draw, after) {
    var group = L.layerGroup();
    var request = 0;
    function refresh() {
      if (!map.hasLayer(group)) return;
      var mine = (request += 1);
      var bounds = map.getBounds().pad(0.1);
      var box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map(function (v) {
        return v.toFixed(6);
      });
      var url = address() + "bbox=" + box.join(",") + "&zoom=" + Math.floor(map.getZoom());
      g.fetchJson(url).then(
        function (collection) {
          if (mine !== request || !map.hasLayer(group)) return;
          group.clearLayers();
          collection.features.forEach(function (feature) {
            var at = feature.geometry.coordinates;
            group.addLayer(draw(feature.properties, L.latLng(at[1], at[0])));
          });
          if (after) after(group);
          group.fire("filled");
        },
        function () {
          /* the next move asks again */
        },
      );
    }
    map.on("moveend", refresh);
    group.on("add", refresh);
    group.refresh = refresh;
    return group;
  }

  /* Hide names that would lie on names written before them (the server sends the largest areas first). */
  function declutter(group) {
    var taken = [];
    group.eachLayer(function (layer) {
      var span = layer.getElement() && layer.getElement().firstChild;
      if (!span) return;
      span.hidden = false;
      var box = span.getBoundingClientRect();
      var clash = taken.some(function (other) {
        return box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top;
      });
      if (clash) span.hidden = true;
      else taken.push(box);
    });
  }

  function marker(map, latlng, color, properties, lines, round) {
    var one = L.marker(latlng, { icon: icon(color, properties.count, round), keyboard: true, title: lines[0], alt: lines[0] });
    one.single = properties.count <= 1;
    function choose() {
      if (!one.single) map.setView(latlng, Math.min(map.getZoom() + 2, map.getMaxZoom()));
      else L.popup().setLatLng(latlng).setContent(popup(lines)).openOn(map);
    }
    /* The popup is the map's, not the pin's: opening one may move the map, which fills the layer anew and would close a pin's own. */
    return one.on("click", choose).on("keypress", function (event) {
      if (event.originalEvent.key === "Enter") choose();
    });
  }

  /* One layer for all kinds, so that a move of the map asks once; ``kinds`` returns those wanted now. */
  function facilities(map, kinds, colors) {
    return windowLayer(
      map,
      function () {
        return "/api/facilities?kind=" + kinds().join(",") + "&";
      },
      function (p, latlng) {
        var many = p.label + " · " + g.say("count_here", { count: p.count });
        var lines = p.count > 1 ? [many] : [p.name, p.label + " · " + p.code, g.say("status") + ": " + p.status, p.address];
        return marker(map, latlng, colors[p.kind], p, lines, false);
      },
    );
  }

  function incidents(map, color) {
    return windowLayer(
      map,
      function () {
        return "/api/incidents?";
      },
      function (p, latlng) {
        var single = [g.say("case") + " " + p.case_no, p.class_name, g.say("status") + ": " + p.state, g.say("opened_at") + " " + p.opened_local];
        return marker(map, latlng, color, p, p.count > 1 ? [g.say("incidents_here", { count: p.count })] : single, true);
      },
    );
  }

  function labels(map) {
    return windowLayer(
      map,
      function () {
        return "/api/labels?";
      },
      function (p, latlng) {
        var name = g.make("span", { text: p.text });
        return L.marker(latlng, { interactive: false, keyboard: false, zIndexOffset: 10000, icon: L.divIcon({ html: name, className: "area-name " + p.level, iconSize: null }) });
      },
      declutter,
    );
  }

  Object.assign(g, { facilities: facilities, incidents: incidents, labels: labels, declutter: declutter });
})();
