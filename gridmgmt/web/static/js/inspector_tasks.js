/* My tasks in order of distance, each with what can be said on the spot; and what I reported. */
(function () {
  "use strict";

  const g = window.gridmgmt;
  const field = g.field;
  const list = document.getElementById("tasks");
  const note = document.getElementById("tasks-note");
  const count = document.getElementById("count-tasks");
  const reports = document.getElementById("reports");
  const map = window.map_city;
  const PHOTOS_OF = { handle_on_spot: ["before", "after"] };
  let tasks = [];
  const forms = new Map(); // case number → its words, its photos, and the entry that is being changed
  const cards = new Map(); // case number → its card and what it shows
  const done = new Map(); // case number → what was said about it and still waits

  function from() {
    if (field.me) return field.me;
    const centre = map.getCenter();
    return { lon: centre.lng, lat: centre.lat };
  }

  function sorted() {
    const here = from();
    return tasks.map((task) => ({ ...task, metres: field.distance(here, task) })).sort((one, other) => one.metres - other.metres);
  }

  async function rememberDone() {
    done.clear();
    for (const entry of await window.gridmgmtStore.list()) {
      if (entry.kind === "act" && entry.body.action !== "note" && entry.state === "waiting" && entry.owner === g.data.me) done.set(entry.caseNo, entry);
    }
  }

  /* A card stays the same element while its task stays the same: what is being typed there must not vanish under a refresh. */
  function cardOf(task, index) {
    const said = done.get(task.case_no);
    const key = `${task.version} ${said ? said.id : ""}`;
    const kept = cards.get(task.case_no);
    const made = kept && kept.key === key ? kept : { key: key, element: card(task, said) };
    cards.set(task.case_no, made);
    made.element.querySelector(".num").textContent = index + 1;
    made.element.querySelector(".far").textContent = field.howFar(task.metres);
    return made.element;
  }

  function draw() {
    const shown = sorted();
    count.textContent = shown.filter((task) => !done.has(task.case_no)).length;
    const wanted = shown.length ? shown.map(cardOf) : [g.make("li", { class: "empty", text: g.say("no_tasks") })];
    const same = wanted.length === list.children.length && wanted.every((element, index) => element === list.children[index]);
    if (!same) list.replaceChildren(...wanted);
    field.showTasks(shown, (task) => field.openTask(task.case_no));
  }

  function openCard(caseNo) {
    const found = list.querySelector(`details[data-case="${CSS.escape(caseNo)}"]`);
    if (found) found.open = true;
    return found;
  }

  field.openTask = function (caseNo) {
    field.showTab("tasks");
    openCard(caseNo)?.scrollIntoView({ block: "nearest" });
  };

  function card(task, said) {
    const head = g.make("summary", {}, [
      g.make("span", { class: "num" }),
      g.make("b", { text: task.class_name || task.case_no }),
      g.make("span", { class: `badge state-${task.state}`, text: task.state_label }),
      g.make("span", { class: "small far" }),
    ]);
    const body = said ? [g.make("p", { class: "notice", text: g.say("done_waiting", { action: said.title }) })] : [];
    const panel = g.make("details", { "data-case": task.case_no, class: "task" }, [
      head,
      task.description ? g.make("p", { text: task.description }) : null,
      g.make("p", { class: "small muted", text: [task.case_no, task.address, task.opened, task.clock].filter(Boolean).join(" · ") }),
      ...body,
      links(task),
    ]);
    forms.delete(task.case_no);
    if (!said) panel.addEventListener("toggle", () => panel.open && formOf(task, panel));
    return g.make("li", { class: "case-card" }, [panel]);
  }

  function links(task) {
    const look = g.make("button", { type: "button", text: g.say("show_on_map") });
    look.addEventListener("click", () => field.lookAt(task));
    return g.make("p", { class: "buttons" }, [look, g.make("a", { class: "button", href: task.url, text: g.say("open_case") })]);
  }

  function formOf(task, panel) {
    if (!panel.querySelector("form")) panel.appendChild(actForm(task));
    return forms.get(task.case_no);
  }

  /* Take an act that was refused back into the form of its task; false when it is no task of mine any more. */
  field.editTask = function (entry) {
    const task = tasks.find((one) => one.case_no === entry.caseNo);
    if (!task || done.has(entry.caseNo)) return false;
    field.openTask(entry.caseNo);
    const form = formOf(task, openCard(entry.caseNo));
    form.words.value = entry.body.reason || "";
    form.picker.load(entry.photos);
    form.entry = entry;
    form.words.focus();
    return true;
  };

  function actForm(task) {
    const id = `words-${task.case_no}`;
    const words = g.make("textarea", { id: id, rows: 2, maxlength: 2000 });
    const box = g.make("div");
    const wanted = task.actions.some((one) => PHOTOS_OF[one.action]) ? ["proof", "before", "after"] : ["proof"];
    const picker = g.photoPicker(box, wanted);
    forms.set(task.case_no, { words: words, picker: picker, entry: null });
    const status = g.make("p", { role: "status" });
    const buttons = task.actions.map((one, index) => {
      const button = g.make("button", { type: "button", class: index ? "" : "primary", "data-action": one.action, text: g.data.labels[one.action] });
      button.addEventListener("click", () => say(task, one, words, picker, status, buttons));
      return button;
    });
    const form = g.make("form", { class: "act" }, [g.make("label", { for: id, text: g.say("words") }), words, box, status, g.make("p", { class: "buttons" }, buttons)]);
    form.addEventListener("submit", (event) => event.preventDefault());
    return form;
  }

  function fault(one, words, photos) {
    const label = { action: g.data.labels[one.action] };
    if (one.reason && !words.value.trim()) return g.say("need_reason", label);
    const roles = new Set(photos.map((photo) => photo.role));
    return (PHOTOS_OF[one.action] || []).every((role) => roles.has(role)) ? null : g.say("need_after", label);
  }

  async function say(task, one, words, picker, status, buttons) {
    const photos = picker.photos();
    const wrong = fault(one, words, photos);
    status.className = wrong ? "notice bad" : "";
    status.textContent = wrong || g.say("saved");
    if (wrong) return;
    buttons.forEach((button) => (button.disabled = true));
    const body = { action: one.action, reason: words.value.trim() || null, expected_version: task.version, position: field.position(), details: { made_at: new Date().toISOString() } };
    const before = forms.get(task.case_no).entry;
    const base = before ? { ...before, state: "waiting", tries: 0, nextAt: 0, reason: null } : field.newEntry("act");
    const entry = { ...base, caseNo: task.case_no, title: g.data.labels[one.action], body: body, photos: photos };
    try {
      await window.gridmgmtStore.put(entry);
    } catch (error) {
      buttons.forEach((button) => (button.disabled = false));
      status.className = "notice bad";
      status.textContent = g.say("not_saved", { error: error.message || error.name });
      return;
    }
    await refreshDone();
    await field.sent(entry.id, (text, tone) => {
      note.className = tone ? `notice ${tone}` : "";
      note.textContent = text;
    });
  }

  async function refreshDone() {
    await rememberDone();
    draw();
  }

  async function load() {
    const told = note.textContent;
    try {
      const answer = await g.fetchJson("/api/inspector/tasks");
      tasks = answer.tasks;
      if (answer.more) note.textContent = g.say("tasks_more", { count: tasks.length });
      else if (told === g.say("tasks_kept")) note.textContent = "";
    } catch (error) {
      note.textContent = g.sentence(error);
    }
    if (!navigator.onLine) note.textContent = g.say("tasks_kept");
    await refreshDone();
  }

  async function loadReports() {
    const answer = await g.fetchJson("/api/inspector/reports").catch(() => null);
    if (!answer) return;
    const rows = answer.reports.map((entry) =>
      g.make("li", { class: "case-card" }, [
        g.make("p", { class: "card-head" }, [g.make("a", { href: entry.url, text: entry.class_name || entry.case_no }), g.make("span", { class: `badge state-${entry.state}`, text: entry.state_label })]),
        entry.description ? g.make("p", { text: entry.description }) : null,
        g.make("p", { class: "small muted", text: `${entry.case_no} · ${entry.opened}` }),
      ]),
    );
    reports.replaceChildren(...(rows.length ? rows : [g.make("li", { class: "empty", text: g.say("no_reports") })]));
  }

  field.reload = async function () {
    await Promise.all([load(), loadReports()]);
  };
  field.taskVersion = (caseNo) => tasks.find((task) => task.case_no === caseNo)?.version;
  field.tasksChanged = refreshDone;
  document.addEventListener("moved", draw);
})();
