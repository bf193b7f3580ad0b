"""The roles a new city starts with, read from ``roles.toml`` beside this file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gridmgmt.accounts.model import Role
from gridmgmt.accounts.permission import Permission
from gridmgmt.errors import InvalidInputError

BUILT_IN = Path(__file__).with_name("roles.toml")


def read_roles(path: Path = BUILT_IN) -> list[Role]:
    """Return the roles of a file in its order; raise InvalidInputError naming the role and what is wrong."""
    with path.open("rb") as file:
        try:
            content = tomllib.load(file)
        except tomllib.TOMLDecodeError as error:
            raise InvalidInputError(path.name, f"is not TOML: {error}", zh=f"不是有效的 TOML 文件：{error}") from error
    for_staff = content.pop("for_staff", [])
    return [_role(code, entry, for_staff) for code, entry in content.items()]


def checked_permissions(field: str, names: list[str]) -> frozenset[str]:
    """Return permissions given by name; raise InvalidInputError for one that does not exist."""
    unknown = sorted(set(names) - set(Permission))
    if unknown:
        raise InvalidInputError(field, f"{', '.join(unknown)}: no such permission", zh=f"没有权限 {'、'.join(unknown)}")
    return frozenset(str(name) for name in names)


def _role(code: str, entry: Mapping[str, Any], for_staff: list[str]) -> Role:
    if not isinstance(entry, dict) or not {"zh", "en", "permissions"} <= entry.keys():
        raise InvalidInputError(code, "a role has zh, en and permissions", zh="角色须有 zh、en 和 permissions")
    everyone = for_staff if entry.get("staff", True) else []
    return Role(code, entry["zh"], entry["en"], checked_permissions(code, [*everyone, *entry["permissions"]]))
