/* The cases of a page on the map: a line and its point light up together; the form for several cases shows what it needs. */
(function () {
  "use strict";

  var g = window.gridmgmt;
  var map = window.map_city;
  var COLORS = { late: "#a4161a", calm: "#0a4b6e", chosen: "#ffb703" };
  var points = {};

  function look(line, chosen) {
    return { radius: chosen ? 11 : 7, color: "#fff", weight: 2, fillColor: chosen ? COLORS.chosen : line.late ? COLORS.late : COLORS.calm, fillOpacity: 1 };
  }

  function row(line) {
    return document.getElementById("case-" + line.case_no);
  }

  function light(line, on) {
    points[line.case_no].setStyle(look(line, on));
    if (on) points[line.case_no].bringToFront();
    row(line).classList.toggle("chosen", on);
  }

  g.data.lines.forEach(function (line) {
    var point = L.circleMarker([line.lat, line.lon], look(line, false)).addTo(map);
    points[line.case_no] = point;
    point.bindTooltip(g.make("span", { text: line.title + " " + line.case_no }));
    point.on("click", function () {
      row(line).scrollIntoView({ block: "center" });
      row(line).querySelector("a").focus();
    });
    point.on("mouseover", function () {
      light(line, true);
    });
    point.on("mouseout", function () {
      light(line, false);
    });
    ["mouseenter", "focusin"].forEach(function (name) {
      row(line).addEventListener(name, function () {
        light(line, true);
      });
    });
    ["mouseleave", "focusout"].forEach(function (name) {
      row(line).addEventListener(name, function () {
        light(line, false);
      });
    });
  });
  if (g.data.lines.length) {
    var bounds = L.latLngBounds(
      g.data.lines.map(function (line) {
        return [line.lat, line.lon];
      }),
    );
    map.fitBounds(bounds, { padding: [30, 30], maxZoom: 17, animate: false });
  }

  document.getElementById("here").addEventListener("click", function () {
    var address = new URL(window.location.href);
    var seen = map.getBounds();
    address.searchParams.set("bbox", [seen.getWest(), seen.getSouth(), seen.getEast(), seen.getNorth()].map(function (n) { return n.toFixed(5); }).join(","));
    address.searchParams.delete("after");
    window.location.assign(address);
  });

  var form = document.getElementById("bulk");
  var bar = form && form.querySelector(".bulk");
  if (!bar) return;
  var action = document.getElementById("bulk-action");

  function follow() {
    var chosen = form.querySelectorAll('input[name="case_no"]:checked').length;
    document.getElementById("chosen").textContent = String(chosen);
    bar.classList.toggle("idle", !chosen);
    bar.querySelectorAll("[data-for]").forEach(function (part) {
      part.classList.toggle("wanted", part.dataset.for === action.value);
    });
  }

  form.addEventListener("change", follow);
  follow();
})();
