/* Keep the board fresh: figures by their names every half minute, and the map of hot spots. */
(function () {
  "use strict";

  var g = window.gridmgmt;
  var map = window.map_city;
  var EVERY_MS = 30000;
  var freshAt = new Date();
  var spots = L.geoJSON(null, { style: style, onEachFeature: explain }).addTo(map);

  function style(feature) {
    var low = feature.properties.overdue > 0;
    return { color: low ? "#5f0f12" : "#8a5a3c", weight: low ? 2 : 0.7, fillColor: g.data.colors[feature.properties.step], fillOpacity: 0.68 };
  }

  function explain(feature, layer) {
    var properties = feature.properties;
    var box = g.make("div", { class: "popup" }, [
      g.make("strong", { text: g.say("spot_cases", { count: properties.cases }) }),
      properties.overdue ? g.make("p", { text: g.say("spot_overdue", { count: properties.overdue }) }) : null,
      g.make("p", {}, [g.make("a", { href: properties.url, text: g.say("spot_open") })]),
    ]);
    layer.bindPopup(box);
  }

  function swatch(color) {
    var NS = "http://www.w3.org/2000/svg";
    var svg = document.createElementNS(NS, "svg");
    var rect = document.createElementNS(NS, "rect");
    svg.setAttribute("width", "22");
    svg.setAttribute("height", "14");
    svg.setAttribute("aria-hidden", "true");
    rect.setAttribute("width", "22");
    rect.setAttribute("height", "14");
    rect.setAttribute("fill", color);
    svg.appendChild(rect);
    return svg;
  }

  function legend(steps) {
    var lines = steps.map(function (low, index) {
      return g.make("li", {}, [swatch(g.data.colors[index]), g.make("span", { text: g.say("spot_from", { count: low }) })]);
    });
    document.getElementById("spot-legend").replaceChildren(...(lines.length ? lines : [g.make("li", { text: g.say("spot_none") })]));
  }

  function showSpots() {
    return g.fetchJson(g.data.spots).then(function (collection) {
      spots.clearLayers();
      spots.addData(collection);
      legend(collection.steps);
    });
  }

  function write(element, value) {
    var text = String(value);
    if (element.textContent === text) return;
    element.textContent = text;
    element.classList.remove("changed");
    void element.offsetWidth; // begin the animation again
    element.classList.add("changed");
    var row = element.closest("tr");
    var meter = row && row.querySelector("meter");
    if (meter) meter.value = value;
  }

  function fill(root, figures) {
    root.querySelectorAll("[data-figure]").forEach(function (element) {
      var value = figures[element.dataset.figure];
      if (value !== undefined) write(element, value);
    });
  }

  function clockTime() {
    return freshAt.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZone: g.data.time_zone });
  }

  function say(name) {
    document.getElementById("fresh").textContent = g.say(name, { time: clockTime() });
  }

  /* The browser asks with the ETag of what it has; an unchanged board costs a line of answer. */
  function refresh() {
    if (document.hidden) return;
    g.fetchJson(g.data.board, { cache: "no-cache" }).then(
      function (board) {
        var known = Array.from(document.querySelectorAll("#areas tr[data-code]"));
        var codes = known.map(function (row) {
          return row.dataset.code;
        });
        var other = Object.keys(board.rows).some(function (code) {
          return codes.indexOf(code) === -1;
        });
        if (other) {
          window.location.reload();
          return;
        }
        fill(document.getElementById("total"), board.total);
        fill(document.getElementById("states"), board.total);
        known.forEach(function (row) {
          if (board.rows[row.dataset.code]) fill(row, board.rows[row.dataset.code]);
        });
        freshAt = new Date();
        say("fresh");
      },
      function () {
        say("stale");
      },
    );
  }

  say("fresh");
  showSpots().catch(function () {
    legend([]);
  });
  window.setInterval(refresh, EVERY_MS);
  document.addEventListener("visibilitychange", refresh);
  window.gridmgmtBoard = { refresh: refresh };
})();
