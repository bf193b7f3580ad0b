/* How the topmost areas are filled on the coverage page: by their share while the map is far away, by outline when it is near. */
(function () {
  "use strict";

  var data = window.gridmgmt.data;

  window.gridmgmtShareStyle = function (properties, zoom) {
    var share = data.shares && data.shares[properties.code];
    var far = zoom < data.gridsFromZoom && typeof share === "number";
    return {
      color: "#5b1b38",
      weight: 2,
      opacity: 0.9,
      fill: far,
      fillColor: far ? (share >= 0.5 ? data.colors.covered : data.colors.uncovered) : "#fff",
      fillOpacity: far ? 0.12 + 0.5 * Math.abs(share - 0.5) * 2 : 0,
    };
  };
})();
