/* Send what waits: photos first, then the report or act, under the id it was given when it was made, so that it counts once however
   often it is sent. What the server refuses stays, with the reason; used by pages and by the service worker. */
(function (scope) {
  "use strict";

  const store = scope.gridmgmtStore;
  const FIRST_WAIT_MS = 5000;
  const LONGEST_WAIT_MS = 5 * 60 * 1000;
  const PATIENCE_MS = 30000;
  const PHOTO_PATIENCE_MS = 120000;
  const TRY_AGAIN = new Set([408, 425, 429]);
  const news = new BroadcastChannel("gridmgmt-outbox");

  class Unreachable extends Error {} // no answer, or one that says "later"
  class SignedOut extends Error {}
  class Refused extends Error {}

  async function ask(address, options, patience) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), patience);
    try {
      const answer = await fetch(address, {
        credentials: "same-origin", redirect: "manual", cache: "no-store", signal: stop.signal, ...options,
        headers: { Accept: "application/json", ...options.headers },
      });
      return await judge(answer);
    } catch (error) {
      if (error instanceof Unreachable || error instanceof SignedOut || error instanceof Refused) throw error;
      throw new Unreachable();
    } finally {
      clearTimeout(timer);
    }
  }

  /* What an answer means; a page of somebody else's network (a hotel's log-in) is no answer of ours. */
  async function judge(answer) {
    if (answer.type === "opaqueredirect" || answer.status === 401) throw new SignedOut();
    const said = await answer.json().catch(() => null);
    if (answer.ok && said) return said;
    const later = new Unreachable();
    later.waitMs = Number(answer.headers.get("Retry-After")) * 1000 || 0;
    if (!said || answer.status >= 500 || TRY_AGAIN.has(answer.status) || said.field === "csrf_token") throw later;
    const refused = new Refused();
    refused.reason = { status: answer.status, zh: said.detail_zh || said.detail, en: said.detail, field: said.field || null };
    throw refused;
  }

  async function sendPhotos(entry, token) {
    for (const photo of entry.photos) {
      if (photo.sha) continue;
      const form = new FormData();
      form.append("photo", new Blob([photo.bytes], { type: photo.type }), photo.name);
      const stored = await ask("/photos", { method: "POST", body: form, headers: { "X-CSRF-Token": token } }, PHOTO_PATIENCE_MS);
      photo.sha = stored.photo;
      await store.change(entry.id, (kept) => ({ ...kept, photos: entry.photos }));
    }
  }

  function photosOf(entry, wanted) {
    return entry.photos.filter((photo) => wanted(photo.role)).map((photo) => ({ photo: photo.sha, role: photo.role }));
  }

  const ON_SPOT = new Set(["before", "after"]);

  /* The address and the body of an entry; ages, not times, leave the phone: its clock may be wrong. */
  function letter(entry) {
    if (entry.kind === "report") {
      const spot = entry.body.on_spot;
      const body = { ...entry.body, client_request_id: entry.id, sent_at: new Date().toISOString() };
      body.photos = photosOf(entry, (role) => !spot || !ON_SPOT.has(role));
      body.on_spot = spot ? { ...spot, photos: photosOf(entry, (role) => ON_SPOT.has(role)) } : null;
      return ["/api/reports", body];
    }
    const details = { ...entry.body.details };
    const photos = photosOf(entry, () => true);
    if (photos.length) details.photos = photos;
    return [`/api/cases/${encodeURIComponent(entry.caseNo)}/act`, { ...entry.body, details: details, client_request_id: entry.id }];
  }

  async function sendOne(entry, token) {
    await sendPhotos(entry, token);
    const [address, body] = letter(entry);
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": token };
    return ask(address, { method: "POST", body: JSON.stringify(body), headers: headers }, PATIENCE_MS);
  }

  function arrived(entry, stored) {
    const result = { caseNo: stored.case_no, url: stored.url || `/cases/${stored.case_no}`, at: Date.now() };
    return store.change(entry.id, (kept) => ({ ...kept, state: "sent", reason: null, result: result, photos: [] }));
  }

  function later(entry, error) {
    return store.change(entry.id, (kept) => {
      const tries = (kept.tries || 0) + 1;
      const wait = Math.max(error.waitMs || 0, Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1)));
      return { ...kept, tries: tries, nextAt: Date.now() + wait };
    });
  }

  /* The name and form token of who is signed in at this moment; asked before every entry, so that nothing is sent as somebody else. */
  async function whoSends() {
    const session = await ask("/api/session", {}, PATIENCE_MS);
    if (!session.name) throw new SignedOut();
    return session;
  }

  /* Photos sent long ago may have been cleared from the server before their report came: they are sent once more before giving up. */
  function refuse(entry, reason) {
    if (reason.field !== "photos" || entry.photosAgain || !entry.photos.length) return { ...entry, state: "refused", reason: reason };
    return { ...entry, photosAgain: true, photos: entry.photos.map((photo) => ({ ...photo, sha: null })) };
  }

  async function tryOne(entry, token) {
    try {
      await arrived(entry, await sendOne(entry, token));
      await store.forgetOldSent();
      return true;
    } catch (error) {
      if (error instanceof Refused) {
        await store.change(entry.id, (kept) => refuse(kept, error.reason));
        return true;
      }
      if (!(error instanceof Unreachable)) throw error;
      await later(entry, error);
      return false;
    } finally {
      news.postMessage({ changed: entry.id });
    }
  }

  /* Send everything of the one who is signed in; returns how that ended: done, offline or signed_out. */
  async function sendAll(force) {
    const due = (entry) => entry.state === "waiting" && (force || (entry.nextAt || 0) <= Date.now());
    const tried = new Set();
    let status = "done";
    for (;;) {
      const entry = (await store.list()).find((one) => due(one) && !tried.has(one.id));
      if (!entry) return status;
      tried.add(entry.id);
      try {
        const session = await whoSends();
        if (session.name === entry.owner && !(await tryOne(entry, session.csrf_token))) status = "offline";
      } catch (error) {
        if (error instanceof SignedOut) return "signed_out";
        if (!(error instanceof Unreachable)) throw error;
        await later(entry, error);
        return "offline";
      }
    }
  }

  let queued = null;

  /* One at a time over all pages and the service worker; a second wish while one waits is the same wish. */
  function flush(force) {
    if (queued && (queued.force || !force)) return queued.promise;
    const wish = { force: Boolean(force) };
    const work = () => {
      if (queued === wish) queued = null;
      return sendAll(wish.force);
    };
    queued = wish;
    wish.promise = scope.navigator.locks ? scope.navigator.locks.request("gridmgmt-outbox", work) : work();
    wish.promise = wish.promise.then(async (status) => {
      await store.keepWord("status", status);
      news.postMessage({ status: status });
      return status;
    });
    return wish.promise;
  }

  scope.gridmgmtOutbox = { flush: flush, news: news };
})(self);
