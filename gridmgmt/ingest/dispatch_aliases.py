"""The names under which tables know the fields of dispatch rules."""

from __future__ import annotations

from collections.abc import Mapping

# target → names, the likeliest first; see ``aliases.py``.
DISPATCH_ALIASES: Mapping[str, tuple[str, ...]] = {
    "position": ("position", "序号", "顺序", "优先级"),
    "rule_name": ("rule_name", "规则名称", "规则", "名称"),
    "managed_kind": ("managed_kind", "部件/事项", "部件事项", "kind"),
    "class_codes": ("class_codes", "类别编码", "大类或小类编码", "类别", "class_code"),
    "areas": ("areas", "范围", "区域", "适用范围", "area"),
    "road_classes": ("road_classes", "道路等级", "道路类别", "road_class"),
    "sources": ("sources", "问题来源", "来源", "source"),
    "weekdays": ("weekdays", "星期", "weekday"),
    "hours": ("hours", "时段", "时间段"),
    "working_time": ("working_time", "工作时间", "是否工作时间"),
    "unit_code": ("unit_code", "处置单位编码", "处置单位", "派往", "承办单位"),
    "automatic": ("automatic", "自动派遣", "是否自动派遣"),
}
