/* The report page: crosshair, tap, keyboard, codes or the phone's position; preview; one case however often it is sent. */
(function () {
  "use strict";

  var g = window.gridmgmt;
  var map = window.map_city;
  var form = document.getElementById("report");
  var field = form.elements;
  var answer = document.getElementById("answer");
  var status = document.getElementById("locate-status");
  var sendStatus = document.getElementById("send-status");
  var submit = document.getElementById("submit");
  var touch = window.matchMedia("(pointer: coarse)").matches;
  var pin = null;
  var asked = 0;
  var sending = false;
  var previewed = null;

  document.documentElement.classList.toggle("touch", touch);

  function placeKey() {
    return [field.lon.value, field.lat.value, field.crs.value, field.place.value].join("|");
  }

  function mark(latlng) {
    if (pin) pin.setLatLng(latlng);
    else {
      pin = L.marker(latlng, { draggable: true, autoPan: true, keyboard: false, icon: L.divIcon({ html: g.make("span"), className: "drop-pin", iconSize: [26, 26], iconAnchor: [13, 26] }) }).addTo(map);
      pin.on("dragend", function () {
        choose(pin.getLatLng());
      });
    }
  }

  /* Ask who would answer with exactly what the form holds, and say so before anything is sent. */
  function preview() {
    var mine = (asked += 1);
    previewed = null;
    g.showSentence(answer, g.say("loading"));
    return g.sendForm("/report/preview", form).then(
      function (found) {
        if (mine !== asked) return;
        g.showAnswer(answer, found);
        previewed = placeKey();
        mark(L.latLng(found.point.lat, found.point.lon));
        if (touch) answer.scrollIntoView({ block: "nearest", behavior: "smooth" });
        var far = field.accuracy_m.value && map.getZoom() < 15; // the phone knows the place; the whole city around it shows nothing
        if (far || !map.getBounds().contains(pin.getLatLng())) map.setView(pin.getLatLng(), Math.max(map.getZoom(), 16));
      },
      function (error) {
        if (mine === asked) g.showSentence(answer, error.code === "outside_city" && field.accuracy_m.value ? g.say("geo_outside") : g.sentence(error), true);
      },
    );
  }

  function choose(latlng, accuracy) {
    field.lon.value = latlng.lng.toFixed(7);
    field.lat.value = latlng.lat.toFixed(7);
    field.crs.value = "wgs84";
    field.place.value = "";
    field.accuracy_m.value = accuracy ? accuracy.toFixed(1) : "";
    status.textContent = accuracy
      ? g.say("geo_done", { metres: Math.round(accuracy) })
      : g.say("pin_set", { lon: latlng.lng.toFixed(6), lat: latlng.lat.toFixed(6) });
    mark(latlng);
    return preview();
  }

  document.getElementById("drop").addEventListener("click", function () {
    choose(map.getCenter());
  });
  map.on("click", function (event) {
    if (!touch) choose(event.latlng);
  });
  map.getContainer().addEventListener("keydown", function (event) {
    if ((event.key === " " || event.key === "Enter") && event.target === map.getContainer()) {
      event.preventDefault();
      choose(map.getCenter());
    }
  });
  map.getContainer().addEventListener("focus", function () {
    status.textContent = g.say("keyboard");
  });

  ["lon", "lat", "crs", "place"].forEach(function (name) {
    field[name].addEventListener("change", function () {
      field.accuracy_m.value = "";
      if (field.place.value || (field.lon.value && field.lat.value)) preview();
    });
  });
  document.getElementById("typed").addEventListener("keydown", function (event) {
    if (event.key === "Enter" && event.target.tagName === "INPUT") {
      event.preventDefault();
      event.target.dispatchEvent(new Event("change"));
    }
  });

  document.getElementById("locate").addEventListener("click", function () {
    if (!navigator.geolocation) {
      status.textContent = g.say("geo_unknown");
      return;
    }
    status.textContent = g.say("geo_working");
    navigator.geolocation.getCurrentPosition(
      function (position) {
        var there = L.latLng(position.coords.latitude, position.coords.longitude);
        choose(there, position.coords.accuracy);
      },
      function (error) {
        status.textContent = g.positionFault(error);
      },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 10000 },
    );
  });

  var filter = document.getElementById("class-filter");
  if (filter) {
    var picker = field.managed_class;
    var all = Array.from(picker.children);
    filter.addEventListener("input", function () {
      var words = filter.value.trim().toLowerCase();
      var chosen = picker.value;
      var count = 0;
      picker.replaceChildren(
        ...all.map(function (entry) {
          if (entry.tagName !== "OPTGROUP") return entry;
          var group = entry.cloneNode(false);
          Array.from(entry.children).forEach(function (option) {
            var hit = option.textContent.toLowerCase().indexOf(words) !== -1 || entry.label.toLowerCase().indexOf(words) !== -1;
            if (hit || option.value === chosen) group.appendChild(option.cloneNode(true));
            if (hit) count += 1;
          });
          return group.children.length ? group : document.createDocumentFragment();
        }),
      );
      picker.value = chosen;
      if (words && !chosen && picker.querySelector("optgroup option")) picker.value = picker.querySelector("optgroup option").value;
      document.getElementById("class-count").textContent = words ? (count ? g.say("results", { count: count }) : g.say("no_results")) : "";
    });
  }

  /* Who reports is asked once a browser. */
  var reporters = Array.from(document.querySelectorAll("[name=source]"));
  var memory = g.memory("reporter");
  reporters.forEach(function (choice) {
    if (choice.value === memory.get()) choice.checked = true;
    choice.addEventListener("change", function () {
      memory.set(choice.value);
    });
  });

  function send() {
    sending = true;
    submit.disabled = true;
    sendStatus.textContent = g.say("submitting");
    g.sendForm("/report", form, { step: "confirm" }).then(
      function (stored) {
        window.location.assign(stored.url);
      },
      function (error) {
        sending = false;
        submit.disabled = false;
        sendStatus.textContent = error.known ? error.message : g.say("retry");
        sendStatus.classList.add("bad");
        if (!error.known) submit.textContent = g.say("resubmit");
      },
    );
  }

  /* Nothing is sent before the answer for this very place has been shown. */
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    if (sending) return;
    sendStatus.classList.remove("bad");
    if (previewed === placeKey()) {
      send();
      return;
    }
    preview().then(function () {
      answer.scrollIntoView({ block: "nearest" });
      answer.setAttribute("tabindex", "-1");
      answer.focus();
      offer();
    });
  });

  function offer() {
    if (previewed === placeKey()) submit.textContent = submit.dataset.confirm;
  }

  new MutationObserver(offer).observe(answer, { childList: true });
  submit.dataset.confirm = g.data.texts.confirm;

  if (g.data.start) {
    mark(L.latLng(g.data.start[1], g.data.start[0]));
    map.setView(pin.getLatLng(), 17);
    preview();
  }
})();
