"""Sentences the scripts of the siting pages say, in the language of the request."""

from __future__ import annotations

from flask_babel import gettext as _


def siting_texts() -> dict[str, str]:
    """Return every sentence by name; ``{…}`` is filled in by the script."""
    return _job_texts() | _site_texts() | _rule_texts() | _curve_texts()


def _job_texts() -> dict[str, str]:
    return {
        "offline": _("连不上服务器，请稍后重试"),
        "best": _("当前最好"),
        "bound": _("理论界限"),
        "no_bound": _("尚无"),
        "seconds_axis": _("计算时间（秒）"),
        "not_begun": _("等待后台计算…"),
    }


def _site_texts() -> dict[str, str]:
    return {
        "site": _("第 {rank} 处"),
        "tried_site": _("试加点"),
        "from_candidate": _("候选点 {code}（{origin}）"),
        "free_place": _("不是候选点，未查避让和用地要求"),
        "snapped": _("已落到最近的候选点 {code}"),
        "alone": _("只有它覆盖：{people} 人，去掉它少 {value} {unit}"),
        "within": _("服务半径内共 {people} 人"),
        "adds": _("按建设顺序新增 {value} {unit}"),
        "next_best": _("符合全部规则的最好替代是候选点 {code}，相距 {metres} 米，能补回 {value} {unit}，仍少 {lost} {unit}"),
        "next_better": _("改用候选点 {code}（相距 {metres} 米）反而多 {lost} {unit}"),
        "next_none": _("没有符合全部规则的替代候选点"),
        "changed": _("试算改动 {count} 处，比原方案{sign} {value} {unit}"),
        "more": _("多"),
        "less": _("少"),
        "unchanged": _("尚未改动，图上即为原方案"),
        "took": _("本次重算 {ms} 毫秒"),
        "no_candidate": _("没有编码为 {code} 的候选点"),
        "already": _("{code} 已在方案中"),
        "reading_dropped": _("正在读取剔除的候选点…"),
        "reading": _("正在读取需求点…"),
        "failed": _("需求点读取失败，请刷新页面重试"),
        "checked": _("与保存的方案核对一致：{value} {unit}"),
        "differs": _("与保存的方案不一致（保存 {saved}，重算 {value}），请告知管理员"),
    }


def _rule_texts() -> dict[str, str]:
    return {
        "rules_kept": _("配额、间距、必选和禁选全部符合"),
        "too_many": _("共 {count} 处，计划 {wanted} 处"),
        "quota_least": _("{area}：{count} 处，少于下限 {least}"),
        "quota_most": _("{area}：{count} 处，超过上限 {most}"),
        "spacing": _("{one} 与{other}相距 {metres} 米，小于 {spacing} 米"),
        "spacing_standing": _("现有设施"),
        "forced_missing": _("必选点 {code} 未选"),
        "forbidden_used": _("选用了禁选点 {code}"),
        "upgrades": _("改建现有设施"),
        "over_budget": _("造价合计 {cost} 万元，超过预算 {budget} 万元"),
        "and_more": _("另有 {count} 条"),
    }


def _curve_texts() -> dict[str, str]:
    return {
        "sites_axis": _("新建站点数"),
        "radius_axis": _("服务半径（米，直线）"),
        "today": _("现状"),
        "with_plan": _("按方案"),
        "planned_curve": _("方案内"),
        "next_curve": _("继续逐个增加（贪心，符合规则，不保证最优）"),
        "next_site": _("第 {count} 处再增 {value} {unit}"),
        "people": _("人"),
    }
