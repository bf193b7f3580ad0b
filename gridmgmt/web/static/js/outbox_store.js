/* What waits on this device: one entry a report or act, with its photos, in IndexedDB; used by pages and by the service worker. */
(function (scope) {
  "use strict";

  const NAME = "gridmgmt-field";
  const ENTRIES = "entries";
  const WORDS = "words"; // single values by name: whose data is kept here
  const KEPT_SENT = 20; // sent entries stay visible, without their photos
  let opened = null;

  function open() {
    opened ||= new Promise((resolve, reject) => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(ENTRIES, { keyPath: "id" });
        request.result.createObjectStore(WORDS);
      };
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close();
        request.result.onclose = () => {
          opened = null;
        };
        resolve(request.result);
      };
      request.onerror = () => {
        opened = null;
        reject(request.error);
      };
    });
    return opened;
  }

  /* One transaction; resolved when it is on the disk ("strict": a phone that dies a second later still has it). */
  async function within(store, mode, work) {
    const db = await open();
    return new Promise((resolve, reject) => {
      const transaction = db.transaction(store, mode, mode === "readwrite" ? { durability: "strict" } : {});
      const request = work(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(request && request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error || (request && request.error));
    });
  }

  async function list() {
    const all = await within(ENTRIES, "readonly", (store) => store.getAll());
    return all.sort((one, other) => one.createdAt - other.createdAt);
  }

  /* Change an entry if it is still there, in one transaction: nothing removed meanwhile comes back. */
  function change(id, edit) {
    return within(ENTRIES, "readwrite", (store) => {
      const request = store.get(id);
      request.onsuccess = () => {
        if (request.result) store.put(edit(request.result));
      };
      return request;
    });
  }

  async function forgetOldSent() {
    const sent = (await list()).filter((entry) => entry.state === "sent");
    for (const entry of sent.slice(0, -KEPT_SENT)) await remove(entry.id);
  }

  function remove(id) {
    return within(ENTRIES, "readwrite", (store) => store.delete(id));
  }

  scope.gridmgmtStore = {
    list: list,
    get: (id) => within(ENTRIES, "readonly", (store) => store.get(id)),
    put: (entry) => within(ENTRIES, "readwrite", (store) => store.put(entry)),
    change: change,
    remove: remove,
    forgetOldSent: forgetOldSent,
    word: (name) => within(WORDS, "readonly", (store) => store.get(name)),
    keepWord: (name, value) => within(WORDS, "readwrite", (store) => store.put(value, name)),
  };
})(self);
