/* Maps of the road-chief system: zones, segments and whether they were walked, open cases, frontages, tracks. */
(function () {
  "use strict";

  var g = window.gridmgmt;
  var map = window.map_city;

  function lines(properties) {
    if (properties.type === "case") return [g.say("case") + " " + properties.case_no, properties.description];
    if (properties.type === "frontage") return [properties.name, properties.code, properties.status];
    var walked = properties.share === undefined ? "" : g.say("walked_share", { share: properties.share });
    return [properties.name || g.say("unnamed"), properties.label + " · " + properties.code, properties.chief ? g.say("road_chief") + " " + properties.chief : "", walked];
  }

  function link(properties) {
    if (properties.type === "case") return "/cases/" + encodeURIComponent(properties.case_no);
    return properties.type === "frontage" ? "/road-chief/frontages/" + encodeURIComponent(properties.code) : "";
  }

  function popup(properties) {
    var box = g.make("div", { class: "popup" });
    var href = link(properties);
    lines(properties).forEach(function (line, index) {
      if (!line) return;
      var text = index || !href ? g.make(index ? "p" : "strong", { text: line }) : g.make("strong", {}, [g.make("a", { href: href, text: line })]);
      box.appendChild(text);
    });
    return box;
  }

  /* Never by colour alone: an open segment is dashed, a late case and a failed frontage are larger. */
  function style(properties) {
    if (properties.type === "case" || properties.type === "frontage") return {}; // pins bring their own
    if (properties.type === "zone") return { color: "#0f4c5c", weight: 3, fillColor: "#2a9d8f", fillOpacity: 0.14, interactive: false };
    if (properties.type === "track") return { color: "#1450a3", weight: 5, opacity: 0.85, interactive: false };
    if (properties.covered) return { color: "#1d7a4a", weight: 6, opacity: 0.9, interactive: true };
    return { color: "#c2571a", weight: 5, opacity: 0.85, dashArray: properties.share === undefined ? null : "8 6", interactive: true };
  }

  function pin(properties, latlng) {
    if (properties.type === "frontage") {
      var fill = { passed: "#1d7a4a", failed: "#c0262d" }[properties.verdict] || "#ffffff";
      return L.circleMarker(latlng, { radius: properties.verdict === "failed" ? 7 : 5, color: "#37474f", weight: 1.5, fillColor: fill, fillOpacity: 1 });
    }
    return L.circleMarker(latlng, { radius: properties.late ? 9 : 7, color: "#fff", weight: 2, fillColor: g.data.incidentColor, fillOpacity: 1 });
  }

  var drawn = L.geoJSON(null, {
    style: function (feature) {
      return style(feature.properties);
    },
    pointToLayer: function (feature, latlng) {
      return pin(feature.properties, latlng);
    },
    onEachFeature: function (feature, layer) {
      if (feature.properties.type === "zone" || feature.properties.type === "track") layer.options.interactive = false;
      else layer.bindPopup(popup(feature.properties));
    },
  }).addTo(map);

  g.fetchJson(g.data.features).then(
    function (collection) {
      drawn.addData(collection);
    },
    function () {
      /* the page says everything in words */
    },
  );
})();
