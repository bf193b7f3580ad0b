"""A scenario's points as one compact file for the browser: demand with weights, candidates, standing sites; it computes coverage there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gridmgmt import crs
from gridmgmt.crs import GRID_PER_METRE
from gridmgmt.siting.question import Question, costs
from gridmgmt.siting.scenario import SetTables
from gridmgmt.siting.units import closer_limit, reach_limit, to_units

Floats = npt.NDArray[np.float64]
TYPES = {"int32": "<i4", "float32": "<f4", "float64": "<f8", "uint16": "<u2", "uint8": "<u1"}
ORDER = 5  # of the polynomial from degrees to metres: below a millimetre over a city
STEPS = 25
ALIGNED = 8


def pack(question: Question, tables: SetTables, names: Mapping[str, str], *, srid: int) -> bytes:
    """Return the file: a length, a head in JSON, then arrays one after the other, each on a border of 8 bytes, little-endian.

    Places are whole units (1/1024 m) from the head's ``origin`` (metres of the storage CRS) and degrees from its ``middle``. Weights are
    those of the scenario, people as they are. ``to_metres`` turns degrees into metres for a place that somebody drags.
    """
    places = {"d": question.demand_xy, "c": question.candidate_xy, "s": question.standing_xy}
    everything = np.concatenate([xy.reshape(-1, 2) for xy in places.values()])
    origin = np.floor(everything.min(axis=0)) if len(everything) else np.zeros(2)
    lon, lat = crs.crs_to_crs(everything[:, 0], everything[:, 1], f"epsg:{srid}", crs.WGS84)
    middle = (float(lon.mean()), float(lat.mean())) if len(everything) else (0.0, 0.0)
    arrays: dict[str, npt.NDArray[Any]] = {
        "weight": question.weight.astype(np.float64), "people": question.people.astype(np.float64),
        "ccost": costs(tables.candidates, question.settings).astype(np.float64),
    }  # fmt: skip
    start = 0
    for key, xy in places.items():
        units = to_units(xy.reshape(-1, 2) - origin, "points")
        stop = start + len(units)
        arrays |= {f"{key}x": units[:, 0].astype(np.int32), f"{key}y": units[:, 1].astype(np.int32)}
        arrays |= {
            f"{key}lon": (lon[start:stop] - middle[0]).astype(np.float32),
            f"{key}lat": (lat[start:stop] - middle[1]).astype(np.float32),
        }
        start = stop
    areas, roads = _areas(tables, arrays), _roads(tables, arrays)
    by_road = question.settings.road_spacing_m
    head = {
        "origin": origin.tolist(), "middle": middle, "to_metres": to_metres(everything, origin, srid),
        "limit": reach_limit(question.settings.radius_m, "radius_m"),
        "spacing_limit": closer_limit(question.settings.spacing_m, "spacing_m"),
        "road_spacings": [[roads.index(name), closer_limit(by_road[name], "road_spacing_m"), by_road[name], name] for name in by_road if name in roads],
        "codes": tables.candidates.code.tolist(), "areas": [[code, names.get(code, code)] for code in areas],
    }  # fmt: skip
    return _joined(head, arrays)


def to_metres(xy: Floats, origin: Floats, srid: int) -> dict[str, Any]:
    """Return the polynomial that gives metres from the origin for degrees near the points, and how far it is off at most (metres)."""
    low, high = (xy.min(axis=0) - 2000, xy.max(axis=0) + 2000) if len(xy) else (origin - 2000, origin + 2000)
    x, y = (grid.ravel() for grid in np.meshgrid(np.linspace(low[0], high[0], STEPS), np.linspace(low[1], high[1], STEPS)))
    lon, lat = crs.crs_to_crs(x, y, f"epsg:{srid}", crs.WGS84)
    center = [float(lon.min() + lon.max()) / 2, float(lat.min() + lat.max()) / 2]
    scale = [float(np.ptp(lon)) / 2, float(np.ptp(lat)) / 2]
    u, v = (lon - center[0]) / scale[0], (lat - center[1]) / scale[1]
    powers = [(i, j) for i in range(ORDER + 1) for j in range(ORDER + 1 - i)]
    terms = np.column_stack([u**i * v**j for i, j in powers])
    wanted = np.column_stack([x, y]) - origin
    found = np.linalg.lstsq(terms, wanted, rcond=None)[0]
    off = float(np.abs(terms @ found - wanted).max())
    return {"center": center, "scale": scale, "powers": powers, "x": found[:, 0].tolist(), "y": found[:, 1].tolist(), "off_m": off}


def _areas(tables: SetTables, arrays: dict[str, npt.NDArray[Any]]) -> list[str]:
    """Add the place of each candidate's district and street office in a list of areas, which is returned."""
    columns = {"cdistrict": tables.candidates.district, "coffice": tables.candidates.street_office}
    codes = sorted({str(code) for column in columns.values() for code in set(column.tolist()) if code})
    position = {code: at for at, code in enumerate(codes)}
    none = np.iinfo(np.uint16).max
    for name, column in columns.items():
        arrays[name] = np.array([position.get(code, none) for code in column.tolist()], np.uint16)
    arrays["cupgrade"] = (tables.candidates.origin == "upgrade").astype(np.uint8)
    return codes


def _roads(tables: SetTables, arrays: dict[str, npt.NDArray[Any]]) -> list[str]:
    """Add the place of each candidate's class of road in a list of classes, which is returned."""
    names, place = np.unique(tables.candidates.road_class.astype(str), return_inverse=True)
    arrays["croad"] = place.astype(np.uint8)
    return [str(name) for name in names]


def _joined(head: dict[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    listed = [[name, array.dtype.name, len(array)] for name, array in arrays.items()]
    text = json.dumps(head | {"arrays": listed, "units": GRID_PER_METRE}, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 4) % ALIGNED)
    parts = [len(text).to_bytes(4, "little"), text]
    for array in arrays.values():
        body = array.astype(TYPES[array.dtype.name]).tobytes()
        parts += [body, bytes(-len(body) % ALIGNED)]
    return b"".join(parts)
