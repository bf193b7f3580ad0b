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

  function countAreas(points, sites) {
    var counts = {};
    sites.forEach(function (site) {
      areasOf(points, site).forEach(function (code) {
        counts[code] = (counts[code] || 0) + 1;
      });
    });
    return counts;
  }

  function quotas(plan, points, sites) {
    var counts = countAreas(points, sites);
    var found = [];
    plan.quotas.forEach(function (quota) {
      var told = { area: g.data.names[quota[0]] || quota[0], count: counts[quota[0]] || 0, least: quota[1], most: quota[2] };
      if (quota[1] !== null && told.count < quota[1]) found.push(g.say("quota_least", told));
      if (quota[2] !== null && told.count > quota[2]) found.push(g.say("quota_most", told));
    });
    return found;
  }

  function indexOf(sites, reach) {
    return new cover.Index(Int32Array.from(sites, function (site) { return site.x; }), Int32Array.from(sites, function (site) { return site.y; }), reach);
  }

  function tooNear(rule, points, one, other, x, y) {
    var metres = Math.sqrt((one.x - x) * (one.x - x) + (one.y - y) * (one.y - y)) / points.units;
    var said = g.say("spacing", { one: one.name, other: other, metres: metres.toFixed(1), spacing: rule.spacing });
    return rule.road ? rule.road + " · " + said : said;
  }

  /* Pairs nearer than the spacing; exactly as far is allowed. */
  function spacings(rule, points, sites) {
    if (rule.limit < 0 || !rule.spacing) return [];
    var found = [];
    var reach = Math.sqrt(rule.limit);
    var own = indexOf(sites, reach);
    var standing = new cover.Index(points.sx, points.sy, reach);
    sites.forEach(function (site, at) {
      var k;
      for (k = own.near(site.x, site.y, rule.limit) - 1; k >= 0; k -= 1) {
        var other = sites[own.found[k]];
        if (own.found[k] > at) found.push(tooNear(rule, points, site, other.name, other.x, other.y));
      }
      for (k = standing.near(site.x, site.y, rule.limit) - 1; k >= 0; k -= 1) {
        found.push(tooNear(rule, points, site, g.say("spacing_standing"), points.sx[standing.found[k]], points.sy[standing.found[k]]));
      }
    });
    return found;
  }

  /* Pairs on roads of one class, and their distance to standing sites; a place that is no candidate is asked as its nearest one. */
  function byRoad(plan, points, sites) {
    var found = [];
    points.road_spacings.forEach(function (rule) {
      var own = sites.filter(function (site) { return points.croad[site.near] === rule[0]; });
      found.push.apply(found, spacings({ spacing: rule[2], limit: rule[1], road: plan.roads[rule[3]] }, points, own));
    });
    return found;
  }

  function money(plan, points, sites) {
    if (plan.budget === null) return [];
    var cost = 0;
    sites.forEach(function (site) { cost += points.ccost[site.near]; });
    return cost > plan.budget ? [g.say("over_budget", { cost: cost, budget: plan.budget })] : [];
  }

  function upgrades(plan, sites) {
    var count = sites.filter(function (site) { return site.upgrade; }).length;
    var told = { area: g.say("upgrades"), count: count, least: plan.upgrades[0], most: plan.upgrades[1] };
    if (told.least !== null && count < told.least) return [g.say("quota_least", told)];
    return told.most !== null && count > told.most ? [g.say("quota_most", told)] : [];
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

  /* One more of a kind keeps its "at most"; one of another kind must leave its "at least" kept. */
  function hasRoom(count, least, most, inside) {
    return inside ? most === null || count < most : least === null || count >= least;
  }

  /* The spacings: of all sites, then of the classes of road (null: all). */
  function spacingRules(plan, points) {
    var rules = plan.spacing ? [{ limit: points.spacing_limit, road: null }] : [];
    return rules.concat(points.road_spacings.map(function (rule) { return { limit: rule[1], road: rule[0] }; }));
  }

  /* Says of a candidate's position whether it may stand beside ``others`` in place of the site that went. */
  window.gridmgmtSitingAllows = function (plan, points, others) {
    var counts = countAreas(points, others);
    var rebuilt = others.filter(function (site) { return site.upgrade; }).length;
    var cost = 0;
    var out = {};
    others.forEach(function (site) {
      cost += points.ccost[site.near];
      if (site.code) out[site.code] = true;
    });
    plan.forbidden.forEach(function (code) { out[code] = true; });
    var apart = spacingRules(plan, points);
    function far(k, limit, x, y) {
      var dx = points.cx[k] - x;
      var dy = points.cy[k] - y;
      return dx * dx + dy * dy > limit;
    }
    function keepsApart(k, rule) {
      if (rule.road !== null && points.croad[k] !== rule.road) return true;
      for (var s = 0; s < points.sx.length; s += 1) if (!far(k, rule.limit, points.sx[s], points.sy[s])) return false;
      return others.every(function (site) {
        return (rule.road !== null && points.croad[site.near] !== rule.road) || far(k, rule.limit, site.x, site.y);
      });
    }
    return function (k) {
      var areas = areasOf(points, { near: k });
      return !out[points.codes[k]] && hasRoom(rebuilt, plan.upgrades[0], plan.upgrades[1], points.cupgrade[k] === 1) &&
        (plan.budget === null || cost + points.ccost[k] <= plan.budget) &&
        plan.quotas.every(function (quota) { return hasRoom(counts[quota[0]] || 0, quota[1], quota[2], areas.indexOf(quota[0]) >= 0); }) &&
        apart.every(function (rule) { return keepsApart(k, rule); });
    };
  };

  window.gridmgmtSitingFaults = function (plan, points, sites) {
    var found = plan.wanted !== null && sites.length > plan.wanted ? [g.say("too_many", { count: sites.length, wanted: plan.wanted })] : [];
    var everywhere = spacings({ spacing: plan.spacing, limit: points.spacing_limit }, points, sites);
    return found.concat(quotas(plan, points, sites), upgrades(plan, sites), money(plan, points, sites), codes(plan, sites), everywhere, byRoad(plan, points, sites));
  };
})();
