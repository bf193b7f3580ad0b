"""Facilities per square kilometre by land use, against the band of the rules (密度)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from gridmgmt.siting.ground import Floats, Ground

# Letters of GB 50137 and the words that offices write; the first that fits counts.
SUBJECTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "residential": (("R",), ("居住", "住宅", "residential")),
    "public": (("A", "B", "S"), ("公共", "商业", "交通", "道路", "行政", "文化", "教育", "医疗", "public", "commercial")),
    "green": (("G",), ("绿地", "广场", "公园", "green")),
    "industrial": (("M", "W"), ("工业", "仓储", "物流", "industrial")),
}
M2_PER_KM2 = 1e6


@dataclasses.dataclass(frozen=True)
class DensityRow:
    """Facilities of one land use in one district (empty: the whole city): counts before and after, square kilometres, and the band or None."""

    district: str
    subject: str
    km2: float
    before: int
    after: int
    low: float | None = None
    high: float | None = None

    @property
    def before_per_km2(self) -> float | None:
        """Facilities per square kilometre now."""
        return self.before / self.km2 if self.km2 else None

    @property
    def after_per_km2(self) -> float | None:
        """Facilities per square kilometre with the plan."""
        return self.after / self.km2 if self.km2 else None

    @property
    def verdict(self) -> str:
        """Say where the plan's density lies: "below", "within", "above" the band, or nothing where there is none."""
        after = self.after_per_km2
        if after is None or self.low is None or self.high is None:
            return ""
        return "below" if after < self.low else "above" if after > self.high else "within"


def subject_of(land_use: str) -> str:
    """Return the subject of the rules that a land use falls under, empty for another or none: "R21", "居住用地" → "residential"."""
    text = land_use.strip().lower()
    for subject, (letters, words) in SUBJECTS.items():
        if any(word in text for word in words) or (text[:1].upper() in letters and not text[1:].strip("0123456789")):
            return subject
    return ""


def density(ground: Ground, rules: Sequence[Mapping[str, Any]], *, before_xy: Floats, added_xy: Floats) -> list[DensityRow]:
    """Return the rows of the city, then of each district, land uses in the order of the rules, what falls under none last.

    ``rules``: the rules of the prepared set as stored. Water is left out of the areas. A facility on a border counts in the area with the
    lowest code, one outside all areas nowhere.
    """
    bands = {rule["subject"]: (rule["value"], rule["high"]) for rule in rules if rule["rule"] == "density_band" and rule["in_use"]}
    subject = np.array([subject_of(str(use)) for use in ground.land_use], object)
    subject[ground.is_water] = "water"
    km2 = np.nan_to_num(shapely.area(ground.shape)) / M2_PER_KM2
    counts = [_counts(ground, xy) for xy in (before_xy, added_xy)]
    rows = []
    for district in ["", *sorted({str(code) for code in ground.district if code})]:
        for name in (*SUBJECTS, ""):
            here = (subject == name) & ((ground.district == district) | (district == ""))
            if here.any():
                before, added = (int(count[here].sum()) for count in counts)
                low, high = bands.get(name, (None, None))
                rows.append(DensityRow(district, name, float(km2[here].sum()), before, before + added, low, high))
    return rows


def _counts(ground: Ground, xy: Floats) -> Any:  # noqa: ANN401 - an array
    if not len(xy):
        return np.zeros(len(ground.code), np.int64)
    area = ground.area_at(xy.reshape(-1, 2))
    return np.bincount(area[area >= 0], minlength=len(ground.code))
