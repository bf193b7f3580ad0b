/* What all pages with a map share: the page's data, texts, requests, and the answer "who is responsible here". */
(function () {
  "use strict";

  document.documentElement.classList.add("js");
  document.addEventListener("DOMContentLoaded", function () {
    if (window.map_city) window.map_city.options.zoomSnap = 1; // the first view may lie between two zooms, no later one does
  });
  var data = JSON.parse(document.getElementById("page-data").textContent);

  function say(name, values) {
    return Object.keys(values || {}).reduce(function (text, key) {
      return text.split("{" + key + "}").join(values[key]);
    }, data.texts[name]);
  }

  /* An element with text and children; never HTML from data. */
  function make(tag, options, children) {
    var element = document.createElement(tag);
    Object.keys(options || {}).forEach(function (key) {
      if (key === "text") element.textContent = options.text;
      else element.setAttribute(key, options[key]);
    });
    (children || []).forEach(function (child) {
      if (child) element.appendChild(child);
    });
    return element;
  }

  /* The JSON of an answer; one that is no success becomes an Error with the server's own sentence. */
  function read(response) {
    return response.json().then(function (body) {
      if (response.ok) return body;
      var error = new Error(document.documentElement.lang === "en" ? body.detail : body.detail_zh);
      error.status = response.status;
      error.code = body.code;
      error.field = body.field;
      error.known = true;
      throw error;
    });
  }

  var PATIENCE_MS = 30000;

  /* JSON of an address; silence ends in an Error too. */
  function fetchJson(address, options) {
    var stop = new AbortController();
    window.setTimeout(function () {
      stop.abort();
    }, PATIENCE_MS);
    var whole = Object.assign({ headers: { Accept: "application/json" }, credentials: "same-origin", signal: stop.signal }, options);
    return fetch(address, whole).then(read);
  }

  /* Do what sends a form's token; a page that was open too long takes a fresh one and does it once more. */
  function withToken(form, send) {
    return send().catch(function (error) {
      if (error.field !== "csrf_token") throw error;
      return fetchJson("/api/session").then(function (session) {
        form.elements.csrf_token.value = session.csrf_token;
        return send();
      });
    });
  }

  function sendForm(address, form, more) {
    return withToken(form, function () {
      var body = new FormData(form);
      Object.keys(more || {}).forEach(function (name) {
        body.set(name, more[name]);
      });
      return fetchJson(address, { method: "POST", body: body });
    });
  }

  function sentence(error) {
    return error.known ? error.message : say("offline");
  }

  /* Why the browser does not say where it is. */
  function positionFault(error) {
    return say({ 1: "geo_denied", 2: "geo_unavailable", 3: "geo_unavailable" }[error.code] || "geo_unknown");
  }

  function metres(value) {
    return value < 10 ? value.toFixed(1) : value.toFixed(0);
  }

  function row(list, term, value, extra) {
    list.appendChild(make("dt", { text: term }));
    list.appendChild(make("dd", {}, [make("span", { text: value }), extra ? make("small", { text: extra }) : null]));
  }

  function chiefCard(found) {
    var chief = found.road_chief;
    if (!chief) return make("p", { class: "chief nobody", text: say("nobody") });
    var phone = chief.phone ? make("a", { href: "tel:" + chief.phone, text: chief.phone }) : null;
    return make("p", { class: "chief" }, [
      make("span", { class: "post", text: say("road_chief") }),
      make("strong", { text: chief.name }),
      phone,
      chief.agency ? make("small", { text: chief.agency }) : null,
    ]);
  }

  function borderNote(found) {
    if (found.shared_with.length) return make("p", { class: "notice", text: say("on_border", { codes: found.shared_with.join(", ") }) });
    return found.near_border ? make("p", { class: "notice", text: say("near_border") }) : null;
  }

  /* Fill a section with an answer of /api/responsibility. */
  function showAnswer(section, found) {
    var list = make("dl", { class: "facts" });
    Object.keys(found.areas).forEach(function (level) {
      var area = found.areas[level];
      row(list, found.labels.levels[level], area.name || area.code, area.name ? area.code : "");
    });
    if (found.border_distance_m !== null) row(list, say("border"), say("metres", { metres: metres(found.border_distance_m) }));
    if (found.segment) {
      var extra = found.segment.code + " · " + found.labels.road_class + " · " + say("away", { metres: metres(found.segment.distance_m) });
      row(list, say("segment"), found.segment.name || say("unnamed"), extra);
    } else row(list, say("segment"), say("no_segment"));
    if (found.zone) row(list, say("zone"), found.zone.name, found.zone.code);
    row(list, say("basis"), found.labels.basis, found.edition ? say("edition") + " " + found.edition.name : "");
    row(list, say("position"), found.point.lon.toFixed(6) + ", " + found.point.lat.toFixed(6));
    section.replaceChildren(chiefCard(found), list);
    var note = borderNote(found);
    if (note) section.insertBefore(note, list);
    section.hidden = false;
  }

  function showSentence(section, text, bad) {
    section.replaceChildren(make("p", { class: bad ? "notice bad" : "muted", text: text }));
    section.hidden = false;
  }

  function responsibilityAt(latlng) {
    return fetchJson("/api/responsibility?crs=wgs84&lon=" + latlng.lng.toFixed(7) + "&lat=" + latlng.lat.toFixed(7));
  }

  /* One word kept in this browser; a browser that forbids it forgets. */
  function memory(name) {
    var key = "gridmgmt-" + name;
    return {
      get: function () {
        try {
          return window.localStorage.getItem(key);
        } catch (_) {
          return null;
        }
      },
      set: function (value) {
        try {
          window.localStorage.setItem(key, value);
        } catch (_) {
          /* forgotten */
        }
      },
    };
  }

  window.gridmgmt = {
    memory: memory,
    data: data,
    say: say,
    make: make,
    read: read,
    fetchJson: fetchJson,
    sendForm: sendForm,
    withToken: withToken,
    sentence: sentence,
    positionFault: positionFault,
    showAnswer: showAnswer,
    showSentence: showSentence,
    responsibilityAt: responsibilityAt,
  };
})();
