"""Settings (运行参数), read once from ``GRIDMGMT_*`` variables; only doors import this."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from gridmgmt.errors import InvalidInputError


@dataclasses.dataclass(frozen=True)
class Settings:
    """What may differ from one machine to the next."""

    database_url: str
    var_dir: Path = Path("var")
    host: str = "127.0.0.1"
    port: int = 8000
    base_map_url: str = ""
    base_map_crs: str = "wgs84"
    base_map_attribution: str = ""


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read ``GRIDMGMT_<FIELD>`` for every field of ``Settings``; raise InvalidInputError naming the variable."""
    url = environ.get("GRIDMGMT_DATABASE_URL", "")
    if not url:
        raise InvalidInputError(
            "GRIDMGMT_DATABASE_URL",
            "is not set; ./run sets it for the private database",
        )
    base_map_crs = environ.get("GRIDMGMT_BASE_MAP_CRS", Settings.base_map_crs)
    if base_map_crs not in {"wgs84", "gcj02"}:
        raise InvalidInputError("GRIDMGMT_BASE_MAP_CRS", f"{base_map_crs!r} is neither wgs84 nor gcj02")
    port = environ.get("GRIDMGMT_PORT", str(Settings.port))
    if not port.isdecimal() or not 0 < int(port) < 65536:  # noqa: PLR2004 - the range of a TCP port
        raise InvalidInputError("GRIDMGMT_PORT", f"{port!r} is not a port number")
    return Settings(
        database_url=url,
        var_dir=Path(environ.get("GRIDMGMT_VAR_DIR", "var")),
        host=environ.get("GRIDMGMT_HOST", Settings.host),
        port=int(port),
        base_map_url=environ.get("GRIDMGMT_BASE_MAP_URL", ""),
        base_map_crs=base_map_crs,
        base_map_attribution=environ.get("GRIDMGMT_BASE_MAP_ATTRIBUTION", ""),
    )
