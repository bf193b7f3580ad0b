"""What a source file becomes before anything is decided: numbered features, their attributes and shapes, and the faults found so far."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gridmgmt.labels import LabelledEnum, Words


class FaultKind(LabelledEnum):
    """What is wrong with a feature."""

    UNREADABLE = "unreadable", "几何无法读取", "Unreadable geometry"
    UNCLOSED_RING = "unclosed_ring", "多边形未闭合", "Unclosed ring"
    EMPTY = "empty", "几何为空", "Empty geometry"
    WRONG_TYPE = "wrong_type", "几何类型不符", "Wrong geometry type"
    INVALID = "invalid", "多边形无效（自相交等）", "Invalid polygon"
    SLIVER = "sliver", "碎片多边形", "Sliver"
    OVERLAP = "overlap", "同级重叠", "Overlap"
    GAP = "gap", "上级范围内有空隙", "Gap within the parent"
    OUTSIDE_PARENT = "outside_parent", "超出上级范围", "Outside its parent"
    NO_PARENT = "no_parent", "上级不存在", "No such parent"
    BROKEN_NESTING = "broken_nesting", "编码不嵌套", "Code does not nest"
    DUPLICATE_CODE = "duplicate_code", "编码重复", "Duplicate code"
    RETIRED_CODE = "retired_code", "编码已停用", "Retired code"
    REPEATED_NAME = "repeated_name", "同一上级下重名", "Name repeats under one parent"
    MISSING_VALUE = "missing_value", "缺少必填项", "Missing value"
    BAD_VALUE = "bad_value", "值不合规", "Bad value"
    OUTSIDE_CITY = "outside_city", "超出城市范围", "Outside the envelope"
    WRONG_ORDER = "wrong_order", "导入层级顺序错误", "Wrong level order"
    MISMATCHED_BORDER = "mismatched_border", "与相邻区域边界不吻合", "Border does not match its neighbour"
    ORPHANED = "orphaned", "下级失去上级", "Left without a parent"
    MASS_REMOVAL = "mass_removal", "半数以上将被撤销", "More than half would end"
    NEAR_DUPLICATE = "near_duplicate", "疑似重复", "Possibly the same one twice"


@dataclasses.dataclass(frozen=True)
class Fault:
    """One fault of one feature.

    ``feature`` counts from 1 in the order of the file (a data row for a table); ``blocking`` says whether it keeps the file from
    being committed; ``shape`` is the offending piece, in the CRS of the layer it was found in.
    """

    feature: int
    code: str | None
    kind: FaultKind
    reason: Words
    blocking: bool = True
    shape: shapely.Geometry | None = None


@dataclasses.dataclass(frozen=True)
class SourceLayer:
    """A layer as read: three columns of equal length and what was noticed.

    ``crs`` names the CRS of ``shapes`` (a name ``gridmgmt.crs.parse_crs`` accepts) or is None when neither the file nor the user
    has said; ``shapes`` holds shapely geometries, None where unreadable; ``notes`` are sentences for the user (encoding guessed, …).
    """

    path: Path
    crs: str | None
    numbers: npt.NDArray[np.int64]
    attributes: pd.DataFrame
    shapes: npt.NDArray[np.object_]
    faults: tuple[Fault, ...] = ()
    notes: tuple[Words, ...] = ()

    def columns(self) -> dict[str, list[object]]:
        """Return the attributes by name as plain values, for what works without pandas."""
        return {str(field): self.attributes[field].tolist() for field in self.attributes}
