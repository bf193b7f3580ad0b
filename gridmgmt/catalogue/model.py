"""Classes of what is managed (部件与事项)."""

from __future__ import annotations

import dataclasses

from gridmgmt.labels import LabelledEnum


class ManagedKind(LabelledEnum):
    """A thing or an occurrence."""

    COMPONENT = "component", "部件", "Component"
    MATTER = "matter", "事项", "Matter"


@dataclasses.dataclass(frozen=True)
class ManagedClass:
    """A minor class of a standard; the key is (standard, kind, code) because codes repeat across kinds."""

    standard: str
    kind: ManagedKind
    code: str
    name: str
    major_code: str
    major_name: str
    alias_2013: str | None
