/* Coverage in the browser: demand points in a grid of cells, how many sites serve each, what one more or one less changes. */
(function () {
  "use strict";

  var TYPES = { int32: Int32Array, float32: Float32Array, float64: Float64Array, uint16: Uint16Array, uint8: Uint8Array };
  var MOST_CELLS = 2000;
  var NONE = 65535;

  /* The file of /siting/…/points: a length, a head in JSON, arrays on borders of 8 bytes. */
  function read(buffer) {
    var length = new DataView(buffer).getUint32(0, true);
    var points = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
    var at = 4 + length;
    points.arrays.forEach(function (entry) {
      var Type = TYPES[entry[1]];
      points[entry[0]] = new Type(buffer, at, entry[2]);
      at += Math.ceil((entry[2] * Type.BYTES_PER_ELEMENT) / 8) * 8;
    });
    return points;
  }

  /* Whole units from the origin for degrees, by the polynomial of the head; the same grid that stored coordinates lie on. */
  function toUnits(points, lat, lng) {
    var how = points.to_metres;
    var u = (lng - how.center[0]) / how.scale[0];
    var v = (lat - how.center[1]) / how.scale[1];
    var x = 0;
    var y = 0;
    how.powers.forEach(function (power, k) {
      var term = Math.pow(u, power[0]) * Math.pow(v, power[1]);
      x += how.x[k] * term;
      y += how.y[k] * term;
    });
    return { x: Math.round(x * points.units), y: Math.round(y * points.units) };
  }

  /* Points by cell, so that a circle looks at the few cells it touches. */
  function Index(xs, ys, reach) {
    var n = xs.length;
    var left = Infinity;
    var low = Infinity;
    var right = -Infinity;
    var high = -Infinity;
    for (var i = 0; i < n; i += 1) {
      left = Math.min(left, xs[i]);
      right = Math.max(right, xs[i]);
      low = Math.min(low, ys[i]);
      high = Math.max(high, ys[i]);
    }
    this.xs = xs;
    this.ys = ys;
    this.left = n ? left : 0;
    this.low = n ? low : 0;
    this.cell = Math.max(1, Math.ceil(reach), n ? Math.ceil(Math.max(right - left, high - low) / MOST_CELLS) : 1);
    this.columns = n ? Math.floor((right - left) / this.cell) + 1 : 0;
    this.rows = n ? Math.floor((high - low) / this.cell) + 1 : 0;
    this.found = new Int32Array(n);
    this._fill(n);
  }

  Index.prototype._fill = function (n) {
    var starts = new Int32Array(this.columns * this.rows + 1);
    var cells = new Int32Array(n);
    var i;
    for (i = 0; i < n; i += 1) {
      cells[i] = Math.floor((this.ys[i] - this.low) / this.cell) * this.columns + Math.floor((this.xs[i] - this.left) / this.cell);
      starts[cells[i] + 1] += 1;
    }
    for (i = 1; i < starts.length; i += 1) starts[i] += starts[i - 1];
    var next = starts.slice();
    this.items = new Int32Array(n);
    for (i = 0; i < n; i += 1) this.items[next[cells[i]]++] = i;
    this.starts = starts;
  };

  /* How many points lie within a squared distance (units², border included); their positions stand in ``found``. */
  Index.prototype.near = function (x, y, limit) {
    var reach = Math.sqrt(limit) + 1;
    var first = Math.max(0, Math.floor((x - reach - this.left) / this.cell));
    var last = Math.min(this.columns - 1, Math.floor((x + reach - this.left) / this.cell));
    var bottom = Math.max(0, Math.floor((y - reach - this.low) / this.cell));
    var top = Math.min(this.rows - 1, Math.floor((y + reach - this.low) / this.cell));
    var count = 0;
    if (limit < 0 || first > last) return 0;
    for (var row = bottom; row <= top; row += 1) {
      var end = this.starts[row * this.columns + last + 1];
      for (var k = this.starts[row * this.columns + first]; k < end; k += 1) {
        var i = this.items[k];
        var dx = this.xs[i] - x;
        var dy = this.ys[i] - y;
        if (dx * dx + dy * dy <= limit) this.found[count++] = i;
      }
    }
    return count;
  };

  /* ``depth`` 1: a point counts once it is served; 2: a second time when it is served twice. */
  function Cover(points, depth) {
    this.points = points;
    this.depth = depth;
    this.index = new Index(points.dx, points.dy, Math.sqrt(points.limit));
    this.count = new Uint16Array(points.dx.length);
    this.value = 0;
    this.people = 0;
    for (var s = 0; s < points.sx.length; s += 1) this.add(points.sx[s], points.sy[s]);
    this.before = this.count.slice();
    this.valueBefore = this.value;
    this.peopleBefore = this.people;
  }

  Cover.prototype.add = function (x, y) {
    var found = this.index.found;
    for (var k = this.index.near(x, y, this.points.limit) - 1; k >= 0; k -= 1) {
      var had = this.count[found[k]]++;
      if (had < this.depth) this.value += this.points.weight[found[k]];
      if (!had) this.people += this.points.people[found[k]];
    }
  };

  Cover.prototype.remove = function (x, y) {
    var found = this.index.found;
    for (var k = this.index.near(x, y, this.points.limit) - 1; k >= 0; k -= 1) {
      var left = (this.count[found[k]] -= 1);
      if (left < this.depth) this.value -= this.points.weight[found[k]];
      if (!left) this.people -= this.points.people[found[k]];
    }
  };

  /* What a site at a place would add now. */
  Cover.prototype.gain = function (x, y) {
    var sum = 0;
    var found = this.index.found;
    for (var k = this.index.near(x, y, this.points.limit) - 1; k >= 0; k -= 1) if (this.count[found[k]] < this.depth) sum += this.points.weight[found[k]];
    return sum;
  };

  /* What is lost if an open site at a place goes, and how many people nobody else serves. */
  Cover.prototype.alone = function (x, y) {
    var told = { value: 0, people: 0, within: 0 };
    var found = this.index.found;
    for (var k = this.index.near(x, y, this.points.limit) - 1; k >= 0; k -= 1) {
      told.within += this.points.people[found[k]];
      if (this.count[found[k]] <= this.depth) told.value += this.points.weight[found[k]];
      if (this.count[found[k]] === 1) told.people += this.points.people[found[k]];
    }
    return told;
  };

  /* What each candidate would add now. */
  Cover.prototype.gains = function () {
    var gains = new Float64Array(this.points.cx.length);
    for (var c = 0; c < gains.length; c += 1) gains[c] = this.gain(this.points.cx[c], this.points.cy[c]);
    return gains;
  };

  /* Greatest gain first, the lower position of equals; gains only fall, so one that is still greatest when counted anew is taken. Those
     without room beside what is taken (``roomBeside``: from taken places to a question) are left out: room only shrinks. */
  function greedy(cover, places, gains, most, roomBeside) {
    var taken = [];
    var hasRoom = roomBeside([]);
    while (taken.length < most) {
      var best = -1;
      for (var k = 0; k < places.length; k += 1) if (gains[k] >= 0 && (best < 0 || gains[k] > gains[best])) best = k;
      if (best < 0) break;
      var place = places[best];
      var now = cover.gain(place.x, place.y);
      if (now < gains[best]) {
        gains[best] = now;
        continue;
      }
      gains[best] = -1;
      if (!hasRoom(place)) continue;
      cover.add(place.x, place.y);
      taken.push({ place: place, adds: now, value: cover.value });
      hasRoom = roomBeside(taken);
    }
    return taken;
  }

  /* Value by number of sites: those open in their best order, then ``more`` of the free candidates, each the best next one. */
  function curve(cover, sites, free, more, roomBeside) {
    var scratch = Object.create(Cover.prototype);
    Object.assign(scratch, cover, { count: cover.before.slice(), value: cover.valueBefore, people: cover.peopleBefore });
    var planned = greedy(scratch, sites, sites.map(function (site) {
      return scratch.gain(site.x, site.y);
    }), sites.length, function () { return function () { return true; }; });
    var open = free.filter(roomBeside([])); // most that have no room have none from the beginning
    var next = greedy(scratch, open, open.map(function (place) {
      return scratch.gain(place.x, place.y);
    }), more, roomBeside);
    return { start: cover.valueBefore, planned: planned, next: next };
  }

  /* People within each of some radii (metres) of anything that serves, and of what serves today. */
  function byRadius(cover, sites, radii) {
    var points = cover.points;
    var widest = Math.max.apply(null, radii) * points.units;
    var limit = widest * widest;
    var nearest = new Float64Array(points.dx.length).fill(Infinity);
    function serve(x, y) {
      var found = cover.index.found;
      for (var k = cover.index.near(x, y, limit) - 1; k >= 0; k -= 1) {
        var dx = points.dx[found[k]] - x;
        var dy = points.dy[found[k]] - y;
        nearest[found[k]] = Math.min(nearest[found[k]], dx * dx + dy * dy);
      }
    }
    function within() {
      return radii.map(function (radius) {
        var most = radius * points.units * radius * points.units;
        var people = 0;
        for (var i = 0; i < nearest.length; i += 1) if (nearest[i] <= most) people += points.people[i];
        return people;
      });
    }
    for (var s = 0; s < points.sx.length; s += 1) serve(points.sx[s], points.sy[s]);
    var before = within();
    sites.forEach(function (site) {
      serve(site.x, site.y);
    });
    return { radii: radii, before: before, after: within() };
  }

  window.gridmgmtCover = { read: read, toUnits: toUnits, Index: Index, Cover: Cover, curve: curve, byRadius: byRadius, NONE: NONE };
})();
