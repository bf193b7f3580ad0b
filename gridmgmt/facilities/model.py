"""Facilities and what their registers hold."""

from __future__ import annotations

from gridmgmt.labels import LabelledEnum


class FacilityKind(LabelledEnum):
    """A kind of facility; the value is also its word in addresses (``/coverage/toilet``)."""

    TOILET = "toilet", "公共厕所", "Public toilet"
    TRANSFER_STATION = "transfer-station", "转运站", "Transfer station"
    COLLECTION_HOUSE = "collection-house", "分类收集屋", "Collection house"
    DEMOLITION_SITE = "demolition-site", "拆除工地", "Demolition site"


class FacilityStatus(LabelledEnum):
    """Whether a facility serves; sites of demolition pass through declared … cleared."""

    PLANNED = "planned", "规划", "Planned"
    BUILDING = "building", "在建", "Under construction"
    OPEN = "open", "启用", "In service"
    PAUSED = "paused", "停用", "Paused"
    CLOSED = "closed", "关闭", "Closed"
    DECLARED = "declared", "已申报", "Declared"
    APPROVED = "approved", "已核准", "Approved"
    ACTIVE = "active", "施工中", "Active"
    FINISHED = "finished", "已完工", "Finished"
    CLEARED = "cleared", "场光地净", "Cleared"


class ProgrammeKind(LabelledEnum):
    """How a facility counts toward the plan's programme (300 / 100 / 1,000)."""

    NEW = "new", "新建", "New"
    REBUILT = "rebuilt", "改建", "Rebuilt"
    EXTENDED = "extended", "扩建", "Extended"


class ToiletForm(LabelledEnum):
    """How a toilet stands."""

    DETACHED = "detached", "独立式", "Detached"
    ATTACHED = "attached", "附属式", "Attached"
    MOBILE = "mobile", "活动式", "Mobile"


class WasteSiteKind(LabelledEnum):
    """What a demolition-waste point is."""

    DEMOLITION = "demolition", "拆除工地", "Demolition"
    NEW_BUILD = "new_build", "新建工地", "New build"
    ROAD = "road", "道路工地", "Road works"
    RENOVATION_DEPOT = "renovation_depot", "装修垃圾堆放点", "Renovation-waste depot"
    DISPOSAL_SITE = "disposal_site", "弃土消纳场", "Soil disposal site"
    RUBBLE_PLANT = "rubble_plant", "弃料综合处理厂", "Rubble plant"
    RENOVATION_LINE = "renovation_line", "装修垃圾处理线", "Renovation-waste line"
    BULKY_WASTE = "bulky_waste", "大件垃圾拆解点", "Bulky-waste facility"
