"""Settings (运行参数), read once from ``GRIDMGMT_*`` variables; only doors import this."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from gridmgmt.errors import InvalidInputError


@dataclasses.dataclass(frozen=True)
class Settings:
    """What may differ from one machine to the next."""

    database_url: str
    replica_url: str = ""
    replica_lag_s: float = 5.0
    var_dir: Path = Path("var")
    host: str = "127.0.0.1"
    port: int = 8000
    base_map_url: str = ""
    base_map_crs: str = "wgs84"
    base_map_attribution: str = ""
    proxies: int = 0
    rate_factor: float = 1.0
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = dataclasses.field(default="", repr=False)
    oidc_title: str = "统一身份认证"
    public_url: str = ""
    smtp_url: str = dataclasses.field(default="", repr=False)
    mail_from: str = ""
    webhooks: Mapping[str, tuple[str, str]] = dataclasses.field(default_factory=dict, repr=False)
    private_webhooks: bool = False
    contact_days: int = 90  # how long after the end of a case its reporter can still be reached
    photo_position_days: int = 0  # how long a photo keeps where and when it was taken; 0: as long as its case


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read ``GRIDMGMT_<FIELD>`` for every field of ``Settings``; raise InvalidInputError naming the variable."""
    url = environ.get("GRIDMGMT_DATABASE_URL", "")
    if not url:
        raise InvalidInputError(
            "GRIDMGMT_DATABASE_URL", "is not set; ./run sets it for the private database", zh="未设置；./run 会为内置数据库设好"
        )
    base_map_crs = environ.get("GRIDMGMT_BASE_MAP_CRS", Settings.base_map_crs)
    if base_map_crs not in {"wgs84", "gcj02"}:
        raise InvalidInputError(
            "GRIDMGMT_BASE_MAP_CRS", f"{base_map_crs!r} is neither wgs84 nor gcj02", zh=f"“{base_map_crs}”不是 wgs84 或 gcj02"
        )
    port = environ.get("GRIDMGMT_PORT", str(Settings.port))
    if not port.isdecimal() or not 0 < int(port) < 65536:  # noqa: PLR2004 - the range of a TCP port
        raise InvalidInputError("GRIDMGMT_PORT", f"{port!r} is not a port number", zh=f"“{port}”不是端口号")
    return Settings(
        database_url=url,
        replica_url=environ.get("GRIDMGMT_REPLICA_URL", ""),
        replica_lag_s=_number(environ, "GRIDMGMT_REPLICA_LAG_S", "5", most=60),
        var_dir=Path(environ.get("GRIDMGMT_VAR_DIR", "var")),
        host=environ.get("GRIDMGMT_HOST", Settings.host),
        port=int(port),
        base_map_url=environ.get("GRIDMGMT_BASE_MAP_URL", ""),
        base_map_crs=base_map_crs,
        base_map_attribution=environ.get("GRIDMGMT_BASE_MAP_ATTRIBUTION", ""),
        proxies=int(_number(environ, "GRIDMGMT_PROXIES", "0", most=10)),
        rate_factor=_number(environ, "GRIDMGMT_RATE_FACTOR", "1", most=1000),
        oidc_issuer=_issuer(environ),
        oidc_client_id=environ.get("GRIDMGMT_OIDC_CLIENT_ID", ""),
        oidc_client_secret=environ.get("GRIDMGMT_OIDC_CLIENT_SECRET", ""),
        oidc_title=environ.get("GRIDMGMT_OIDC_TITLE", Settings.oidc_title),
        public_url=environ.get("GRIDMGMT_PUBLIC_URL", ""),
        smtp_url=environ.get("GRIDMGMT_SMTP_URL", ""),
        mail_from=environ.get("GRIDMGMT_MAIL_FROM", ""),
        webhooks=_webhooks(environ),
        private_webhooks=environ.get("GRIDMGMT_PRIVATE_WEBHOOKS", "") == "1",
        contact_days=int(_number(environ, "GRIDMGMT_CONTACT_DAYS", "90", most=36500)),
        photo_position_days=int(_number(environ, "GRIDMGMT_PHOTO_POSITION_DAYS", "0", most=36500)),
    )


def _webhooks(environ: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return channel code → (address, secret), from ``GRIDMGMT_WEBHOOK_<CODE>_URL`` and ``…_SECRET``."""
    start, end = "GRIDMGMT_WEBHOOK_", "_URL"
    codes = [name[len(start) : -len(end)] for name in environ if name.startswith(start) and name.endswith(end)]
    return {code.lower(): (environ[f"{start}{code}{end}"], environ.get(f"{start}{code}_SECRET", "")) for code in codes}


def _issuer(environ: Mapping[str, str]) -> str:
    """Return the identity provider: https, or plain http on this machine only."""
    variable = "GRIDMGMT_OIDC_ISSUER"
    issuer = environ.get(variable, "")
    parts = urlsplit(issuer)
    here = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}
    if issuer and not (parts.hostname and (parts.scheme == "https" or here)):
        raise InvalidInputError(variable, f"{issuer!r} is not an https:// address", zh=f"“{issuer}”不是 https:// 地址")
    return issuer


def _number(environ: Mapping[str, str], variable: str, default: str, *, most: float) -> float:
    given = environ.get(variable, default)
    try:
        value = float(given)
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        raise InvalidInputError(variable, f"{given!r} is not a number from 0 to {most:g}", zh=f"“{given}”不是 0 至 {most:g} 的数")
    return value
