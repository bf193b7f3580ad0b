"""Coordinate systems: every input names its own, everything is stored in one projected system; the only user of pyproj.

WGS 84 and CGCS2000 degrees are taken as equal (they differ by centimetres). GCJ-02 and BD-09 follow the public model that phones and
Chinese web maps use; the inverse is a fixed point of the forward model (three steps: 0.04 mm). Functions take scalars or arrays of
any one shape and return float64 of that shape; longitude or easting first, always.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Proj, Transformer
from pyproj.exceptions import CRSError, ProjError

from gridmgmt.city.model import CityProfile
from gridmgmt.errors import InvalidInputError, OutsideCityError

Floats = npt.NDArray[np.float64]

GRID_PER_METRE = 1024  # a power of two: on this grid the float64 tests for "on the border" are exact
GCJ02, BD09, WGS84 = "gcj02", "bd09", "wgs84"
WGS84_NAMES = frozenset({WGS84, "epsg:4326", "epsg:4490", "cgcs2000", "ogc:crs84"})
SURE_DATUMS = frozenset({"World Geodetic System 1984", "World Geodetic System 1984 ensemble", "China 2000"})
FIXED_POINT_STEPS = 4
MOST_SCALE_ERROR = 0.002
_KRASOVSKY_A, _KRASOVSKY_E2 = 6378245.0, 0.00669342162296594323
_BD_PI = np.pi * 3000.0 / 180.0


@functools.lru_cache(maxsize=256)
def parse_crs(name: str) -> str:
    """Return the one spelling of a CRS name; raise InvalidInputError for what nobody knows.

    ``wgs84`` (also EPSG:4326, EPSG:4490, cgcs2000), ``gcj02``, ``bd09``, or whatever PROJ understands, given back as ``epsg:N`` where it can be.
    """
    key = name.strip().lower().replace("gcj-02", GCJ02).replace("bd-09", BD09).replace("wgs-84", WGS84)
    if key in WGS84_NAMES:
        return WGS84
    if key in {GCJ02, BD09}:
        return key
    try:
        crs = CRS.from_user_input(int(key) if key.isdecimal() else name.strip())
    except CRSError:
        reason = f"{name!r} is no coordinate system; use wgs84, gcj02, bd09 or EPSG:number"
        raise InvalidInputError("crs", reason, zh=f"{name!r} 不是已知坐标系；请用 wgs84、gcj02、bd09 或 EPSG:编号") from None
    epsg = crs.to_epsg()
    if epsg in {4326, 4490}:
        return WGS84
    return f"epsg:{epsg}" if epsg else crs.to_wkt()


def is_geographic(crs: str) -> bool:
    """Say whether coordinates of a CRS are degrees."""
    parsed = parse_crs(crs)
    return parsed in {WGS84, GCJ02, BD09} or CRS.from_user_input(parsed).is_geographic


def doubtful_datum(crs: str) -> str | None:
    """Return the name of a datum nobody publishes an accurate conversion for (Xian 1980, Beijing 1954, a local one), else None.

    Raises InvalidInputError for a local system that PROJ cannot place on the globe at all.
    """
    parsed = parse_crs(crs)
    if parsed in {WGS84, GCJ02, BD09}:
        return None
    system = CRS.from_user_input(parsed)
    try:
        accuracy = _transformer(parsed, WGS84).accuracy
    except ProjError:
        reason = f"{system.name!r} is a local system without a place on the globe; say which known system it is, or its shift from one"
        raise InvalidInputError("crs", reason, zh=f"{system.name!r} 是无法换算的地方坐标系，请指明已知坐标系（可加平移量）") from None
    datum = system.geodetic_crs.datum.name if system.geodetic_crs and system.geodetic_crs.datum else system.name
    return None if accuracy >= 0 or datum in SURE_DATUMS else str(datum)


def crs_to_crs(x: npt.ArrayLike, y: npt.ArrayLike, source: str, target: str) -> tuple[Floats, Floats]:
    """Convert x, y (longitude or easting first) from one CRS to another; non-finite results become nan."""
    source, target = parse_crs(source), parse_crs(target)
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if source == target:
        return xs.copy(), ys.copy()
    to_lonlat, from_lonlat = _TO_WGS84.get(source), _FROM_WGS84.get(target)
    if to_lonlat:
        xs, ys = to_lonlat(xs, ys)
        source = WGS84
    if source != target:
        xs, ys = _project(xs, ys, source, WGS84 if from_lonlat else target)
    if from_lonlat:
        xs, ys = from_lonlat(xs, ys)
    return np.where(np.isfinite(xs), xs, np.nan), np.where(np.isfinite(ys), ys, np.nan)


def snap(values: npt.ArrayLike) -> Floats:
    """Round metres to the 1/1024 m storage grid."""
    return np.round(np.asarray(values, dtype=np.float64) * GRID_PER_METRE) / GRID_PER_METRE


def to_storage_arrays(x: npt.ArrayLike, y: npt.ArrayLike, crs: str, storage_srid: int) -> tuple[Floats, Floats]:
    """Convert to the storage CRS and snap; nothing is refused here (see ``to_storage`` and ``inside_envelope``)."""
    xs, ys = crs_to_crs(x, y, crs, f"epsg:{storage_srid}")
    return snap(xs), snap(ys)


def inside_envelope(x: npt.ArrayLike, y: npt.ArrayLike, crs: str, profile: CityProfile) -> npt.NDArray[np.bool_]:
    """Say for each point whether it lies in the city's envelope."""
    lon, lat = crs_to_crs(x, y, crs, WGS84)
    box = profile.envelope
    return np.asarray((lon >= box.west) & (lon <= box.east) & (lat >= box.south) & (lat <= box.north))


def to_storage(x: float, y: float, crs: str, profile: CityProfile) -> tuple[float, float]:
    """Convert one point to the storage CRS, snapped to 1/1024 m.

    Raises InvalidInputError for an unknown CRS or a coordinate that is not a number, and OutsideCityError for a point outside
    the envelope, saying when it would lie inside with its axes swapped or read in another system.
    """
    if not (np.isfinite(x) and np.isfinite(y)):
        raise InvalidInputError("point", f"({x}, {y}) is not a pair of numbers", zh=f"({x}, {y}) 不是一对数字")
    crs = parse_crs(crs)
    if not inside_envelope(x, y, crs, profile):
        hint_en, hint_zh = _outside_hint(x, y, crs, profile)
        raise OutsideCityError(
            "point",
            f"({x}, {y}) in {crs} lies outside the envelope of {profile.name}{hint_en}",
            zh=f"({x}, {y})（{crs}）不在{profile.name}范围内{hint_zh}",
        )
    easting, northing = to_storage_arrays(x, y, crs, profile.storage_srid)
    return float(easting), float(northing)


def check_storage_srid(profile: CityProfile) -> None:
    """Raise InvalidInputError unless distances in the storage CRS are true metres all over the envelope (to 0.2 %)."""
    srid, box = profile.storage_srid, profile.envelope
    try:
        system = CRS.from_epsg(srid)
    except CRSError:
        raise InvalidInputError("storage_srid", f"EPSG:{srid} is not known", zh=f"EPSG:{srid} 不存在") from None
    if not system.is_projected or {axis.unit_name for axis in system.axis_info} != {"metre"}:
        raise InvalidInputError(
            "storage_srid", f"EPSG:{srid} ({system.name}) is not a projected system in metres", zh=f"EPSG:{srid} 不是以米为单位的投影坐标系"
        )
    lon, lat = np.meshgrid([box.west, (box.west + box.east) / 2, box.east], [box.south, (box.south + box.north) / 2, box.north])
    factors = Proj(system).get_factors(lon.ravel(), lat.ravel())
    scales = np.concatenate([factors.meridional_scale, factors.parallel_scale])
    if not (np.abs(scales - 1.0) <= MOST_SCALE_ERROR).all():
        raise InvalidInputError(
            "storage_srid",
            f"EPSG:{srid} ({system.name}) stretches distances by up to {np.abs(scales - 1.0).max():.2%} inside the envelope; choose the zone of the city",
            zh=f"EPSG:{srid} 在城市范围内长度变形过大；请选用本市所在投影带",
        )


def _outside_hint(x: float, y: float, crs: str, profile: CityProfile) -> tuple[str, str]:
    if inside_envelope(y, x, crs, profile):
        return (
            "; with x and y swapped it would lie inside: are longitude and latitude the wrong way round?",
            "；交换经纬度后在范围内，是否写反了？",
        )
    if is_geographic(crs) and max(abs(x), abs(y)) > 360:  # noqa: PLR2004 - no degrees are that large
        return (
            "; these look like metres, not degrees: which projected system are they in?",
            "；数值像投影坐标（米）而非经纬度，请注明坐标系",
        )
    return "", ""


@functools.cache
def _transformer(source: str, target: str) -> Transformer:
    names = {WGS84: "epsg:4326"}
    return Transformer.from_crs(names.get(source, source), names.get(target, target), always_xy=True)


def _project(x: Floats, y: Floats, source: str, target: str) -> tuple[Floats, Floats]:
    if source == target:
        return x, y
    easting, northing = _transformer(source, target).transform(x, y)
    return np.asarray(easting, dtype=np.float64), np.asarray(northing, dtype=np.float64)


def _in_model(lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    """GCJ-02 shifts only inside this box; the public model leaves the rest of the world alone."""
    return np.asarray((lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271))  # noqa: PLR2004


def _wgs84_to_gcj02(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    shared = 20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    d_lat += (shared + 20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    d_lat += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    d_lon += (shared + 20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    d_lon += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    radians = np.radians(lat)
    magic = 1.0 - _KRASOVSKY_E2 * np.sin(radians) ** 2
    d_lat = np.degrees(d_lat * magic * np.sqrt(magic) / (_KRASOVSKY_A * (1.0 - _KRASOVSKY_E2)))
    d_lon = np.degrees(d_lon * np.sqrt(magic) / (_KRASOVSKY_A * np.cos(radians)))
    inside = _in_model(lon, lat)
    return np.where(inside, lon + d_lon, lon), np.where(inside, lat + d_lat, lat)


def _inverse(forward: Callable[[Floats, Floats], tuple[Floats, Floats]], x: Floats, y: Floats) -> tuple[Floats, Floats]:
    guess_x, guess_y = x, y
    for _ in range(FIXED_POINT_STEPS):
        there_x, there_y = forward(guess_x, guess_y)
        guess_x, guess_y = guess_x + (x - there_x), guess_y + (y - there_y)
    return guess_x, guess_y


def _gcj02_to_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    return _inverse(_wgs84_to_gcj02, lon, lat)


def _gcj02_to_bd09(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_PI)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_PI)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _wgs84_to_bd09(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    return _gcj02_to_bd09(*_wgs84_to_gcj02(lon, lat))


def _bd09_to_wgs84(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    return _gcj02_to_wgs84(*_inverse(_gcj02_to_bd09, lon, lat))


_TO_WGS84 = {GCJ02: _gcj02_to_wgs84, BD09: _bd09_to_wgs84}
_FROM_WGS84 = {GCJ02: _wgs84_to_gcj02, BD09: _wgs84_to_bd09}
