"""Sentences the pages' scripts say, in the language of the request."""

from __future__ import annotations

from flask_babel import gettext as _


def script_texts() -> dict[str, str]:
    """Return every sentence the scripts use, by name; ``{…}`` is filled in by the script."""
    return _answer_texts() | _position_texts()


def _answer_texts() -> dict[str, str]:
    return {
        "nobody": _("无路长，转派遣员处理"),
        "road_chief": _("路长"),
        "zone": _("责任区"),
        "segment": _("路段"),
        "no_segment": _("附近限距内无路段"),
        "away": _("相距 {metres} 米"),
        "border": _("距网格边界"),
        "metres": _("{metres} 米"),
        "near_border": _("临近网格边界，请核对位置"),
        "on_border": _("位于网格边界上，同属 {codes}；按编码最小者归属"),
        "basis": _("依据"),
        "edition": _("边界版本"),
        "unnamed": _("无名"),
        "position": _("位置"),
        "loading": _("正在查询…"),
        "no_results": _("没有找到"),
        "results": _("找到 {count} 条"),
        "offline": _("连不上服务器，请稍后重试"),
        "close": _("关闭"),
        "count_here": _("此处 {count} 个"),
        "incidents_here": _("此处 {count} 件"),
        "case": _("案卷"),
        "opened_at": _("上报时间"),
        "status": _("状态"),
        "address": _("地址"),
        "walked_share": _("本周已巡 {share}%"),
    }


def _position_texts() -> dict[str, str]:
    return {
        "geo_denied": _("您拒绝了定位授权；可在浏览器设置中允许，或改用地图、坐标、编码"),
        "geo_unavailable": _("手机暂时取不到位置，请到开阔处重试，或改用地图"),
        "geo_outside": _("当前位置不在本市范围内"),
        "geo_unknown": _("此浏览器不支持定位，请改用地图、坐标或编码"),
        "geo_done": _("已定位，精度约 {metres} 米"),
        "geo_working": _("正在定位…"),
        "pin_set": _("已选点：经度 {lon}，纬度 {lat}"),
        "keyboard": _("方向键移动地图，加减键缩放，空格或回车在中心选点"),
        "submitting": _("正在提交…"),
        "retry": _("网络不通，未能确认是否收到。请点“再次提交”，同一上报不会重复立案。"),
        "resubmit": _("再次提交"),
        "confirm": _("确认提交"),
        "covered": _("已覆盖"),
        "uncovered": _("未覆盖"),
    }
