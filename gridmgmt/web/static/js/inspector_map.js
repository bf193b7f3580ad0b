/* The inspector's map: my area, my position, where I report, my tasks. */
(function () {
  "use strict";

  const g = window.gridmgmt;
  const map = window.map_city;
  const touch = window.matchMedia("(pointer: coarse)").matches;
  const status = document.getElementById("locate-status");
  const EARTH_M = 6371000;
  const FIRST_VIEW_MS = 500;
  const field = (g.field = { place: null, me: null });
  let pin = null;
  let dot = null;
  let heard = () => {};

  document.documentElement.classList.toggle("touch", touch);

  field.whenPlaced = (listener) => {
    heard = listener;
  };

  /* Metres between two positions in degrees. */
  field.distance = function (one, other) {
    const turn = Math.PI / 180;
    const x = (other.lon - one.lon) * turn * Math.cos(((one.lat + other.lat) / 2) * turn);
    return Math.hypot(x, (other.lat - one.lat) * turn) * EARTH_M;
  };

  field.howFar = function (metres) {
    return metres < 950 ? g.say("metres", { metres: Math.round(metres / 10) * 10 }) : g.say("kilometres", { km: (metres / 1000).toFixed(1) });
  };

  function mark(latlng) {
    if (pin) pin.setLatLng(latlng);
    else {
      const icon = L.divIcon({ html: g.make("span"), className: "drop-pin", iconSize: [26, 26], iconAnchor: [13, 26] });
      pin = L.marker(latlng, { draggable: true, autoPan: true, keyboard: false, icon: icon }).addTo(map);
      pin.on("dragend", () => field.choose(pin.getLatLng()));
    }
  }

  /* Report here; accuracy in metres when it is the phone's own position. */
  field.choose = function (latlng, accuracy) {
    field.place = { lon: Number(latlng.lng.toFixed(7)), lat: Number(latlng.lat.toFixed(7)), accuracy_m: accuracy ? Math.round(accuracy * 10) / 10 : null };
    status.textContent = accuracy
      ? g.say("geo_done", { metres: Math.round(accuracy) })
      : g.say("pin_set", { lon: latlng.lng.toFixed(6), lat: latlng.lat.toFixed(6) });
    mark(L.latLng(latlng));
    heard();
  };

  field.position = function () {
    const place = field.me || field.place;
    if (!place) return null;
    return `${place.lon},${place.lat}` + (place.accuracy_m ? ` ±${Math.round(place.accuracy_m)} m` : "");
  };

  function arrive(position) {
    const there = L.latLng(position.coords.latitude, position.coords.longitude);
    field.me = { lon: there.lng, lat: there.lat, accuracy_m: position.coords.accuracy };
    if (dot) dot.setLatLng(there);
    else dot = L.circleMarker(there, { radius: 7, color: "#fff", weight: 2, fillColor: "#1a73e8", fillOpacity: 1, interactive: false }).addTo(map);
    field.choose(there, position.coords.accuracy);
    map.setView(there, Math.max(map.getZoom(), 17), { animate: false });
    document.dispatchEvent(new CustomEvent("moved"));
  }

  field.locate = function () {
    if (!navigator.geolocation) {
      status.textContent = g.say("geo_unknown");
      return;
    }
    status.textContent = g.say("geo_working");
    const failed = (error) => {
      status.textContent = g.positionFault(error);
    };
    navigator.geolocation.getCurrentPosition(arrive, failed, { enableHighAccuracy: true, timeout: 15000, maximumAge: 10000 });
  };

  document.getElementById("locate").addEventListener("click", field.locate);
  document.getElementById("drop").addEventListener("click", () => field.choose(map.getCenter()));
  map.on("click", (event) => {
    if (!touch) field.choose(event.latlng);
  });
  map.getContainer().addEventListener("keydown", (event) => {
    if ((event.key === " " || event.key === "Enter") && event.target === map.getContainer()) {
      event.preventDefault();
      field.choose(map.getCenter());
    }
  });
  map.getContainer().addEventListener("focus", () => {
    status.textContent = g.say("keyboard");
  });
  if (navigator.permissions) {
    navigator.permissions.query({ name: "geolocation" }).then(
      (permission) => {
        // asked before, so no question pops up; the map comes to its first view meanwhile, which would win over ours
        if (permission.state === "granted") window.setTimeout(field.locate, FIRST_VIEW_MS);
      },
      () => {},
    );
  }

  const area = L.geoJSON(null, { interactive: false, style: { color: "#0f4c5c", weight: 3, fill: false, dashArray: "6 4" } }).addTo(map);
  field.loadArea = function () {
    g.fetchJson("/api/inspector/area").then(
      (answer) => area.addData(answer),
      () => {}, // without network and never seen before: the map stays without a frame
    );
  };

  const tasks = L.layerGroup().addTo(map);
  field.showTasks = function (list, open) {
    tasks.clearLayers();
    list.forEach((task, index) => {
      const icon = L.divIcon({ html: g.make("span", { text: index + 1 }), className: "task-pin", iconSize: [26, 26] });
      const marker = L.marker([task.lat, task.lon], { icon: icon, title: `${task.state_label} ${task.class_name || ""}`, alt: task.case_no });
      marker.on("click", () => open(task));
      tasks.addLayer(marker);
    });
  };
  field.lookAt = (entry) => map.setView([entry.lat, entry.lon], Math.max(map.getZoom(), 17), { animate: false });
})();
