/* Two plans on one map: sites of the first as circles, of the second as squares, those of both as rings. */
(function () {
  "use strict";

  var g = window.gridmgmt;
  var map = window.map_city;
  var SHAPES = ["only-a", "only-b"];
  var places = [];

  g.data.sites.forEach(function (sites, which) {
    sites.forEach(function (site) {
      if (site.both && which) return;
      var shape = site.both ? "both" : SHAPES[which];
      var name = (site.both ? "" : "AB"[which] + " · ") + site.code;
      var icon = L.divIcon({ className: "siting-mark " + shape, html: g.make("span", {}), iconSize: [14, 14] });
      places.push([site.lat, site.lon]);
      L.marker([site.lat, site.lon], { icon: icon, title: name, alt: name, keyboard: false }).addTo(map);
    });
  });
  if (places.length) map.fitBounds(places, { padding: [24, 24], maxZoom: 15, animate: false });
})();
