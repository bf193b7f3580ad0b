/* Sets that are being prepared: the list comes back once one of them is ready or has failed. */
(function () {
  "use strict";

  var g = window.gridmgmt;
  var EVERY_MS = 2000;
  var LONGEST_MS = 30000;
  var wait = EVERY_MS;

  function ask() {
    Promise.all(g.data.waiting.map(function (number) { return g.fetchJson("/api/siting/preparations/" + number); })).then(
      function (answers) {
        wait = EVERY_MS;
        if (answers.every(function (answer) { return answer.open; })) window.setTimeout(ask, wait);
        else window.location.reload();
      },
      function () {
        wait = Math.min(LONGEST_MS, wait * 2);
        window.setTimeout(ask, wait);
      },
    );
  }

  window.setTimeout(ask, wait);
})();
