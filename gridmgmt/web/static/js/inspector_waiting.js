/* What waits on this phone, what was refused and why, and what was sent lately. */
(function () {
  "use strict";

  const g = window.gridmgmt;
  const field = g.field;
  const store = window.gridmgmtStore;
  const list = document.getElementById("waiting");
  const count = document.getElementById("count-waiting");
  const summary = document.getElementById("summary");
  const english = document.documentElement.lang === "en";
  const BADGE = { waiting: "clock-soon", refused: "clock-late", sent: "clock-fine" };

  function newId() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  field.newEntry = (kind) => ({ id: newId(), owner: g.data.me, kind: kind, state: "waiting", createdAt: Date.now(), tries: 0 });

  function why(entry) {
    return g.say("refused_why", { reason: (english ? entry.reason.en : entry.reason.zh) || entry.reason.status });
  }

  /* Send now, and say how it went with one entry. */
  field.sent = async function (id, say) {
    askForBackgroundSync();
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {}); // a full phone clears other pages first
    await draw();
    await field.flush(true);
    const entry = await store.get(id);
    if (!entry) return;
    if (entry.state === "sent") say(g.say("sent_as", { case: entry.result.caseNo }), "good");
    else if (entry.state === "refused") say(why(entry), "bad");
    else say(g.say("saved_waits"));
  };

  function askForBackgroundSync() {
    if (!navigator.serviceWorker) return;
    navigator.serviceWorker.ready.then((worker) => worker.sync && worker.sync.register("outbox")).catch(() => {}); // the page itself sends too
  }

  function button(text, act, kind) {
    const made = g.make("button", { type: "button", class: kind || "", text: text });
    made.addEventListener("click", act);
    return made;
  }

  async function again(entry) {
    const version = entry.kind === "act" ? field.taskVersion(entry.caseNo) : undefined;
    const body = version ? { ...entry.body, expected_version: version } : entry.body; // who says it again has seen what changed
    await store.change(entry.id, (kept) => ({ ...kept, body: body, state: "waiting", tries: 0, nextAt: 0, reason: null }));
    await field.flush(true);
  }

  async function remove(entry) {
    if (!window.confirm(g.say("delete_sure"))) return;
    await store.remove(entry.id);
    window.gridmgmtOutbox.news.postMessage({ changed: entry.id }); // other pages
    await draw();
  }

  function base64(bytes) {
    let text = "";
    new Uint8Array(bytes).forEach((byte) => (text += String.fromCharCode(byte)));
    return btoa(text);
  }

  /* The whole entry as a file, photos included: for whoever has to type it in elsewhere. */
  function exportEntry(entry) {
    const whole = { ...entry, photos: entry.photos.map((photo) => ({ ...photo, bytes: base64(photo.bytes) })) };
    const link = g.make("a", { download: `${entry.id}.json`, href: URL.createObjectURL(new Blob([JSON.stringify(whole)], { type: "application/json" })) });
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function change(entry) {
    if (entry.kind === "act" && entry.body.action !== "note") {
      if (!field.editTask(entry)) window.alert(g.say("no_task_any_more"));
      return;
    }
    field.edit(entry);
    field.showTab("report");
  }

  function tools(entry) {
    if (entry.state === "sent") return null;
    const refused = entry.state === "refused";
    return g.make("p", { class: "buttons" }, [
      refused ? button(g.say("send_again"), () => again(entry), "primary") : null,
      refused ? button(g.say("change"), () => change(entry)) : null,
      button(g.say("export"), () => exportEntry(entry)),
      button(g.say("delete"), () => remove(entry), "danger"),
    ]);
  }

  function card(entry) {
    const link = entry.state === "sent" ? g.make("a", { href: entry.result.url, text: entry.result.caseNo }) : g.make("b", { text: entry.title });
    const made = new Date(entry.createdAt).toLocaleString(english ? "en" : "zh-CN", { dateStyle: "short", timeStyle: "short" });
    const facts = [made, entry.caseNo, entry.photos.length ? g.say("with_photos", { count: entry.photos.length }) : null, entry.tries && entry.state === "waiting" ? g.say("tried", { count: entry.tries }) : null];
    return g.make("li", { class: "case-card", "data-entry": entry.id, "data-state": entry.state }, [
      g.make("p", { class: "card-head" }, [link, g.make("span", { class: `badge ${BADGE[entry.state]}`, text: g.say("state_" + entry.state) })]),
      entry.body.description || entry.body.reason ? g.make("p", { text: entry.body.description || entry.body.reason }) : null,
      g.make("p", { class: "small muted", text: facts.filter(Boolean).join(" · ") }),
      entry.state === "refused" ? g.make("p", { class: "notice bad", text: why(entry) }) : null,
      tools(entry),
    ]);
  }

  async function draw() {
    const all = await store.list();
    const mine = all.filter((entry) => entry.owner === g.data.me).reverse();
    const waits = mine.filter((entry) => entry.state === "waiting").length;
    const refused = mine.filter((entry) => entry.state === "refused").length;
    const others = all.filter((entry) => entry.owner !== g.data.me && entry.state !== "sent").length;
    const status = await store.word("status");
    count.textContent = waits + refused;
    const lines = [];
    if (waits) lines.push(g.make("span", { text: g.say("waiting_some", { count: waits }) }));
    if (waits && status === "signed_out") lines.push(g.make("a", { href: "/login?next=/inspector", text: g.say("signed_out") }));
    else if (waits && (status === "offline" || !navigator.onLine)) lines.push(g.make("span", { text: g.say("no_network") }));
    if (refused) lines.push(g.make("span", { class: "warn", text: g.say("refused_some", { count: refused }) }));
    if (others) lines.push(g.make("span", { text: g.say("others_some", { count: others }) }));
    summary.replaceChildren(...lines);
    summary.hidden = !lines.length;
    const now = waits ? [g.make("li", {}, [button(g.say("send_now"), () => field.flush(true), "primary")])] : [];
    list.replaceChildren(...now, ...(mine.length ? mine.map(card) : [g.make("li", { class: "empty", text: g.say("waiting_none") })]));
  }

  field.drawWaiting = draw;
})();
