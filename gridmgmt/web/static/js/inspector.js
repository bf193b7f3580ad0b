/* The inspector's page comes to life: tabs, whose data this is, the service worker, and sending again until everything is sent. */
(function () {
  "use strict";

  const g = window.gridmgmt;
  const field = g.field;
  const store = window.gridmgmtStore;
  const outbox = window.gridmgmtOutbox;
  const PULSE_MS = 5000; // how often it is looked whether something is due; each entry has its own growing wait
  const MINE = "gridmgmt-mine";
  const tabs = Array.from(document.querySelectorAll("[role=tab]"));

  field.showTab = function (name, focus) {
    tabs.forEach((tab) => {
      const chosen = tab.id === `tab-${name}`;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !chosen;
      if (chosen && focus) tab.focus();
    });
    window.history.replaceState(null, "", `#/${name}`); // no element has such an id: the page stays where it is
  };

  function nameOf(tab) {
    return tab.id.slice("tab-".length);
  }

  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => field.showTab(nameOf(tab)));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) field.showTab(nameOf(tabs[(index + step + tabs.length) % tabs.length]), true);
    });
  });
  const wanted = tabs.find((tab) => `#/${nameOf(tab)}` === window.location.hash);
  field.showTab(nameOf(wanted || tabs[0]));

  /* What was kept for another person is forgotten before anything of it can be shown. */
  async function claimCaches() {
    if ((await store.word("owner")) === g.data.me) return;
    if (window.caches) await caches.delete(MINE);
    await store.keepWord("owner", g.data.me);
  }

  async function keepPage() {
    if (!navigator.serviceWorker) return;
    await navigator.serviceWorker.register("/sw.js", { scope: "/" });
    await navigator.serviceWorker.ready;
    if (!navigator.onLine) return;
    const kept = await caches.open(MINE);
    await kept.addAll(["/inspector", "/api/inspector/tasks", "/api/inspector/reports", "/api/inspector/classes", "/api/inspector/area"]);
  }

  async function changed() {
    await field.drawWaiting();
    await field.tasksChanged();
  }

  field.flush = async function (force) {
    await outbox.flush(force).catch(() => {}); // what went wrong stands with each entry
    await changed();
    if (navigator.onLine) await field.reload();
  };

  async function pulse() {
    const due = (await store.list()).some((entry) => entry.state === "waiting" && entry.owner === g.data.me && (entry.nextAt || 0) <= Date.now());
    if (due && (await store.word("status")) !== "signed_out") await field.flush(false);
  }

  let reloading = null;
  outbox.news.addEventListener("message", () => {
    changed();
    window.clearTimeout(reloading);
    reloading = window.setTimeout(field.reload, 500); // what was sent changes the lists
  });
  window.addEventListener("online", () => field.flush(true));
  window.addEventListener("offline", changed);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") field.flush(true);
  });

  /* What waits can only be sent by who made it: say so before signing out. */
  async function waits() {
    return (await store.list()).filter((entry) => entry.owner === g.data.me && entry.state !== "sent").length;
  }

  document.querySelectorAll('form[action="/logout"]').forEach((form) => {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const count = await waits().catch(() => 0);
      if (!count || window.confirm(g.say("sign_out_sure", { count: count }))) form.submit();
    });
  });

  async function start() {
    await claimCaches().catch(() => {}); // a browser that keeps nothing still shows the page
    field.loadArea();
    field.loadClasses();
    await changed();
    await field.reload();
    await field.flush(true);
  }

  start().finally(() => {
    window.setInterval(pulse, PULSE_MS);
    keepPage().catch(() => {}); // a browser without it, or no network yet: the page works, it is only not kept
  });
})();
