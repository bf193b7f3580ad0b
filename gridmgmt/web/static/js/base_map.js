/* Base map tiles; those of a GCJ-02 map are moved, each by the offset at its own middle, so that they fit WGS 84 layers. */
(function () {
  "use strict";

  var A = 6378245.0;
  var E2 = 0.00669342162296594323;

  function waves(t) {
    return ((20 * Math.sin(6 * t * Math.PI) + 20 * Math.sin(2 * t * Math.PI)) * 2) / 3;
  }

  /* The public model of GCJ-02, the same as gridmgmt/crs.py (a browser test compares the two). */
  function wgs84ToGcj02(lon, lat) {
    if (lon < 72.004 || lon > 137.8347 || lat < 0.8293 || lat > 55.8271) return [lon, lat];
    var x = lon - 105;
    var y = lat - 35;
    var root = Math.sqrt(Math.abs(x));
    var dLat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves(x);
    dLat += ((20 * Math.sin(y * Math.PI) + 40 * Math.sin((y / 3) * Math.PI)) * 2) / 3;
    dLat += ((160 * Math.sin((y / 12) * Math.PI) + 320 * Math.sin((y * Math.PI) / 30)) * 2) / 3;
    var dLon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves(x);
    dLon += ((20 * Math.sin(x * Math.PI) + 40 * Math.sin((x / 3) * Math.PI)) * 2) / 3;
    dLon += ((150 * Math.sin((x / 12) * Math.PI) + 300 * Math.sin((x / 30) * Math.PI)) * 2) / 3;
    var phi = (lat * Math.PI) / 180;
    var magic = 1 - E2 * Math.sin(phi) * Math.sin(phi);
    dLat = (dLat * 180) / (((A * (1 - E2)) / (magic * Math.sqrt(magic))) * Math.PI);
    dLon = (dLon * 180) / ((A / Math.sqrt(magic)) * Math.cos(phi) * Math.PI);
    return [lon + dLon, lat + dLat];
  }

  function gcj02ToWgs84(lon, lat) {
    var guess = [lon, lat];
    for (var step = 0; step < 4; step += 1) {
      var there = wgs84ToGcj02(guess[0], guess[1]);
      guess = [guess[0] + lon - there[0], guess[1] + lat - there[1]];
    }
    return guess;
  }

  var ShiftedTiles = L.TileLayer.extend({
    /* Pixels from where a GCJ-02 position is drawn to where it belongs, at a zoom. */
    shiftAt: function (gcjLatLng, zoom) {
      var wgs = gcj02ToWgs84(gcjLatLng.lng, gcjLatLng.lat);
      return this._map.project(L.latLng(wgs[1], wgs[0]), zoom).subtract(this._map.project(gcjLatLng, zoom));
    },

    _getTilePos: function (coords) {
      var middle = coords.scaleBy(this.getTileSize()).add(this.getTileSize().divideBy(2));
      var shift = this.shiftAt(this._map.unproject(middle, coords.z), coords.z);
      return L.TileLayer.prototype._getTilePos.call(this, coords).add(shift.round());
    },

    /* The window in which tiles are wanted lies as far off as the tiles will be moved. */
    _getTiledPixelBounds: function (center) {
      var bounds = L.TileLayer.prototype._getTiledPixelBounds.call(this, center);
      var there = wgs84ToGcj02(center.lng, center.lat);
      var shift = this._map.project(L.latLng(there[1], there[0]), this._tileZoom).subtract(this._map.project(center, this._tileZoom));
      return L.bounds(bounds.min.add(shift).subtract([2, 2]), bounds.max.add(shift).add([2, 2]));
    },
  });

  function plain(text) {
    var holder = document.createElement("span");
    holder.textContent = text;
    return holder.innerHTML; // escaped: Leaflet writes attributions as HTML
  }

  window.gridmgmtBaseMap = function (settings) {
    var options = { maxZoom: settings.maxZoom, attribution: plain(settings.attribution) };
    return settings.crs === "gcj02" ? new ShiftedTiles(settings.url, options) : L.tileLayer(settings.url, options);
  };
  window.gridmgmtGcj02 = { wgs84ToGcj02: wgs84ToGcj02, gcj02ToWgs84: gcj02ToWgs84 };
})();
