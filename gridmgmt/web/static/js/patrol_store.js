/* The walk kept in this browser until the server has all of it: it survives reloads, a closed tab and a phone that was off. */
(function () {
  "use strict";

  var KEY = "gridmgmt-patrol";
  var LONGEST_BATCH = 200;

  function load() {
    try {
      return JSON.parse(window.localStorage.getItem(KEY));
    } catch (_) {
      return null;
    }
  }

  /* false: the browser keeps nothing more. */
  function save(walk) {
    try {
      if (walk) window.localStorage.setItem(KEY, JSON.stringify(walk));
      else window.localStorage.removeItem(KEY);
      return true;
    } catch (_) {
      return false;
    }
  }

  function randomKey() {
    var bytes = window.crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, function (byte) {
      return byte.toString(16).padStart(2, "0");
    }).join("");
  }

  function begin(account) {
    return { key: randomKey(), account: account, startedAt: new Date().toISOString(), endedAt: null, startSent: false, seq: 0, batches: [], points: [], length: 0, count: 0, last: null };
  }

  /* Positions go out in batches that never change once they have a number, so that sending twice is harmless. */
  function closeBatch(walk) {
    while (walk.points.length) {
      walk.batches.push({ seq: walk.seq, points: walk.points.splice(0, LONGEST_BATCH) });
      walk.seq += 1;
    }
  }

  function waiting(walk) {
    return walk.batches.reduce(function (sum, batch) {
      return sum + batch.points.length;
    }, walk.points.length);
  }

  window.gridmgmtPatrol = { load: load, save: save, begin: begin, closeBatch: closeBatch, waiting: waiting };
})();
