/* The report form: position, photos, class, send. Everything goes into the outbox first, so that nothing depends on the network. */
(function () {
  "use strict";

  const g = window.gridmgmt;
  const field = g.field;
  const form = document.getElementById("report");
  const el = (id) => document.getElementById(id);
  const answer = el("answer");
  const nearby = el("nearby");
  const sendStatus = el("send-status");
  const mode = el("mode");
  let adding = null; // the case to add to instead of opening one
  let editing = null; // the entry that is being changed
  let asked = 0;

  const near = g.photoPicker(el("photos"), ["near", "far", "reference"]);
  const spot = g.photoPicker(el("spot-photos"), ["before", "after"]);
  const classes = g.classPicker(el("class-chips"), el("class-search"), el("class-found"), el("class-chosen"), g.data.me, lookAround);
  field.loadClasses = () => g.fetchJson("/api/inspector/classes").then(classes.fill, () => {});

  el("on-spot").addEventListener("change", showSpot);
  function showSpot() {
    el("spot-fields").hidden = !el("on-spot").checked;
  }

  field.whenPlaced(() => {
    whoAnswers();
    lookAround();
  });

  /* One line on who answers here; without network the phone does not know. */
  function whoAnswers() {
    const mine = (asked += 1);
    answer.textContent = "";
    g.responsibilityAt({ lng: field.place.lon, lat: field.place.lat }).then(
      (found) => {
        if (mine !== asked) return;
        const grid = Object.values(found.areas).pop();
        const chief = found.road_chief ? `${g.say("road_chief")} ${found.road_chief.name}` : g.say("nobody");
        answer.textContent = [chief, found.segment ? found.segment.name || g.say("unnamed") : null, grid ? grid.name || grid.code : null].filter(Boolean).join(" · ");
      },
      (error) => {
        if (mine === asked && error.known) answer.textContent = error.message;
      },
    );
  }

  /* Open cases of the same class close by: perhaps the same problem. */
  function lookAround() {
    addTo(null);
    if (!field.place || !classes.value()) {
      nearby.replaceChildren();
      return;
    }
    const values = new URLSearchParams({ lon: field.place.lon, lat: field.place.lat, crs: "wgs84", class: classes.value() });
    g.fetchJson(`/api/inspector/nearby?${values}`).then(
      (found) => showNearby(found.cases),
      (error) => nearby.replaceChildren(g.make("p", { class: "muted small", text: error.known ? error.message : g.say("nearby_offline") })),
    );
  }

  function showNearby(cases) {
    if (!cases.length) {
      nearby.replaceChildren(g.make("p", { class: "muted small", text: g.say("nearby_none") }));
      return;
    }
    nearby.replaceChildren(g.make("p", { class: "notice", text: g.say("nearby_some", { count: cases.length }) }), g.make("ul", { class: "case-cards" }, cases.map(nearbyCard)));
  }

  function nearbyCard(entry) {
    const add = g.make("button", { type: "button", text: g.say("same_problem", { case: entry.case_no }) });
    add.addEventListener("click", () => addTo(entry.case_no));
    return g.make("li", { class: "case-card" }, [
      g.make("p", { class: "card-head" }, [g.make("a", { href: entry.url, text: entry.class_name || entry.case_no }), g.make("span", { class: `badge state-${entry.state}`, text: entry.state_label })]),
      entry.description ? g.make("p", { text: entry.description }) : null,
      g.make("p", { class: "small muted", text: `${g.say("away", { metres: entry.distance_m })} · ${entry.opened}` }),
      add,
    ]);
  }

  function addTo(caseNo) {
    adding = caseNo;
    showMode();
    if (!caseNo) return;
    if (!form.description.value.trim()) form.description.value = g.say("seen_again");
    el("send").focus();
  }

  function showMode() {
    mode.replaceChildren();
    if (!adding && !editing) return;
    const back = g.make("button", { type: "button", text: g.say(adding ? "not_the_same" : "new_report") });
    back.addEventListener("click", () => (adding ? addTo(null) : reset()));
    mode.append(g.make("p", { class: "notice", text: adding ? g.say("adding_to", { case: adding }) : g.say("changing") }), back);
  }

  function fault() {
    const words = form.description.value.trim();
    if (adding) return words ? null : "need_words";
    if (!field.place) return "need_place";
    if (!words && !classes.value() && !near.photos().length) return "need_content";
    if (!el("on-spot").checked) return null;
    const shown = new Set(spot.photos().map((photo) => photo.role));
    return form.spot_reason.value.trim() && shown.has("before") && shown.has("after") ? null : "need_spot";
  }

  /* A new entry, or the one that is being changed: it keeps its id, so that it still counts once. */
  function base(kind) {
    return editing && editing.kind === kind ? { ...editing, state: "waiting", tries: 0, nextAt: 0, reason: null } : field.newEntry(kind);
  }

  function noteEntry() {
    const body = { action: "note", reason: form.description.value.trim(), position: field.position(), details: { made_at: new Date().toISOString() } };
    return { ...base("act"), caseNo: adding, title: g.data.labels.note, body: body, photos: near.photos() };
  }

  function reportEntry() {
    const onSpot = el("on-spot").checked;
    const body = {
      ...field.place, crs: "wgs84", managed_class: classes.value(), description: form.description.value.trim(), address: form.address.value.trim(),
      reported_at: editing && editing.kind === "report" ? editing.body.reported_at : new Date().toISOString(), on_spot: onSpot ? { reason: form.spot_reason.value.trim() } : null,
    };
    return { ...base("report"), title: classes.value() ? classes.name() : g.say("report_title"), body: body, photos: [...near.photos(), ...(onSpot ? spot.photos() : [])] };
  }

  function reset() {
    editing = null;
    adding = null;
    form.reset();
    near.clear();
    spot.clear();
    classes.set("");
    showSpot();
    showMode();
    nearby.replaceChildren();
  }

  function say(text, tone) {
    sendStatus.textContent = text;
    sendStatus.className = tone ? `notice ${tone}` : "";
  }

  form.addEventListener("input", () => say("")); // the answer to the last report is not about this one

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = fault();
    if (wrong) return say(g.say(wrong), "bad");
    el("send").disabled = true;
    try {
      const entry = adding ? noteEntry() : reportEntry();
      await window.gridmgmtStore.put(entry);
      classes.remember();
      reset();
      say(g.say("saved"));
      await field.sent(entry.id, say);
    } catch (error) {
      say(g.say("not_saved", { error: error.message || error.name }), "bad");
    } finally {
      el("send").disabled = false;
    }
  });

  /* Take an entry that was refused, or still waits, back into the form. */
  field.edit = function (entry) {
    reset();
    editing = entry;
    const { body } = entry;
    if (entry.kind === "act") {
      form.description.value = body.reason;
      near.load(entry.photos);
      adding = entry.caseNo;
      showMode();
      return;
    }
    form.description.value = body.description;
    form.address.value = body.address;
    form.spot_reason.value = body.on_spot ? body.on_spot.reason : "";
    el("on-spot").checked = Boolean(body.on_spot);
    classes.set(body.managed_class);
    near.load(entry.photos.filter((photo) => !["before", "after"].includes(photo.role)));
    spot.load(entry.photos.filter((photo) => ["before", "after"].includes(photo.role)));
    field.choose({ lng: body.lon, lat: body.lat }, body.accuracy_m);
    showSpot();
    showMode();
  };
})();
