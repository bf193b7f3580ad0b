/* Lines in an SVG: axes with round numbers, one line a series, told apart by dashes as well as by colour. */
(function () {
  "use strict";

  var NS = "http://www.w3.org/2000/svg";
  var BOX = { left: 78, right: 14, top: 12, bottom: 40, least: 300, usual: 640 };

  function draw(tag, values, text) {
    var element = document.createElementNS(NS, tag);
    Object.keys(values).forEach(function (key) {
      element.setAttribute(key, values[key]);
    });
    if (text !== undefined) element.textContent = text;
    return element;
  }

  /* Round numbers from below the least to above the most, about five of them. */
  function ticks(least, most) {
    var span = most - least || Math.abs(most) || 1;
    var step = Math.pow(10, Math.floor(Math.log10(span / 4)));
    [2, 5, 10].forEach(function (factor) {
      if (span / step > 6) step = (Math.pow(10, Math.floor(Math.log10(span / 4))) * factor);
    });
    var marks = [];
    for (var at = Math.ceil(least / step) * step; at <= most + step * 1e-9; at += step) marks.push(Math.abs(at) < step * 1e-9 ? 0 : at);
    return marks;
  }

  function number(value) {
    return value.toLocaleString("en-US", { maximumFractionDigits: 2 });
  }

  function range(series, which) {
    var all = [].concat.apply([], series.map(function (one) {
      return one.points.map(function (point) {
        return point[which];
      });
    }));
    return [Math.min.apply(null, all), Math.max.apply(null, all)];
  }

  /* ``told``: series [{name, kind, points [[x, y], …], steps}], x and y labels, fromZero. An empty one is cleared. */
  function lines(svg, told) {
    svg.replaceChildren();
    var width = Math.max(BOX.least, svg.clientWidth || BOX.usual); // one unit is one pixel: letters stay as large as others on the page
    var height = Math.round(Math.min(280, Math.max(190, width * 0.45)));
    svg.setAttribute("viewBox", "0 0 " + width + " " + height);
    var series = told.series.filter(function (one) {
      return one.points.length;
    });
    if (!series.length) return;
    var xs = range(series, 0);
    var ys = range(series, 1);
    if (told.fromZero) ys[0] = Math.min(0, ys[0]);
    if (xs[0] === xs[1]) xs[1] += 1;
    var pad = (ys[1] - ys[0]) * 0.06 || Math.abs(ys[1]) * 0.01 || 1;
    ys = [told.fromZero ? ys[0] : ys[0] - pad, ys[1] + pad];
    function px(x) {
      return BOX.left + ((x - xs[0]) / (xs[1] - xs[0])) * (width - BOX.left - BOX.right);
    }
    function py(y) {
      return height - BOX.bottom - ((y - ys[0]) / (ys[1] - ys[0])) * (height - BOX.top - BOX.bottom);
    }
    ticks(ys[0], ys[1]).forEach(function (y) {
      svg.appendChild(draw("line", { class: "grid", x1: BOX.left, x2: width - BOX.right, y1: py(y), y2: py(y) }));
      svg.appendChild(draw("text", { class: "mark", x: BOX.left - 6, y: py(y) + 4, "text-anchor": "end" }, number(y)));
    });
    ticks(xs[0], xs[1]).forEach(function (x) {
      svg.appendChild(draw("text", { class: "mark", x: px(x), y: height - BOX.bottom + 16, "text-anchor": "middle" }, number(x)));
    });
    svg.appendChild(draw("text", { class: "axis", x: (BOX.left + width) / 2, y: height - 6, "text-anchor": "middle" }, told.x));
    series.forEach(function (one) {
      var path = one.points.map(function (point, k) {
        var y = py(point[1]).toFixed(1);
        return (k ? (one.steps ? "H" + px(point[0]).toFixed(1) + "V" + y : "L" + px(point[0]).toFixed(1) + " " + y) : "M" + px(point[0]).toFixed(1) + " " + y);
      });
      svg.appendChild(draw("path", { class: "line " + one.kind, d: path.join("") }));
      if (one.points.length === 1) svg.appendChild(draw("circle", { class: "dot " + one.kind, cx: px(one.points[0][0]), cy: py(one.points[0][1]), r: 4 }));
    });
  }

  window.gridmgmtChart = { lines: lines, number: number, ticks: ticks };
})();
