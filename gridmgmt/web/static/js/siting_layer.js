/* Demand points on a canvas above the map: left of a divider as served today, right of it as served with the plan; sites over them. */
(function () {
  "use strict";

  var COLORS = { few: "#f6c9a4", open: "#e07b39", many: "#8c2d04", served: "#9fb3b0", gained: "#0f7a55", site: "#0f4c5c", upgrade: "#5b3a8c", tried: "#b45309", standing: "#1668a8" };
  var FULL = 2 * Math.PI;
  var PIXELS = {};
  Object.keys(COLORS).forEach(function (name) {
    var rgb = parseInt(COLORS[name].slice(1), 16);
    PIXELS[name] = ((255 << 24) | ((rgb & 255) << 16) | (rgb & 0xff00) | (rgb >> 16)) >>> 0; // as a canvas keeps it: ABGR
  });

  function Mercator(middle, lon, lat) {
    this.x = new Float64Array(lon.length);
    this.y = new Float64Array(lon.length);
    for (var i = 0; i < lon.length; i += 1) {
      var at = L.CRS.EPSG3857.latLngToPoint(L.latLng(middle[1] + lat[i], middle[0] + lon[i]), 0);
      this.x[i] = at.x;
      this.y[i] = at.y;
    }
  }

  /* Below half the mean weight (0), up to twice the mean (1), above it (2). */
  function tones(weight) {
    var sum = 0;
    var found = new Uint8Array(weight.length);
    for (var i = 0; i < weight.length; i += 1) sum += weight[i];
    var mean = sum / Math.max(1, weight.length);
    for (i = 0; i < weight.length; i += 1) found[i] = weight[i] < mean / 2 ? 0 : weight[i] <= 2 * mean ? 1 : 2;
    return found;
  }

  var Layer = L.Layer.extend({
    initialize: function (cover, sites) {
      var p = cover.points;
      this.cover = cover;
      this.sites = sites;
      this.share = 0;
      this.demand = new Mercator(p.middle, p.dlon, p.dlat);
      this.tones = tones(p.weight);
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
      if (!this._map) return;
      this._look();
      var w = this._window;
      w.line = this.share * w.size.x;
      this._pixels.fill(0);
      this._points(PIXELS.few, 2, 0);
      this._points(PIXELS.served, 0);
      this._points(PIXELS.gained, 1);
      this._points(PIXELS.open, 2, 1);
      this._points(PIXELS.many, 2, 2);
      this._standing();
      var context = this._canvas.getContext("2d");
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.putImageData(this._image, 0, 0);
      context.setTransform(w.ratio, 0, 0, w.ratio, 0, 0);
      this._sites(context);
      if (this.share > 0 && this.share < 1) this._divider(context);
    },

    /* Where the map's window lies, and where in it the points are; worked out anew only when the map has moved. */
    _look: function () {
      var map = this._map;
      var size = map.getSize();
      var origin = map.getPixelBounds().min;
      var key = [map.getZoom(), origin.x, origin.y, size.x, size.y].join();
      if (this._window && this._window.key === key) return;
      var ratio = Math.min(2, window.devicePixelRatio || 1);
      var canvas = this._canvas;
      canvas.width = Math.max(1, Math.round(size.x * ratio));
      canvas.height = Math.max(1, Math.round(size.y * ratio));
      canvas.style.width = size.x + "px";
      canvas.style.height = size.y + "px";
      L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
      this._image = canvas.getContext("2d").createImageData(canvas.width, canvas.height);
      this._pixels = new Uint32Array(this._image.data.buffer);
      this._window = { key: key, scale: Math.pow(2, map.getZoom()), origin: origin, size: size, ratio: ratio, line: 0 };
      this._seen = this._inWindow(this.demand);
      this._stands = this._inWindow(this.standing);
    },

    /* The points inside the window: position, and pixels of the canvas. */
    _inWindow: function (places) {
      var w = this._window;
      var n = places.x.length;
      var seen = { count: 0, which: new Int32Array(n), x: new Int32Array(n), y: new Int32Array(n) };
      for (var i = 0; i < n; i += 1) {
        var x = (places.x[i] * w.scale - w.origin.x) * w.ratio;
        var y = (places.y[i] * w.scale - w.origin.y) * w.ratio;
        if (x < 0 || y < 0 || x >= this._canvas.width || y >= this._canvas.height) continue;
        seen.which[seen.count] = i;
        seen.x[seen.count] = x;
        seen.y[seen.count] = y;
        seen.count += 1;
      }
      return seen;
    },

    /* One kind of demand point: served already (0), gained by the plan (1), not served (2), these by how much they weigh. */
    _points: function (pixel, wanted, tone) {
      var w = this._window;
      var side = Math.round(((w.scale > 20000 ? 6 : w.scale > 5000 ? 4 : w.scale > 1500 ? 3 : 2) - (wanted === 0 ? 1 : 0)) * w.ratio);
      var line = w.line * w.ratio;
      var before = this.cover.before;
      var count = this.cover.count;
      var seen = this._seen;
      for (var k = 0; k < seen.count; k += 1) {
        var i = seen.which[k];
        var kind = before[i] ? 0 : seen.x[k] < line || !count[i] ? 2 : 1;
        if (kind === wanted && (tone === undefined || this.tones[i] === tone)) this._paint(seen.x[k], seen.y[k], side, pixel);
      }
    },

    _standing: function () {
      var side = Math.round((this._window.scale > 5000 ? 9 : this._window.scale > 1500 ? 5 : 2) * this._window.ratio);
      for (var k = 0; k < this._stands.count; k += 1) this._paint(this._stands.x[k], this._stands.y[k], side, PIXELS.standing);
    },

    _paint: function (x, y, side, pixel) {
      var width = this._canvas.width;
      var left = Math.max(0, x - (side >> 1));
      var right = Math.min(width, left + side);
      var bottom = Math.min(this._canvas.height, y - (side >> 1) + side);
      for (var row = Math.max(0, y - (side >> 1)); row < bottom; row += 1) this._pixels.fill(pixel, row * width + left, row * width + right);
    },

    /* A site is a ring with a point, one to be rebuilt a square, one that was tried here a diamond: the shape says it, not the colour. */
    _sites: function (context) {
      var w = this._window;
      var r = w.scale > 20000 ? 9 : w.scale > 3000 ? 7 : w.scale > 1500 ? 5 : 3.5;
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

    /* The window that shows all demand. */
    bounds: function () {
      var p = this.cover.points;
      var box = L.latLngBounds([]);
      for (var i = 0; i < p.dlat.length; i += 1) box.extend([p.middle[1] + p.dlat[i], p.middle[0] + p.dlon[i]]);
      return box;
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
