/* A job as it runs: best value, bound and gap, asked for every second and drawn; the page comes back with the plan at the end. */
(function () {
  "use strict";

  var g = window.gridmgmt;
  var chart = window.gridmgmtChart;
  var EVERY_MS = 1000;
  var LONGEST_MS = 15000;
  var wait = EVERY_MS;

  function figure(name, text) {
    var element = document.querySelector("[data-job=" + name + "]");
    if (element && element.textContent !== text) element.textContent = text;
  }

  /* As a share of the bound, of the value where distances are counted; rounded up: never told smaller than it is. */
  function gap(value, bound, whole) {
    if (bound === null || !isFinite(bound)) return g.say("no_bound");
    if (value === bound) return "0 %";
    return (Math.ceil((Math.abs(bound - value) / Math.max(1e-9, Math.abs(whole))) * 10000) / 100).toFixed(2) + " %";
  }

  function show(job) {
    var last = job.curve[job.curve.length - 1];
    figure("state", job.state_label);
    figure("seconds", job.seconds.toFixed(0));
    figure("words", job.words || (last ? "" : job.open ? g.say("not_begun") : ""));
    if (!last) return;
    figure("value", chart.number(last[1]));
    figure("bound", last[2] === null ? g.say("no_bound") : chart.number(last[2]));
    figure("gap", gap(last[1], last[2], job.of_value ? last[1] : last[2]));
    chart.lines(document.getElementById("job-chart"), {
      x: g.say("seconds_axis"),
      series: [
        { name: g.say("best"), kind: "value", steps: true, points: points(job.curve, 1) },
        { name: g.say("bound"), kind: "bound", steps: true, points: points(job.curve, 2) },
      ],
    });
  }

  function points(curve, which) {
    return curve
      .filter(function (point) {
        return point[which] !== null && isFinite(point[which]);
      })
      .map(function (point) {
        return [point[0], point[which]];
      });
  }

  function ask() {
    g.fetchJson("/api/siting/jobs/" + g.data.job.id).then(
      function (job) {
        wait = EVERY_MS;
        figure("offline", "");
        show(job);
        if (job.open) window.setTimeout(ask, wait);
        else window.location.reload();
      },
      function (error) {
        figure("offline", g.sentence(error));
        wait = Math.min(LONGEST_MS, wait * 2);
        window.setTimeout(ask, wait);
      },
    );
  }

  if (g.data.job) {
    show(g.data.job);
    if (g.data.job.open) window.setTimeout(ask, wait);
  }
})();
