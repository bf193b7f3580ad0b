"""A way of reading a layer's coordinates, its figures, and the sentence that says what they mean."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from gridmgmt.ingest.claim_evidence import EvidenceKind
from gridmgmt.labels import LabelledEnum

CLEAR = 4.0


class ReadingKind(LabelledEnum):
    """How the coordinates are read."""

    CLAIMED = "claimed", "按声明的坐标系", "as claimed"
    WGS84 = "wgs84", "按 WGS 84", "as WGS 84"
    GCJ02 = "gcj02", "按 GCJ-02（火星坐标）", "as GCJ-02"
    BD09 = "bd09", "按 BD-09（百度坐标）", "as BD-09"
    SWAPPED = "swapped", "交换 x、y 轴", "with swapped axes"
    STORAGE = "storage", "按本市平面坐标系", "in the city's projected system"
    SHIFTED = "shifted", "平移后", "after a constant shift"


@dataclasses.dataclass(frozen=True)
class Reading:
    """One reading and its figures.

    ``shift`` metres east and north in the storage CRS; ``inside_share`` of features inside the envelope, ``covered_share`` inside any
    area stored, ``parent_share`` inside the area they name in ``parent_column``; ``median_distance_m`` and ``strengths`` (spreads nearer than far-off placements; 5
    and more is a find) by kind of evidence.
    """

    kind: ReadingKind
    crs: str
    shift: tuple[float, float] = (0.0, 0.0)
    inside_share: float | None = None
    covered_share: float | None = None
    parent_share: float | None = None
    parent_column: str | None = None
    median_distance_m: Mapping[EvidenceKind, float] = dataclasses.field(default_factory=dict)
    strengths: Mapping[EvidenceKind, float] = dataclasses.field(default_factory=dict)
    distances: Mapping[EvidenceKind, npt.NDArray[np.float64]] = dataclasses.field(default_factory=dict, repr=False, compare=False)
    in_parent: npt.NDArray[np.bool_] | None = dataclasses.field(default=None, repr=False, compare=False)

    def label(self, language: str = "zh") -> str:
        """Name the reading, a shift with its metres."""
        if self.kind is not ReadingKind.SHIFTED:
            return self.kind.label(language)
        east, north = self.shift
        zh = f"平移东 {east:+.1f} 米、北 {north:+.1f} 米后"
        return zh if language == "zh" else f"after a shift of {east:+.1f} m east, {north:+.1f} m north"

    def figures(self, language: str = "zh") -> str:
        """Say what was measured, in one line."""
        parts = []
        for kind, median in self.median_distance_m.items():
            near = 100 * float((self.distances[kind] <= 30).mean())  # noqa: PLR2004 - the smallest cap
            zh = f"{kind.zh}：中位距离 {median:.0f} 米，{near:.0f}% 在 30 米内（吻合度 {self.strengths[kind]:.1f}）"
            en = f"{kind.en}: median {median:.0f} m, {near:.0f}% within 30 m (fit {self.strengths[kind]:.1f})"
            parts.append(zh if language == "zh" else en)
        if self.covered_share is not None:
            parts.append(
                f"{self.covered_share:.1%} 位于已存区域内" if language == "zh" else f"{self.covered_share:.1%} inside the areas stored"
            )
        if self.parent_share is not None:
            zh, en = (
                f"{self.parent_share:.1%} 位于“{self.parent_column}”所指区域",
                f"{self.parent_share:.1%} in the area named by {self.parent_column}",
            )
            parts.append(zh if language == "zh" else en)
        if self.inside_share is not None:
            parts.append(f"{self.inside_share:.1%} 在城市范围内" if language == "zh" else f"{self.inside_share:.1%} inside the envelope")
        return ("；" if language == "zh" else "; ").join(parts)


def describe(claimed: Reading, best: Reading, *, suspicious: bool, compared: bool) -> tuple[str, str]:
    """Return the verdict in English and in Chinese."""
    if not compared:
        return (
            f"claimed {short(claimed.crs)}: nothing stored that it could be compared with",
            f"声明为 {short(claimed.crs)}：库中尚无可对照的图层，未能核对",
        )
    if suspicious and best is claimed:
        return (
            f"claimed {short(claimed.crs)}, but it lies outside the city, and no likely reading brings it in ({claimed.figures('en')})",
            f"声明为 {short(claimed.crs)}，但数据不在城市范围内，且未找到合适的读法（{claimed.figures('zh')}）",
        )
    if suspicious:
        return (
            f"claimed {short(claimed.crs)}, but it fits better {best.label('en')}: {best.figures('en')} | as claimed: {claimed.figures('en')}",
            f"声明为 {short(claimed.crs)}，但{best.label('zh')}更吻合：{best.figures('zh')} | 按声明：{claimed.figures('zh')}",
        )
    if any(strength >= CLEAR for strength in claimed.strengths.values()):
        return (
            f"claimed {short(claimed.crs)}: it fits what is stored ({claimed.figures('en')})",
            f"声明为 {short(claimed.crs)}：与已存图层吻合（{claimed.figures('zh')}）",
        )
    return (
        f"claimed {short(claimed.crs)}: nothing speaks against it, but the comparison is weak ({claimed.figures('en')})",
        f"声明为 {short(claimed.crs)}：未见矛盾，但可比对的依据较弱（{claimed.figures('zh')}）",
    )


def short(crs: str) -> str:
    """Return a CRS name fit for a sentence; a WKT is cut."""
    return crs if len(crs) < 40 else f"{crs[:40]} …"  # noqa: PLR2004 - room in a line
