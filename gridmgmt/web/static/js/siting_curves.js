/* Two curves and their tables: what each further site buys, and how many people live within each radius. */
(function () {
  "use strict";

  var g = window.gridmgmt;
  var chart = window.gridmgmtChart;

  function row(cells) {
    return g.make("tr", {}, cells.map(function (text, k) {
      return k ? g.make("td", { class: "n", text: text }) : g.make("th", { scope: "row", text: text });
    }));
  }

  function whole(value) {
    return chart.number(Math.round(value));
  }

  function bySites(told, plan) {
    var points = told.planned.map(function (step, k) { return [k + 1, step.value]; });
    var last = points.length;
    var next = told.next.map(function (step, k) { return [last + k + 1, step.value]; });
    chart.lines(document.getElementById("curve-sites"), {
      x: g.say("sites_axis"),
      series: [
        { name: g.say("planned_curve"), kind: "value", points: [[0, told.start]].concat(points) },
        { name: g.say("next_curve"), kind: "bound", points: [points[last - 1] || [0, told.start]].concat(next) },
      ],
    });
    if (told.next.length) {
      document.getElementById("next-site").textContent = g.say("next_site", { count: last + 1, value: whole(told.next[0].adds), unit: plan.unit });
    }
    var body = document.getElementById("curve-sites-rows");
    var all = told.planned.concat(told.next);
    var every = Math.max(1, Math.ceil(all.length / 40));
    body.replaceChildren.apply(body, all.map(function (step, k) {
      return { step: step, at: k + 1 };
    }).filter(function (entry) {
      return entry.at % every === 0 || entry.at === last || entry.at === last + 1;
    }).map(function (entry) {
      return row([String(entry.at), whole(entry.step.adds), whole(entry.step.value)]);
    }));
  }

  function byRadius(told) {
    function series(values) {
      return told.radii.map(function (radius, k) { return [radius, values[k]]; });
    }
    chart.lines(document.getElementById("curve-radius"), {
      x: g.say("radius_axis"), fromZero: true,
      series: [{ name: g.say("with_plan"), kind: "value", points: series(told.after) }, { name: g.say("today"), kind: "bound", points: series(told.before) }],
    });
    var body = document.getElementById("curve-radius-rows");
    body.replaceChildren.apply(body, told.radii.map(function (radius, k) {
      return row([String(radius), whole(told.before[k]), whole(told.after[k])]);
    }));
  }

  window.gridmgmtSitingCurves = function (sites, radius, plan) {
    bySites(sites, plan);
    byRadius(radius);
  };
})();
