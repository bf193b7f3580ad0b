/* Keeps the inspector's page at hand without network, and sends what waits when the network is back. The server writes BUILD above:
   the version (a hash of every file named in it) and those files. */
importScripts("/static/js/outbox_store.js", "/static/js/outbox.js");

const SHELL = `gridmgmt-shell-${BUILD.version}`;
const MINE = "gridmgmt-mine"; // the page and lists of who is signed in; emptied at sign-out
const TILES = "gridmgmt-tiles";
const MOST_TILES = 800;
const PAGE_PATIENCE_MS = 6000; // then the kept page is shown; a bar of network is often no network

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const shell = await caches.open(SHELL);
      await shell.addAll(BUILD.files.map((file) => new Request(file, { cache: "reload", credentials: "omit" })));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const old = (await caches.keys()).filter((name) => name.startsWith("gridmgmt-shell-") && name !== SHELL);
      await Promise.all(old.map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (url.pathname === "/logout") {
    event.waitUntil(forgetPerson());
    return;
  }
  if (request.method !== "GET") return;
  if (url.pathname === "/inspector") event.respondWith(page(request));
  else if (request.mode === "navigate") event.respondWith(otherPage(request));
  else if (url.pathname.startsWith("/static/")) event.respondWith(shellFile(request));
  else if (url.pathname.startsWith("/tiles/")) event.respondWith(tile(request));
  else if (url.pathname.startsWith("/api/inspector/") && !url.searchParams.has("class")) event.respondWith(mine(request));
});

self.addEventListener("sync", (event) => {
  if (event.tag !== "outbox") return;
  event.waitUntil(
    self.gridmgmtOutbox.flush(true).then((status) => {
      if (status === "offline") throw new Error("try again later"); // the browser does, in its own time
    }),
  );
});

let forgotten = 0; // how often: an answer that was on its way when somebody signed out is not kept

async function forgetPerson() {
  forgotten += 1;
  await Promise.all([caches.delete(MINE), caches.delete(TILES)]);
}

async function fetchAndKeep(request, name, key) {
  const before = forgotten;
  const answer = await fetch(request);
  if (answer.ok && !answer.redirected && before === forgotten) await (await caches.open(name)).put(key, answer.clone());
  return answer;
}

async function kept(name, key) {
  return (await caches.open(name)).match(key, { ignoreVary: true });
}

/* What the network answers in good time, else what is kept, else what the network answers at last. */
async function networkOrKept(network, name, key) {
  const late = new Promise((resolve) => setTimeout(resolve, PAGE_PATIENCE_MS));
  const first = await Promise.race([network.catch(() => null), late]);
  return first || (await kept(name, key)) || network;
}

async function offlinePage() {
  return (await kept(SHELL, "/offline")) || Response.error();
}

function page(request) {
  return networkOrKept(fetchAndKeep(request, MINE, "/inspector"), MINE, "/inspector").catch(offlinePage);
}

function otherPage(request) {
  return fetch(request).catch(offlinePage);
}

function shellFile(request) {
  return networkOrKept(fetch(request), SHELL, new URL(request.url).pathname);
}

function mine(request) {
  return networkOrKept(fetchAndKeep(request, MINE, request.url), MINE, request.url);
}

async function tile(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok) await keepTile(request.url, answer.clone());
    return answer;
  } catch (error) {
    const before = await kept(TILES, request.url);
    if (before) return before;
    throw error;
  }
}

/* The tiles seen last; keys come in the order in which they were put. */
async function keepTile(key, answer) {
  const tiles = await caches.open(TILES);
  await tiles.delete(key, { ignoreVary: true });
  await tiles.put(key, answer);
  const keys = await tiles.keys();
  for (const old of keys.slice(0, Math.max(0, keys.length - MOST_TILES))) await tiles.delete(old);
}
