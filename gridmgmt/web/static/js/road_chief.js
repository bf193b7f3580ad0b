/* A road chief's map: zone, segments, open cases. */
(function () {
  "use strict";

  var g = window.gridmgmt;
  var map = window.map_city;

  function lines(properties) {
    if (properties.type === "case") return [g.say("case") + " " + properties.case_no, properties.description];
    return [properties.name || g.say("unnamed"), properties.label + " · " + properties.code, properties.chief ? g.say("road_chief") + " " + properties.chief : ""];
  }

  function popup(properties) {
    var box = g.make("div", { class: "popup" });
    lines(properties).forEach(function (line, index) {
      if (line) box.appendChild(g.make(index ? "p" : "strong", { text: line }));
    });
    return box;
  }

  var styles = {
    zone: { color: "#0f4c5c", weight: 3, fillColor: "#2a9d8f", fillOpacity: 0.14 },
    segment: { color: "#c2571a", weight: 5, opacity: 0.85 },
  };
  var drawn = L.geoJSON(null, {
    style: function (feature) {
      return Object.assign({ interactive: feature.properties.type === "segment" }, styles[feature.properties.type]);
    },
    pointToLayer: function (feature, latlng) {
      return L.circleMarker(latlng, { radius: 7, color: "#fff", weight: 2, fillColor: g.data.incidentColor, fillOpacity: 1 });
    },
    onEachFeature: function (feature, layer) {
      if (feature.properties.type === "zone") layer.options.interactive = false;
      else layer.bindPopup(popup(feature.properties));
    },
  }).addTo(map);

  g.fetchJson(g.data.features).then(function (collection) {
    drawn.addData(collection);
  });
})();
