/* Demand points on a canvas above the map: left of a divider as served today, right of it as served with the plan; sites over them. */
(function () {
  "use strict";

  var COLORS = { open: "#c2410c", served: "#9fb3b0", gained: "#0f7a55", site: "#0f4c5c", upgrade: "#5b3a8c", tried: "#b45309", standing: "#1668a8" };
  var FULL = 2 * Math.PI;

  function Mercator(middle, lon, lat) {
    this.x = new Float64Array(lon.length);
    this.y = new Float64Array(lon.length);
    for (var i = 0; i < lon.length; i += 1) {
      var at = L.CRS.EPSG3857.latLngToPoint(L.latLng(middle[1] + lat[i], middle[0] + lon[i]), 0);
      this.x[i] = at.x;
      this.y[i] = at.y;
    }
  }

  var Layer = L.Layer.extend({
    initialize: function (cover, sites) {
      var p = cover.points;
      this.cover = cover;
      this.sites = sites;
      this.share = 0;
      this.demand = new Mercator(p.middle, p.dlon, p.dlat);
      this.standing = new Mercator(p.middle, p.slon, p.slat);
    },

    onAdd: function (map) {
      this._canvas = L.DomUtil.create("canvas", "siting-canvas leaflet-zoom-hide");
      this._canvas.setAttribute("aria-hidden", "true");
      this.getPane().appendChild(this._canvas);
      map.on("moveend zoomend resize", this.draw, this);
      this.draw();
    },

    onRemove: function (map) {
      map.off("moveend zoomend resize", this.draw, this);
      this._canvas.remove();
    },

    /* Where the divider stands, as a share of the map's width: 0 shows the plan everywhere, 1 today everywhere. */
    divide: function (share) {
      this.share = share;
      this.draw();
    },

    draw: function () {
      var map = this._map;
      if (!map) return;
      var size = map.getSize();
      var ratio = window.devicePixelRatio || 1;
      var canvas = this._canvas;
      if (canvas.width !== Math.round(size.x * ratio) || canvas.height !== Math.round(size.y * ratio)) {
        canvas.width = Math.round(size.x * ratio);
        canvas.height = Math.round(size.y * ratio);
        canvas.style.width = size.x + "px";
        canvas.style.height = size.y + "px";
      }
      L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
      var context = canvas.getContext("2d");
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, size.x, size.y);
      this._window = { scale: Math.pow(2, map.getZoom()), origin: map.getPixelBounds().min, size: size, line: this.share * size.x };
      this._points(context, COLORS.served, 0);
      this._points(context, COLORS.gained, 1);
      this._points(context, COLORS.open, 2);
      this._standing(context);
      this._sites(context);
      if (this.share > 0 && this.share < 1) this._divider(context);
    },

    /* One kind of demand point: served already (0), gained by the plan (1), not served (2). */
    _points: function (context, color, wanted) {
      var w = this._window;
      var side = (w.scale > 20000 ? 6 : w.scale > 5000 ? 4 : w.scale > 1500 ? 3 : 2) - (wanted === 0 ? 1 : 0);
      var before = this.cover.before;
      var count = this.cover.count;
      context.fillStyle = color;
      for (var i = 0; i < count.length; i += 1) {
        var x = this.demand.x[i] * w.scale - w.origin.x;
        if (x < -side || x > w.size.x + side) continue;
        var y = this.demand.y[i] * w.scale - w.origin.y;
        if (y < -side || y > w.size.y + side) continue;
        var today = x < w.line;
        var kind = today ? (before[i] ? 0 : 2) : count[i] ? (before[i] ? 0 : 1) : 2;
        if (kind === wanted) context.fillRect(x - side / 2, y - side / 2, side, side);
      }
    },

    _standing: function (context) {
      var w = this._window;
      var side = w.scale > 5000 ? 9 : 5;
      context.fillStyle = COLORS.standing;
      for (var i = 0; i < this.standing.x.length; i += 1) {
        context.fillRect(this.standing.x[i] * w.scale - w.origin.x - side / 2, this.standing.y[i] * w.scale - w.origin.y - side / 2, side, side);
      }
    },

    /* A site is a ring with a point, one to be rebuilt a square, one that was tried here a diamond: the shape says it, not the colour. */
    _sites: function (context) {
      var w = this._window;
      var r = w.scale > 20000 ? 9 : w.scale > 3000 ? 7 : 4;
      context.strokeStyle = "#fff";
      context.lineWidth = 1.5;
      this.sites.forEach(function (site) {
        var at = this.place(site);
        if (at.x < w.line || at.x < -r || at.y < -r || at.x > w.size.x + r || at.y > w.size.y + r) return;
        context.beginPath();
        if (site.tried) diamond(context, at, r + 1);
        else if (site.upgrade) context.rect(at.x - r, at.y - r, 2 * r, 2 * r);
        else context.arc(at.x, at.y, r, 0, FULL);
        context.fillStyle = site.tried ? COLORS.tried : site.upgrade ? COLORS.upgrade : COLORS.site;
        context.fill();
        context.stroke();
        if (r > 6 && site.rank) number(context, at, site.rank);
      }, this);
    },

    _divider: function (context) {
      context.fillStyle = "#fff";
      context.fillRect(this._window.line - 2, 0, 4, this._window.size.y);
      context.fillStyle = "#1c2b33";
      context.fillRect(this._window.line - 1, 0, 2, this._window.size.y);
    },

    /* Where a site is drawn, in pixels of the map's window. */
    place: function (site) {
      if (!site.at) site.at = L.CRS.EPSG3857.latLngToPoint(L.latLng(site.lat, site.lng), 0);
      var w = this._window;
      return { x: site.at.x * w.scale - w.origin.x, y: site.at.y * w.scale - w.origin.y };
    },

    /* The open site nearest to a pixel, if it is near enough to have been meant. */
    siteAt: function (pixel, reach) {
      var best = null;
      var least = reach * reach;
      this.sites.forEach(function (site) {
        var at = this.place(site);
        var away = (at.x - pixel.x) * (at.x - pixel.x) + (at.y - pixel.y) * (at.y - pixel.y);
        if (away <= least && at.x >= this._window.line) {
          best = site;
          least = away;
        }
      }, this);
      return best;
    },
  });

  function diamond(context, at, r) {
    context.moveTo(at.x, at.y - r);
    context.lineTo(at.x + r, at.y);
    context.lineTo(at.x, at.y + r);
    context.lineTo(at.x - r, at.y);
    context.closePath();
  }

  function number(context, at, rank) {
    context.fillStyle = "#fff";
    context.font = "600 9px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    if (rank < 1000) context.fillText(String(rank), at.x, at.y + 0.5);
  }

  window.gridmgmtSitingLayer = function (cover, sites) {
    return new Layer(cover, sites);
  };
})();
