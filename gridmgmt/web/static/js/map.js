/* The map of the whole city: layer switch, search, and who is responsible where one clicks. */
(function () {
  "use strict";

  var g = window.gridmgmt;
  var map = window.map_city;
  var answer = document.getElementById("answer");
  var results = document.getElementById("results");
  var layers = { labels: g.labels(map), incidents: g.incidents(map, g.data.incidentColor) };
  var narrow = window.matchMedia("(max-width: 760px)").matches;
  var pin = null;

  var kindBoxes = Array.from(document.querySelectorAll("[data-facility]"));
  function kinds() {
    return kindBoxes.reduce(function (chosen, box) {
      return box.checked ? chosen.concat(box.dataset.facility) : chosen;
    }, []);
  }
  var facilities = g.facilities(map, kinds, g.data.facilityColors);
  function showFacilities() {
    if (!kinds().length) map.removeLayer(facilities);
    else if (map.hasLayer(facilities)) facilities.refresh();
    else map.addLayer(facilities);
  }
  kindBoxes.forEach(function (box) {
    box.addEventListener("change", showFacilities);
  });
  showFacilities();

  document.querySelectorAll("[data-layer]").forEach(function (box) {
    var layer = layers[box.dataset.layer] || window["layer_" + box.dataset.layer];
    function follow() {
      if (box.checked) map.addLayer(layer);
      else map.removeLayer(layer);
    }
    box.addEventListener("change", follow);
    follow();
  });

  function ask(latlng) {
    if (pin) pin.remove();
    pin = L.circleMarker(latlng, { radius: 8, color: "#0f4c5c", weight: 3, fillColor: "#ffb703", fillOpacity: 1 }).addTo(map);
    document.getElementById("hint").hidden = true;
    g.showSentence(answer, g.say("loading"));
    g.responsibilityAt(latlng).then(
      function (found) {
        g.showAnswer(answer, found);
        if (narrow) answer.scrollIntoView({ block: "nearest" });
      },
      function (error) {
        g.showSentence(answer, g.sentence(error), true);
      },
    );
  }

  map.on("click", function (event) {
    ask(event.latlng);
  });
  map.getContainer().addEventListener("keydown", function (event) {
    if (event.key === " " && event.target === map.getContainer()) {
      event.preventDefault();
      ask(map.getCenter());
    }
  });

  function showResults(found) {
    if (!found.length) {
      results.replaceChildren(g.make("p", { text: g.say("no_results") }));
      return;
    }
    var list = g.make("ul", { class: "results" });
    found.forEach(function (result) {
      var button = g.make("button", { type: "button" }, [
        g.make("b", { text: result.name || result.code }),
        g.make("small", { text: result.label + " · " + result.code }),
      ]);
      button.addEventListener("click", function () {
        var there = L.latLng(result.lat, result.lon);
        map.setView(there, result.zoom);
        if (narrow) results.replaceChildren(); // what was found lies on the map above
        ask(there);
      });
      list.appendChild(g.make("li", {}, [button]));
    });
    results.replaceChildren(g.make("p", { class: "muted small", text: g.say("results", { count: found.length }) }), list);
  }

  document.querySelector("form.search").addEventListener("submit", function (event) {
    event.preventDefault();
    g.fetchJson("/api/search?q=" + encodeURIComponent(document.getElementById("q").value)).then(
      function (body) {
        showResults(body.results);
      },
      function (error) {
        results.replaceChildren(g.make("p", { class: "notice bad", text: g.sentence(error) }));
      },
    );
  });

  if (narrow) document.getElementById("layers").open = false;
})();
