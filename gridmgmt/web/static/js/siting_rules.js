/* What a choice of sites breaks: number, quotas by area, spacing, forced and forbidden candidates; as sentences. */
(function () {
  "use strict";

  var g = window.gridmgmt;
  var cover = window.gridmgmtCover;

  function areasOf(points, site) {
    return [points.cdistrict[site.near], points.coffice[site.near]]
      .filter(function (at) {
        return at !== cover.NONE;
      })
      .map(function (at) {
        return points.areas[at][0];
      });
  }

  function quotas(plan, points, sites) {
    var counts = {};
    sites.forEach(function (site) {
      areasOf(points, site).forEach(function (code) {
        counts[code] = (counts[code] || 0) + 1;
      });
    });
    var found = [];
    plan.quotas.forEach(function (quota) {
      var told = { area: g.data.names[quota[0]] || quota[0], count: counts[quota[0]] || 0, least: quota[1], most: quota[2] };
      if (quota[1] !== null && told.count < quota[1]) found.push(g.say("quota_least", told));
      if (quota[2] !== null && told.count > quota[2]) found.push(g.say("quota_most", told));
    });
    return found;
  }

  function tooNear(plan, points, one, other, x, y) {
    var metres = Math.sqrt((one.x - x) * (one.x - x) + (one.y - y) * (one.y - y)) / points.units;
    return g.say("spacing", { one: one.name, other: other, metres: metres.toFixed(1), spacing: plan.spacing });
  }

  /* Pairs nearer than the spacing; exactly as far is allowed. */
  function spacings(plan, points, sites) {
    if (points.spacing_limit < 0 || !plan.spacing) return [];
    var found = [];
    var reach = Math.sqrt(points.spacing_limit);
    function index(xs, ys) {
      return new cover.Index(Int32Array.from(xs), Int32Array.from(ys), reach);
    }
    var own = index(sites.map(function (site) { return site.x; }), sites.map(function (site) { return site.y; }));
    var standing = index(points.sx, points.sy);
    sites.forEach(function (site, at) {
      var k;
      for (k = own.near(site.x, site.y, points.spacing_limit) - 1; k >= 0; k -= 1) {
        var other = sites[own.found[k]];
        if (own.found[k] > at) found.push(tooNear(plan, points, site, other.name, other.x, other.y));
      }
      for (k = standing.near(site.x, site.y, points.spacing_limit) - 1; k >= 0; k -= 1) {
        found.push(tooNear(plan, points, site, g.say("spacing_standing"), points.sx[standing.found[k]], points.sy[standing.found[k]]));
      }
    });
    return found;
  }

  function codes(plan, sites) {
    var open = {};
    var found = [];
    sites.forEach(function (site) {
      if (site.code) open[site.code] = true;
    });
    plan.forced.forEach(function (code) {
      if (!open[code]) found.push(g.say("forced_missing", { code: code }));
    });
    plan.forbidden.forEach(function (code) {
      if (open[code]) found.push(g.say("forbidden_used", { code: code }));
    });
    return found;
  }

  window.gridmgmtSitingFaults = function (plan, points, sites) {
    var found = plan.wanted !== null && sites.length > plan.wanted ? [g.say("too_many", { count: sites.length, wanted: plan.wanted })] : [];
    return found.concat(quotas(plan, points, sites), codes(plan, sites), spacings(plan, points, sites));
  };
})();
