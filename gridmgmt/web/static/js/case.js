/* A case on its map; forms that are sent once, and that tell where the actor stands when the browser knows. */
(function () {
  "use strict";

  var g = window.gridmgmt;
  var map = window.map_city;
  var here = [g.data.point[1], g.data.point[0]];
  map.setView(here, 17, { animate: false });
  L.circleMarker(here, { radius: 9, color: "#fff", weight: 3, fillColor: "#c0262d", fillOpacity: 1, interactive: false }).addTo(map);

  document.querySelectorAll(".act form").forEach(function (form) {
    form.addEventListener("submit", function () {
      window.setTimeout(function () {
        form.querySelectorAll("button").forEach(function (button) {
          button.disabled = true;
        });
      }, 0);
    });
  });
  function openTarget() {
    var form = document.getElementById(window.location.hash.slice(1));
    if (form && form.classList.contains("act")) form.open = true;
  }
  window.addEventListener("hashchange", openTarget);
  openTarget();
  window.addEventListener("pageshow", function () {
    document.querySelectorAll(".act button").forEach(function (button) {
      button.disabled = false; // after going back
    });
  });
})();
