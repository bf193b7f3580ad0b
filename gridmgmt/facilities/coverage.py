"""What "covered" means for each kind of facility, and the answer per district (服务覆盖)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from gridmgmt.facilities.model import FacilityKind, FacilityStatus

# Facilities serve while open; a site of demolition touches its neighbours while it is active.
SERVING = (FacilityStatus.OPEN, FacilityStatus.ACTIVE)
# These once served: on a day before ``closed_on`` they still count.
ENDED = (FacilityStatus.CLOSED, FacilityStatus.PAUSED, FacilityStatus.FINISHED, FacilityStatus.CLEARED)


@dataclasses.dataclass(frozen=True)
class RadiusRule:
    """The radius a kind is judged by unless the user says otherwise, and where it comes from.

    ``confidence``: H read in the public source, M indirect, L unverified, "local" a setting of ours. ``widest_m`` is what the source
    allows at most. A rule that is no ``service_radius`` only draws a neighbourhood; its notice must be shown beside the figures.
    """

    radius_m: float
    widest_m: float | None
    source: str
    confidence: str
    mandatory: bool
    service_radius: bool
    zh: str
    en: str

    @property
    def local_setting(self) -> bool:
        """Say whether no national figure stands behind the radius."""
        return self.confidence == "local"


RADIUS_RULES: Mapping[FacilityKind, RadiusRule] = {
    FacilityKind.TOILET: RadiusRule(
        300.0, 300.0, "GB 55013-2021 5.0.1", "H", mandatory=True, service_radius=True,
        zh="城镇工作区、公共场所的公共厕所服务半径不应大于 300 m（强制性条文）；此处按直线距离计算，不是步行距离。",
        en="Public toilets serve urban workplaces and public places within 300 m (mandatory); measured as the crow flies, not walked.",
    ),
    FacilityKind.TRANSFER_STATION: RadiusRule(
        3000.0, 5000.0, "CJJ 47-2006 2.1", "H", mandatory=False, service_radius=True,
        zh="小型机动车收集时服务半径宜为 3 km 以内（最大不超过 5 km）；人力收集为 0.4 km（最大 1 km）。按直线距离计算。",
        en="Small motor vehicles collect within 3 km (5 km at most), hand carts within 0.4 km (1 km at most); as the crow flies.",
    ),
    FacilityKind.COLLECTION_HOUSE: RadiusRule(
        300.0, None, "local setting", "local", mandatory=False, service_radius=True,
        zh="分类收集屋没有国家规定的服务半径（70 m 是生活垃圾收集点的推荐值）；300 m 为本地设置，可调整。",
        en="No national figure exists for collection houses (70 m is advised for collection points); 300 m is a local setting, change it.",
    ),
    FacilityKind.DEMOLITION_SITE: RadiusRule(
        500.0, None, "local setting", "local", mandatory=False, service_radius=False,
        zh="拆除工地没有服务半径；此处表示工地周边 500 m 内可能受扬尘、噪声影响的单元网格，数值越大并非越好。",
        en="Demolition sites serve nobody: these are the unit grids within 500 m that dust and noise may reach; more is not better.",
    ),
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class DistrictCoverage:
    """How far a kind of facility reaches in one district; straight lines, metres of the storage CRS.

    ``facilities`` are those in service inside the district; those beyond its border cover its grids all the same. A unit grid is
    covered when a point on its surface lies within the radius, border included. ``covered_area_m2`` is the part of the district
    inside the circles, each drawn with 32 sides that enclose the circle's area. ``covered_population`` spreads each community's people
    evenly over its unit grids by area; both are None where no community carries a population.
    """

    code: str
    name: str | None
    facilities: int
    unit_grids: int
    covered_unit_grids: int
    area_m2: float
    covered_area_m2: float
    population: int | None
    covered_population: float | None

    @property
    def grid_share(self) -> float | None:
        """Return the share of covered unit grids, None where there are none."""
        return self.covered_unit_grids / self.unit_grids if self.unit_grids else None

    @property
    def area_share(self) -> float | None:
        """Return the share of covered area."""
        return self.covered_area_m2 / self.area_m2 if self.area_m2 else None

    @property
    def population_share(self) -> float | None:
        """Return the share of covered people, None where they are not known."""
        if not self.population or self.covered_population is None:
            return None
        return self.covered_population / self.population
