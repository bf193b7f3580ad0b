"""A city profile from a TOML file."""

from __future__ import annotations

import tomllib
import zoneinfo
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gridmgmt.city.model import CityProfile, CodeScheme, Envelope, Level, SnapLimits
from gridmgmt.errors import InvalidInputError, SourceError

FIELDS = ("name", "storage_srid", "time_zone", "code_scheme", "levels", "catalogue_standard", "envelope", "snap_limits")


def read_profile(path: Path) -> CityProfile:
    """Read and check a profile; every field must be there, and the error names the one that is wrong."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{path}: {error}"
        raise SourceError(message, zh=f"{path} 无法读取：{error}") from error
    return profile_from_values(values)


def profile_from_values(values: Mapping[str, Any]) -> CityProfile:
    """Build a profile from plain values; raise InvalidInputError for a missing, unknown or impossible one."""
    for field in FIELDS:
        if field not in values:
            raise InvalidInputError(field, "is missing; a city profile has no defaults", zh="缺少；城市配置没有默认值")
    for field in values:
        if field not in FIELDS:
            raise InvalidInputError(
                field,
                f"is not a field of a city profile; known are {', '.join(FIELDS)}",
                zh=f"不是城市配置的字段；可用：{'、'.join(FIELDS)}",
            )
    return CityProfile(
        name=_text(values, "name"),
        storage_srid=_srid(values["storage_srid"]),
        envelope=_envelope(values["envelope"]),
        time_zone=_time_zone(values["time_zone"]),
        code_scheme=_code_scheme(values["code_scheme"]),
        levels=_levels(values["levels"]),
        catalogue_standard=_text(values, "catalogue_standard"),
        snap_limits=_snap_limits(values["snap_limits"]),
    )


def _text(values: Mapping[str, Any], field: str) -> str:
    value = values[field]
    if not isinstance(value, str) or not value.strip():
        raise InvalidInputError(field, f"{value!r} is not a text", zh=f"{value!r} 不是文字")
    return value.strip()


def _srid(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise InvalidInputError("storage_srid", f"{value!r} is not an EPSG number", zh=f"{value!r} 不是 EPSG 编号")
    return value


def _envelope(value: object) -> Envelope:
    if not isinstance(value, list) or len(value) != 4 or not all(isinstance(v, int | float) for v in value):  # noqa: PLR2004 - four sides
        raise InvalidInputError("envelope", "must be [west, south, east, north] in degrees", zh="须为 [west, south, east, north]（度）")
    west, south, east, north = map(float, value)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004 - degrees of the globe
        raise InvalidInputError(
            "envelope",
            f"{value} is not west < east, south < north in degrees; are longitude and latitude swapped?",
            zh=f"{value} 不满足 西 < 东、南 < 北（度）；经纬度是否颠倒？",
        )
    return Envelope(west, south, east, north)


def _time_zone(value: object) -> str:
    if not isinstance(value, str) or value not in zoneinfo.available_timezones():
        raise InvalidInputError(
            "time_zone", f"{value!r} is not an IANA time zone such as Asia/Shanghai", zh=f"{value!r} 不是 IANA 时区（例：Asia/Shanghai）"
        )
    return value


def _code_scheme(value: object) -> CodeScheme:
    if not isinstance(value, str) or value not in set(CodeScheme):
        raise InvalidInputError("code_scheme", f"{value!r} is neither gb nor local", zh=f"{value!r} 不是 gb 或 local")
    return CodeScheme(value)


def _levels(value: object) -> tuple[Level, ...]:
    known = list(Level)
    if not isinstance(value, list) or not value or any(level not in known for level in value):
        raise InvalidInputError(
            "levels", f"{value!r} is not a list of {', '.join(known)}", zh=f"{value!r} 不是层级列表；可用：{'、'.join(known)}"
        )
    levels = tuple(Level(level) for level in value)
    if list(levels) != sorted(set(levels), key=known.index):
        raise InvalidInputError("levels", "must run from the whole to the part, each level once", zh="须自上而下排列，每级一次")
    if levels[-1] is not Level.UNIT_GRID:
        raise InvalidInputError(
            "levels", "must end with unit_grid, the level incidents are assigned to", zh="最后一级须为 unit_grid（案卷归属的层级）"
        )
    return levels


def _snap_limits(value: object) -> SnapLimits:
    if not isinstance(value, dict) or "default_m" not in value:
        raise InvalidInputError("snap_limits", "needs default_m", zh="缺少 default_m")
    unknown = set(value) - {"default_m", "road_class", "managed_class"}
    if unknown:
        raise InvalidInputError(
            "snap_limits",
            f"{sorted(unknown)} is unknown; known are default_m, road_class, managed_class",
            zh=f"{sorted(unknown)} 不是可用的键；可用：default_m、road_class、managed_class",
        )
    tables = {name: value.get(name, {}) for name in ("road_class", "managed_class")}
    for name, table in [("default_m", {"default_m": value["default_m"]}), *tables.items()]:
        if not isinstance(table, dict):
            raise InvalidInputError(f"snap_limits.{name}", "must be a table of name = metres", zh="须为“名称 = 米数”的表")
        for key, metres in table.items():
            if isinstance(metres, bool) or not isinstance(metres, int | float) or not 0 <= metres <= 10_000:  # noqa: PLR2004 - ten kilometres is no longer beside a road
                raise InvalidInputError(
                    f"snap_limits.{name}", f"{key} = {metres!r} is not a distance in metres", zh=f"{key} = {metres!r} 不是以米为单位的距离"
                )
    return SnapLimits(
        float(value["default_m"]),
        {key: float(metres) for key, metres in tables["road_class"].items()},
        {key: float(metres) for key, metres in tables["managed_class"].items()},
    )
