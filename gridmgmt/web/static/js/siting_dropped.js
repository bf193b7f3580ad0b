/* The places that rules dropped: one layer a rule, shown by its box; a click tells code, rule and what was found. */
(function () {
  "use strict";

  var g = window.gridmgmt;
  var map = window.map_city;
  var COLORS = ["#b3261e", "#6a3d9a", "#1f78b4", "#7a5200", "#00695c", "#ad1457", "#e65100", "#37474f", "#0097a7", "#827717"];
  var note = document.getElementById("dropped-note");
  var boxes = Array.prototype.slice.call(document.querySelectorAll("input[data-rule]"));
  var canvas = L.canvas({ padding: 0.2 });

  function layerOf(rule, told, color) {
    var marks = told.lon.map(function (lon, k) {
      var mark = L.circleMarker([told.lat[k], lon], { renderer: canvas, radius: 3, stroke: false, fillColor: color, fillOpacity: 0.7 });
      mark.at = k;
      return mark;
    });
    return L.featureGroup(marks).on("click", function (event) {
      var k = event.layer.at;
      var words = told.code[k] + " · " + (g.data.names[rule] || rule) + (told.detail[k] ? " · " + told.detail[k] : "");
      note.textContent = words;
      L.popup().setLatLng(event.latlng).setContent(g.make("span", { text: words })).openOn(map);
    });
  }

  function start(found) {
    var all = L.latLngBounds([]);
    boxes.forEach(function (box, at) {
      var told = found[box.dataset.rule];
      if (!told) return;
      var layer = null;
      function show() {
        if (box.checked) layer = (layer || layerOf(box.dataset.rule, told, COLORS[at % COLORS.length])).addTo(map);
        else if (layer) map.removeLayer(layer);
      }
      box.addEventListener("change", show);
      show();
      told.lon.forEach(function (lon, k) { all.extend([told.lat[k], lon]); });
    });
    if (all.isValid()) map.fitBounds(all, { animate: false });
    document.body.classList.add("siting-ready");
  }

  note.textContent = g.say("reading_dropped");
  g.fetchJson(g.data.address).then(
    function (found) {
      note.textContent = "";
      start(found);
    },
    function (error) { note.textContent = g.sentence(error); },
  );
})();
