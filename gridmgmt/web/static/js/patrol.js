/* Walk with the phone: positions are kept here first and sent whenever the network allows, each batch once. */
(function () {
  "use strict";

  var g = window.gridmgmt;
  var kept = window.gridmgmtPatrol;
  var map = window.map_city;
  var NEAR_M = 8; // a position is kept after so many metres …
  var LONG_MS = 30000; // … or after so long
  var SEND_EVERY_MS = 15000;
  var LONGEST_WAIT_MS = 240000;
  var walk = kept.load();
  var watch = null;
  var sending = false;
  var wait = SEND_EVERY_MS;
  var timer = null;
  var track = L.polyline([], { color: "#1450a3", weight: 5, opacity: 0.85 }).addTo(map);
  var here = null;
  var at = function (id) {
    return document.getElementById(id);
  };

  function token() {
    return document.querySelector("meta[name=csrf-token]");
  }

  function post(address, body) {
    return fetch(address, {
      method: "POST",
      credentials: "same-origin",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRF-Token": token().content },
      body: JSON.stringify(body),
    }).then(g.read);
  }

  /* A page that was open while one signed in again holds an old token. */
  function renewToken() {
    return g.fetchJson("/api/session").then(function (session) {
      token().content = session.csrf_token;
    });
  }

  function show() {
    var mine = walk && walk.account === g.data.me;
    var on = mine && !walk.endedAt;
    at("walk-start").hidden = Boolean(walk);
    at("walk-end").hidden = !on;
    at("walk-state").textContent = g.say(on ? "walk_on" : walk && mine ? "walk_done" : "walk_off");
    at("walk-time").textContent = mine ? g.say("walk_minutes", { minutes: Math.floor(((walk.endedAt ? Date.parse(walk.endedAt) : Date.now()) - Date.parse(walk.startedAt)) / 60000) }) : "—";
    at("walk-length").textContent = mine ? g.say("walk_metres", { metres: Math.round(walk.length) }) : "—";
    at("walk-points").textContent = mine ? walk.count : "0";
    showWaiting(mine);
  }

  function showWaiting(mine) {
    var line = at("walk-waits");
    if (!walk) line.textContent = "";
    else if (!mine) line.textContent = g.say("walk_other", { name: walk.account });
    else {
      var count = kept.waiting(walk);
      line.textContent = count || !walk.startSent ? g.say("walk_waits", { count: count }) : g.say("walk_sent");
    }
  }

  function fault(text) {
    at("walk-fault").hidden = !text;
    at("walk-fault").textContent = text || "";
  }

  function store() {
    if (!kept.save(walk)) fault(g.say("walk_full"));
    show();
  }

  function next() {
    if (!walk.startSent) {
      return post("/api/patrols", { key: walk.key, started_at: walk.startedAt }).then(function () {
        walk.startSent = true;
      });
    }
    if (!walk.batches.length) kept.closeBatch(walk);
    kept.save(walk);
    if (walk.batches.length) {
      var batch = walk.batches[0];
      return post("/api/patrols/" + walk.key + "/points", { seq: batch.seq, points: batch.points }).then(function () {
        walk.batches.shift();
      });
    }
    if (walk.endedAt) {
      return post("/api/patrols/" + walk.key + "/end", { ended_at: walk.endedAt }).then(function (answer) {
        walk = null;
        kept.save(null);
        window.location.assign(answer.url);
      });
    }
    return null;
  }

  function explain(error) {
    if (error.status === undefined) fault(g.say("walk_offline"));
    else if (error.status === 401) fault(g.say("walk_signed_out"));
    else fault(g.say("walk_refused", { reason: error.message }));
  }

  /* Send what waits, one thing after the other; a failure waits longer each time, and nothing is dropped. */
  function send(retried) {
    if (sending || !walk || walk.account !== g.data.me) return;
    var step = next();
    if (!step) {
      again(SEND_EVERY_MS);
      return;
    }
    sending = true;
    step.then(
      function () {
        sending = false;
        wait = SEND_EVERY_MS;
        fault("");
        if (!walk) return;
        store();
        send();
      },
      function (error) {
        sending = false;
        if (!retried && error.field === "csrf_token") {
          renewToken().then(function () {
            send(true);
          }, explain);
          return;
        }
        explain(error);
        show();
        wait = Math.min(wait * 2, LONGEST_WAIT_MS);
        again(wait);
      },
    );
  }

  function again(delay) {
    window.clearTimeout(timer);
    timer = window.setTimeout(send, delay);
  }

  function take(position) {
    var now = { at: Math.round(position.timestamp || Date.now()), lon: position.coords.longitude, lat: position.coords.latitude, accuracy: position.coords.accuracy };
    at("walk-position").textContent = g.say("walk_position", { metres: Math.round(now.accuracy) });
    var place = L.latLng(now.lat, now.lon);
    if (here) here.setLatLng(place);
    else {
      here = L.circleMarker(place, { radius: 8, color: "#fff", weight: 3, fillColor: "#1450a3", fillOpacity: 1 }).addTo(map);
      map.setView(place, Math.max(map.getZoom(), 16));
    }
    var moved = walk.last ? map.distance(place, L.latLng(walk.last.lat, walk.last.lon)) : Infinity;
    if (walk.last && moved < NEAR_M && now.at - walk.last.at < LONG_MS) return;
    if (walk.last) walk.length += moved;
    walk.points.push([now.at, Number(now.lon.toFixed(7)), Number(now.lat.toFixed(7)), now.accuracy === null ? null : Number(now.accuracy.toFixed(1))]);
    walk.last = now;
    walk.count += 1;
    track.addLatLng(place);
    store();
  }

  function lost(error) {
    at("walk-position").textContent = g.positionFault(error);
  }

  /* A phone whose screen goes dark stops telling where it is. */
  function stayAwake() {
    if (navigator.wakeLock && document.visibilityState === "visible") navigator.wakeLock.request("screen").catch(function () {});
  }

  function follow() {
    if (!navigator.geolocation) {
      at("walk-position").textContent = g.say("geo_unknown");
      return;
    }
    watch = navigator.geolocation.watchPosition(take, lost, { enableHighAccuracy: true, maximumAge: 2000, timeout: 30000 });
    stayAwake();
  }

  at("walk-start").addEventListener("click", function () {
    walk = kept.begin(g.data.me);
    store();
    follow();
    send();
  });

  at("walk-end").addEventListener("click", function () {
    if (watch !== null) navigator.geolocation.clearWatch(watch);
    walk.endedAt = new Date().toISOString();
    store();
    send();
  });

  window.addEventListener("online", function () {
    wait = SEND_EVERY_MS;
    send();
  });
  document.addEventListener("visibilitychange", function () {
    if (watch !== null) stayAwake();
  });

  function drawKept() {
    walk.batches
      .concat([{ points: walk.points }])
      .forEach(function (batch) {
        batch.points.forEach(function (point) {
          track.addLatLng([point[2], point[1]]);
        });
      });
  }

  function begin() {
    if (walk && walk.account === g.data.me) {
      drawKept();
      if (!walk.endedAt) {
        follow();
        at("walk-position").textContent = g.say("walk_resumed");
      }
      send();
    }
    show();
    window.setInterval(show, 10000);
  }

  /* Two tabs would write every position twice: the second one only says so. */
  if (navigator.locks) {
    navigator.locks.request("gridmgmt-patrol", { ifAvailable: true }, function (lock) {
      if (!lock) {
        at("walk-state").textContent = g.say("walk_twice");
        return null;
      }
      begin();
      return new Promise(function () {}); // held until the tab closes
    });
  } else begin();
})();
