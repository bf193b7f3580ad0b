/* The coverage page: facilities with their radius; shares written on the areas while the map is far away. */
(function () {
  "use strict";

  var g = window.gridmgmt;
  var map = window.map_city;
  var circles = L.layerGroup().addTo(map);
  var names = L.layerGroup().addTo(map);
  var colors = {};
  colors[g.data.kind] = g.data.color;
  var points = g.facilities(
    map,
    function () {
      return [g.data.kind];
    },
    colors,
  );

  /* From afar the shares are what counts; clusters would cover them. */
  function showPoints() {
    if (map.getZoom() >= g.data.gridsFromZoom) map.addLayer(points);
    else map.removeLayer(points);
  }

  /* Circles only where single facilities are shown: a circle around a cluster would lie. */
  points.on("filled", drawCircles);
  function drawCircles() {
    circles.clearLayers();
    points.eachLayer(function (layer) {
      if (layer.single) {
        circles.addLayer(L.circle(layer.getLatLng(), { radius: g.data.radius, interactive: false, color: g.data.color, weight: 1.2, dashArray: "4 3", fill: false }));
      }
    });
  }

  function writeShares() {
    names.clearLayers();
    if (map.getZoom() >= g.data.gridsFromZoom) return;
    var b = map.getBounds();
    g.fetchJson("/api/labels?zoom=0&bbox=" + [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()].join(",")).then(function (collection) {
      names.clearLayers();
      if (map.getZoom() >= g.data.gridsFromZoom) return;
      collection.features.forEach(function (feature) {
        var share = g.data.shares[feature.properties.code];
        var text = feature.properties.text + (typeof share === "number" ? " " + (share * 100).toFixed(0) + "%" : "");
        var at = feature.geometry.coordinates;
        var icon = L.divIcon({ html: g.make("span", { text: text }), className: "area-name district", iconSize: null });
        names.addLayer(L.marker([at[1], at[0]], { interactive: false, keyboard: false, icon: icon }));
      });
      g.declutter(names);
    });
  }

  points.on("remove", function () {
    circles.clearLayers();
  });
  map.on("moveend", writeShares);
  map.on("zoomend", showPoints);
  writeShares();
  showPoints();
})();
