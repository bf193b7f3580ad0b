"""The settings of a scenario (方案设置): read from JSON, every field named when it is wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from gridmgmt.errors import InvalidInputError
from gridmgmt.labels import LabelledEnum
from gridmgmt.roads.model import RoadClass

LARGEST_RADIUS_M, MOST_SITES, LONGEST_S, GREATEST_COST = 20_000.0, 20_000, 24 * 3600.0, 10**8
FIRST_YEAR, LAST_YEAR = 2000, 2100


class Problem(LabelledEnum):
    """A question of location science."""

    MCLP = "mclp", "最大覆盖", "Most covered by p sites"
    BACKUP = "backup", "最大双重覆盖", "Most covered twice"
    LSCP = "lscp", "全覆盖最少站点", "Fewest sites that cover all"
    P_MEDIAN = "p_median", "总距离最短", "Least total distance"
    P_CENTER = "p_center", "最远距离最短", "Least worst distance"
    CAPACITATED = "capacitated", "有容量的分派", "Within capacity"


class DistanceKind(LabelledEnum):
    """How a distance is measured; every figure says which."""

    STRAIGHT = "straight", "直线距离", "Straight line"
    WALKING = "walking", "步行距离", "Walking on roads"


class Origin(LabelledEnum):
    """Where a candidate comes from."""

    FRONTAGE = "frontage", "临街点", "Road frontage"
    UPGRADE = "upgrade", "改建现有设施", "Existing facility to be rebuilt"
    FREED = "freed", "拆除腾空用地", "Demolition site that falls free"
    PLANNER = "planner", "规划员图层", "Planner's own layer"


class StandingKind(LabelledEnum):
    """Which standing facilities count as serving already."""

    STANDARD = "standard", "达标设施", "Those that meet the standard"
    ALL = "all", "全部在用设施", "All in service"
    NONE = "none", "不计现有设施", "None"


@dataclasses.dataclass(frozen=True)
class AreaQuota:
    """At least and at most so many new sites in an area (district or street office); None: no limit."""

    code: str
    least: int | None = None
    most: int | None = None


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a scenario asks.

    ``sites`` is p; ``years`` shares p out by year (their sum is p; empty: not phased). A demand point weighs people × ``people_weight`` +
    shops × ``shop_weight`` + cases × ``case_weight``, all whole. ``spacing_m`` is between new sites, 0: none. ``forced`` and ``forbidden``
    are codes of candidates. ``road_spacing_m``: between new sites on roads of one class, and from them to standing ones. ``costs`` of a
    site by its origin and ``budget`` of all new sites are in 10,000 yuan (万元), whole; budget None: no limit. ``upgrades``: at least and at
    most how many of the sites are facilities to be rebuilt. ``capacity`` is that of one new site and ``per_person`` what one person gives a
    day (capacitated only, kg).
    """

    problem: Problem
    radius_m: float
    sites: int
    distance: DistanceKind = DistanceKind.STRAIGHT
    standing: StandingKind = StandingKind.STANDARD
    years: Mapping[int, int] = dataclasses.field(default_factory=dict)
    quotas: tuple[AreaQuota, ...] = ()
    spacing_m: float = 0.0
    road_spacing_m: Mapping[str, float] = dataclasses.field(default_factory=dict)
    costs: Mapping[str, int] = dataclasses.field(default_factory=dict)
    budget: int | None = None
    upgrades: tuple[int | None, int | None] = (None, None)
    forced: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    people_weight: int = 1
    shop_weight: int = 0
    case_weight: int = 0
    capacity_kg: int = 50_000
    per_person_g: int = 1_000
    time_limit_s: float = 120.0
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values that ``read_settings`` reads back."""
        plain = dataclasses.asdict(self)
        plain["years"] = {str(year): count for year, count in self.years.items()}
        plain["quotas"] = [dataclasses.asdict(quota) for quota in self.quotas]
        plain |= {name: list(plain[name]) for name in ("forced", "forbidden", "upgrades")}
        return plain | {"problem": self.problem.value, "distance": self.distance.value, "standing": self.standing.value}


def read_settings(given: Mapping[str, Any]) -> Settings:
    """Read settings; raise InvalidInputError naming the field for an unknown field, a value out of range, or years that do not add up."""
    known = {field.name for field in dataclasses.fields(Settings)}
    for name in given:
        if name not in known:
            raise InvalidInputError(name, "is no setting of a scenario", zh="不是方案设置项")
    values = dict(given)
    values["problem"] = _member(Problem, "problem", given.get("problem"))
    for name, kind in (("distance", DistanceKind), ("standing", StandingKind)):
        if name in given:
            values[name] = _member(kind, name, given[name])
    for name, (low, high) in WHOLE.items():
        if name in given or name == "sites":
            values[name] = int(_number(name, given.get(name), low, high, whole=True))
    for name, (least, most) in REAL.items():
        if name in given or name == "radius_m":
            values[name] = _number(name, given.get(name), least, most)
    values["years"] = _years(given.get("years") or {}, values["sites"])
    values["quotas"] = tuple(_quota(entry) for entry in given.get("quotas") or ())
    values |= {name: _codes(name, given.get(name) or ()) for name in ("forced", "forbidden")}
    values["road_spacing_m"] = _by_word("road_spacing_m", given.get("road_spacing_m") or {}, RoadClass, LARGEST_RADIUS_M, whole=False)
    values["costs"] = _by_word("costs", given.get("costs") or {}, Origin, GREATEST_COST, whole=True)
    values["budget"] = None if given.get("budget") is None else int(_number("budget", given["budget"], 0, GREATEST_COST, whole=True))
    values["upgrades"] = _span("upgrades", *(given.get("upgrades") or (None, None)))
    return Settings(**values)


WHOLE = {
    "sites": (0, MOST_SITES), "people_weight": (0, 1000), "shop_weight": (0, 100_000), "case_weight": (0, 100_000),
    "capacity_kg": (1, 10**8), "per_person_g": (1, 10**5), "seed": (0, 2**31 - 1),
}  # fmt: skip
REAL = {"radius_m": (1.0, LARGEST_RADIUS_M), "spacing_m": (0.0, LARGEST_RADIUS_M), "time_limit_s": (1.0, LONGEST_S)}


def _member(kind: type[StrEnum], field: str, value: object) -> StrEnum:
    try:
        return kind(str(value))
    except ValueError:
        words = ", ".join(member.value for member in kind)
        raise InvalidInputError(field, f"{value!r} is none of {words}", zh=f"{value!r} 不在可选值（{words}）之内") from None


def _number(field: str, value: object, low: float, high: float, *, whole: bool = False) -> float:
    try:
        number = float(str(value))
    except ValueError:
        raise InvalidInputError(field, f"{value!r} is no number", zh=f"{value!r} 不是数字") from None
    if not low <= number <= high or (whole and number != int(number)):
        kind, zh_kind = ("a whole number", "整数") if whole else ("a number", "数")
        raise InvalidInputError(
            field, f"{value} is not {kind} from {low:g} to {high:g}", zh=f"{value} 不是 {low:g} 至 {high:g} 之间的{zh_kind}"
        )
    return number


def _years(given: Mapping[Any, Any], sites: int) -> dict[int, int]:
    years = {
        int(_number("years", year, FIRST_YEAR, LAST_YEAR, whole=True)): int(_number("years", count, 0, MOST_SITES, whole=True))
        for year, count in given.items()
    }
    total = sum(years.values())
    if years and total != sites:
        raise InvalidInputError("years", f"the years add up to {total}, not to {sites}", zh=f"各年合计 {total}，与总数 {sites} 不符")
    return dict(sorted(years.items()))


def _quota(given: Any) -> AreaQuota:  # noqa: ANN401 - JSON
    if not isinstance(given, Mapping) or not given.get("code"):
        raise InvalidInputError("quotas", f"{given!r} names no area", zh=f"{given!r} 未指明区域")
    return AreaQuota(str(given["code"]), *_span("quotas", given.get("least"), given.get("most"), of=str(given["code"])))


def _span(field: str, least: object, most: object, *, of: str = "") -> tuple[int | None, int | None]:
    """Return both ends of "at least, at most", None where there is no limit."""
    low, high = (None if end is None else int(_number(field, end, 0, MOST_SITES, whole=True)) for end in (least, most))
    if low is not None and high is not None and low > high:
        en, zh = (f"{of}: ", f"{of}：") if of else ("", "")
        raise InvalidInputError(field, f"{en}least {low} > most {high}", zh=f"{zh}下限 {low} 大于上限 {high}")
    return low, high


def _by_word(field: str, given: Mapping[Any, Any], kind: type[StrEnum], most: float, *, whole: bool) -> dict[str, Any]:
    """Return numbers by the words of an enum, those of 0 left out."""
    found = {str(_member(kind, field, word)): _number(field, value, 0, most, whole=whole) for word, value in given.items()}
    return {word: int(value) if whole else value for word, value in found.items() if value}


def _codes(field: str, given: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON
    if isinstance(given, str) or not all(isinstance(code, str) for code in given):
        raise InvalidInputError(field, "is a list of candidate codes", zh="应为候选点编码列表")
    return tuple(given)
