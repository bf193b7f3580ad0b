/* The page of a plan: the map of who is served, one site looked at or moved, and what it changes, counted here at once. */
(function () {
  "use strict";

  var g = window.gridmgmt;
  var c = window.gridmgmtCover;
  var chart = window.gridmgmtChart;
  var map = window.map_city;
  var plan = g.data.plan;
  var SNAP_M = 60;
  var TOUCH_PX = 16;
  var SHOWN = 12;
  var PHONE_PX = 760;
  var state = null;

  function byId(id) {
    return document.getElementById(id);
  }

  function put(id, text) {
    var element = byId(id);
    if (element.textContent !== text) element.textContent = text;
  }

  function whole(value) {
    return chart.number(Math.round(value));
  }

  /* The candidate of a position as a place to build. */
  function candidate(points, at) {
    return {
      x: points.cx[at], y: points.cy[at], lat: points.middle[1] + points.clat[at], lng: points.middle[0] + points.clon[at],
      candidate: at, near: at, code: points.codes[at], upgrade: points.cupgrade[at] === 1,
    };
  }

  function planned(points) {
    return g.data.sites.map(function (told) {
      return Object.assign(candidate(points, told.position), told, { name: g.say("site", { rank: told.rank }) });
    });
  }

  function start(buffer) {
    var points = c.read(buffer);
    var cover = new c.Cover(points, plan.depth);
    var sites = planned(points);
    sites.forEach(function (site) {
      cover.add(site.x, site.y);
    });
    state = {
      points: points, cover: cover, sites: sites, saved: sites.slice(), chosen: null, moved: 0, value: cover.value, nextBest: nextBest,
      candidates: new c.Index(points.cx, points.cy, SNAP_M * points.units), layer: window.gridmgmtSitingLayer(cover, sites).addTo(map),
    };
    window.gridmgmtSiting = state;
    if (points.dx.length) map.fitBounds(state.layer.bounds(), { animate: false });
    check();
    listen();
    show();
    document.body.classList.add("siting-ready");
  }

  /* The value counted here must be the one that was saved; on foot it cannot be, and is not compared. */
  function check() {
    if (plan.walking || !plan.covering) return;
    var same = Math.abs(state.value - plan.value) < 0.5;
    var told = { value: whole(state.value), saved: whole(plan.value), unit: plan.unit };
    byId("checked").className = same ? "muted small" : "notice bad";
    put("checked", g.say(same ? "checked" : "differs", told));
  }

  function show() {
    var cover = state.cover;
    put("value-now", whole(cover.value));
    put("people-before", whole(cover.peopleBefore));
    put("people-now", whole(cover.people));
    put("sites-now", whole(state.sites.length));
    var off = cover.value - state.value;
    var told = { count: state.moved, sign: g.say(off < 0 ? "less" : "more"), value: whole(Math.abs(off)), unit: plan.unit };
    put("difference", state.moved ? g.say("changed", told) : g.say("unchanged"));
    byId("undo").disabled = !state.moved;
    if (byId("keep")) keepAs();
    faults();
    state.layer.draw();
  }

  function faults() {
    var found = window.gridmgmtSitingFaults(plan, state.points, state.sites);
    var list = byId("faults");
    var lines = found.slice(0, SHOWN).map(function (text) {
      return g.make("li", { class: "bad", text: text });
    });
    if (found.length > SHOWN) lines.push(g.make("li", { text: g.say("and_more", { count: found.length - SHOWN }) }));
    if (!found.length) lines.push(g.make("li", { class: "good", text: g.say("rules_kept") }));
    list.replaceChildren.apply(list, lines);
  }

  /* The address of the form that makes a scenario of what was tried: new candidates forced in, those taken away forbidden. */
  function keepAs() {
    var open = codesOf(state.sites);
    var had = codesOf(state.saved);
    var added = Object.keys(open).filter(function (code) { return !had[code]; });
    var gone = Object.keys(had).filter(function (code) { return !open[code]; });
    byId("keep").hidden = !added.length && !gone.length;
    byId("keep").href = "/siting/new?copy=" + g.data.scenario + "&forced=" + encodeURIComponent(added.join(" ")) + "&forbidden=" + encodeURIComponent(gone.join(" "));
  }

  function codesOf(sites) {
    var codes = {};
    sites.forEach(function (site) {
      if (site.code) codes[site.code] = true;
    });
    return codes;
  }

  /* Every change goes through here: how long it took from the change to the picture is said. */
  function change(act) {
    var began = performance.now();
    act();
    state.moved += 1;
    show();
    var took = performance.now() - began;
    state.took = took;
    put("took", g.say("took", { ms: took.toFixed(0) }));
  }

  function open(site) {
    state.cover.add(site.x, site.y);
    state.sites.push(site);
  }

  function close(site) {
    state.cover.remove(site.x, site.y);
    state.sites.splice(state.sites.indexOf(site), 1);
  }

  /* Where somebody means: the nearest candidate that is free and near enough, else the place itself, which no rule was asked about. */
  function placeAt(latlng) {
    var points = state.points;
    var at = c.toUnits(points, latlng.lat, latlng.lng);
    var taken = {};
    state.sites.forEach(function (site) {
      if (site.candidate !== null) taken[site.candidate] = true;
    });
    var reach = SNAP_M * points.units;
    var best = nearest(at, reach * reach, function (k) { return !taken[k]; });
    if (best >= 0) return Object.assign(candidate(points, best), { tried: true, name: points.codes[best] });
    var near = nearest(at, Infinity, function () { return true; });
    return { x: at.x, y: at.y, lat: latlng.lat, lng: latlng.lng, candidate: null, near: near, code: null, upgrade: false, tried: true, name: g.say("tried_site") };
  }

  function nearest(at, limit, allowed) {
    var points = state.points;
    var best = -1;
    var least = limit;
    for (var k = 0; k < points.cx.length; k += 1) {
      var dx = points.cx[k] - at.x;
      var dy = points.cy[k] - at.y;
      var away = dx * dx + dy * dy;
      if (away <= least && (best < 0 || away < least) && allowed(k)) {
        best = k;
        least = away;
      }
    }
    return best;
  }

  function listen() {
    map.on("click", function (event) {
      if (byId("adding").checked) return add(placeAt(event.latlng));
      choose(state.layer.siteAt(event.containerPoint, TOUCH_PX));
      if (state.chosen && window.innerWidth > PHONE_PX) byId("why").scrollIntoView({ block: "nearest" });
      return undefined;
    });
    byId("divider").addEventListener("input", function () {
      state.layer.divide(Number(this.value) / 100);
    });
    byId("undo").addEventListener("click", undo);
    byId("remove").addEventListener("click", function () {
      var site = state.chosen;
      choose(null);
      change(function () { close(site); });
    });
    byId("by-code").addEventListener("submit", function (event) {
      event.preventDefault();
      addByCode(byId("code").value.trim());
    });
    byId("curves").addEventListener("toggle", curves);
    byId("site-list").addEventListener("click", function (event) {
      var button = event.target.closest("button[data-rank]");
      if (button) go(Number(button.dataset.rank));
    });
    if (window.location.hash.indexOf("#site-") === 0) go(Number(window.location.hash.slice(6)));
  }

  function go(rank) {
    var site = state.sites.find(function (one) { return one.rank === rank; });
    if (!site) return;
    map.setView([site.lat, site.lng], Math.max(map.getZoom(), 15), { animate: false });
    choose(site);
  }

  function add(site) {
    change(function () { open(site); });
    choose(site);
    put("note", g.say(site.code ? "snapped" : "free_place", { code: site.code }));
  }

  function addByCode(code) {
    var at = state.points.codes.indexOf(code);
    if (at < 0) return put("note", g.say("no_candidate", { code: code }));
    if (codesOf(state.sites)[code]) return put("note", g.say("already", { code: code }));
    var site = Object.assign(candidate(state.points, at), { tried: true, name: code });
    map.setView([site.lat, site.lng], Math.max(map.getZoom(), 14), { animate: false });
    return add(site);
  }

  function undo() {
    choose(null);
    state.sites.slice().forEach(close);
    state.saved.forEach(open);
    state.moved = 0;
    put("note", "");
    show();
  }

  /* The site looked at gets a handle to drag and its circle. */
  function choose(site) {
    if (state.handle) map.removeLayer(state.handle).removeLayer(state.circle);
    state.handle = null;
    state.chosen = site;
    byId("why").hidden = !site;
    if (!site) return;
    state.circle = L.circle([site.lat, site.lng], { radius: plan.radius, interactive: false, color: "#0f4c5c", weight: 1.5, dashArray: "4 3", fill: false }).addTo(map);
    state.handle = L.marker([site.lat, site.lng], { draggable: true, autoPan: true, title: site.name, alt: site.name, icon: L.divIcon({ className: "drop-pin", html: "<span></span>", iconSize: [26, 26], iconAnchor: [13, 30] }) }).addTo(map);
    state.handle.on("drag", dragged).on("dragend", dropped);
    why(site);
  }

  function dragged(event) {
    var site = state.chosen;
    var latlng = event.target.getLatLng();
    var at = c.toUnits(state.points, latlng.lat, latlng.lng);
    var began = performance.now();
    state.cover.remove(site.x, site.y);
    Object.assign(site, { x: at.x, y: at.y, lat: latlng.lat, lng: latlng.lng, at: null, from: site.from || site });
    if (!site.tried) replaceBySelf(site);
    state.cover.add(at.x, at.y);
    state.circle.setLatLng(latlng);
    put("value-now", whole(state.cover.value));
    put("people-now", whole(state.cover.people));
    state.layer.draw();
    state.took = performance.now() - began;
  }

  /* A planned site that is dragged away becomes one that is tried; the plan's own is kept for going back. */
  function replaceBySelf(site) {
    var kept = state.saved.indexOf(site);
    if (kept >= 0) state.saved[kept] = planned(state.points)[kept];
    Object.assign(site, { tried: true, rank: null, candidate: null, code: null, name: g.say("tried_site") });
  }

  function dropped(event) {
    var site = state.chosen;
    var latlng = event.target.getLatLng();
    choose(null);
    change(function () {
      close(site);
      site = placeAt(latlng);
      open(site);
    });
    choose(site);
    put("note", g.say(site.code ? "snapped" : "free_place", { code: site.code }));
  }

  /* Why this site: what it alone serves, what is lost without it, what would be the best in its place. */
  function why(site) {
    var lines = [];
    var lost = state.cover.alone(site.x, site.y);
    put("why-name", site.name);
    lines.push(site.code ? g.say("from_candidate", { code: site.code, origin: site.origin || "" }).replace("（）", "").replace("()", "") : g.say("free_place"));
    lines.push(g.say("within", { people: whole(lost.within) }));
    lines.push(g.say("alone", { people: whole(lost.people), value: whole(lost.value), unit: plan.unit }));
    if (site.adds !== undefined && plan.covering) lines.push(g.say("adds", { value: whole(site.adds), unit: plan.unit }));
    if (site.verdict) lines.push(site.verdict);
    var list = byId("why-lines");
    list.replaceChildren.apply(list, lines.map(function (text) { return g.make("li", { text: text }); }));
    window.setTimeout(function () { // every candidate is asked: the picture comes first
      if (state.chosen === site) list.appendChild(g.make("li", { text: instead(site, lost.value) }));
    }, 30);
  }

  function instead(site, lost) {
    var best = nextBest(site);
    if (best.at < 0) return g.say("next_none");
    var place = candidate(state.points, best.at);
    var away = Math.sqrt((place.x - site.x) * (place.x - site.x) + (place.y - site.y) * (place.y - site.y)) / state.points.units;
    var told = { code: place.code, metres: whole(away), value: whole(best.gain), lost: whole(Math.abs(lost - best.gain)), unit: plan.unit };
    return g.say(best.gain > lost ? "next_better" : "next_best", told);
  }

  /* The free candidate that adds most once a site is gone and keeps every rule beside the others; a forced site has none. */
  function nextBest(site) {
    var points = state.points;
    var best = { at: -1, gain: -1 };
    if (site.code && plan.forced.indexOf(site.code) >= 0) return best;
    var allowed = window.gridmgmtSitingAllows(plan, points, state.sites.filter(function (one) { return one !== site; }));
    state.cover.remove(site.x, site.y);
    var gains = state.cover.gains();
    state.cover.add(site.x, site.y);
    for (var k = 0; k < gains.length; k += 1) {
      if (gains[k] > best.gain && points.codes[k] !== site.code && allowed(k)) best = { at: k, gain: gains[k] };
    }
    return best;
  }

  function curves() {
    if (!byId("curves").open) return;
    var open = codesOf(state.sites);
    var free = [];
    for (var k = 0; k < state.points.cx.length; k += 1) if (!open[state.points.codes[k]]) free.push(candidate(state.points, k));
    state.curve = c.curve(state.cover, state.sites, free, Math.max(20, Math.min(100, state.sites.length)), roomBeside);
    window.gridmgmtSitingCurves(state.curve, c.byRadius(state.cover, state.sites, radii()), plan);
  }

  function roomBeside(taken) {
    var places = taken.map(function (step) { return step.place; });
    var allowed = window.gridmgmtSitingAllows(plan, state.points, state.sites.concat(places));
    return function (place) { return allowed(place.candidate); };
  }

  function radii() {
    return [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3].map(function (factor) { return Math.round(plan.radius * factor); });
  }

  put("difference", g.say("reading"));
  fetch(g.data.points, { credentials: "same-origin" })
    .then(function (response) {
      if (!response.ok) throw new Error(String(response.status));
      return response.arrayBuffer();
    })
    .then(start)
    .catch(function (error) {
      put("difference", g.say("failed"));
      throw error;
    });
})();
