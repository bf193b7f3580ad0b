"""Sentences the patrol page's script says, in the language of the request."""

from __future__ import annotations

from flask_babel import gettext as _


def patrol_texts() -> dict[str, str]:
    """Return them by name; ``{…}`` is filled in by the script."""
    return {
        "walk_off": _("尚未开始巡查"),
        "walk_on": _("正在巡查，请保持本页打开"),
        "walk_done": _("巡查已结束"),
        "walk_resumed": _("已接着上次的巡查继续记录"),
        "walk_waits": _("{count} 个轨迹点待发送，已存在本机"),
        "walk_sent": _("全部轨迹已发送"),
        "walk_offline": _("网络不通，恢复后自动发送"),
        "walk_signed_out": _("登录已过期，轨迹已存在本机；重新登录后自动发送"),
        "walk_refused": _("服务器拒收：{reason}。轨迹仍存在本机"),
        "walk_other": _("本机存有账号 {name} 未发送的轨迹，须由该账号登录后发送"),
        "walk_twice": _("巡查页已在另一标签页打开"),
        "walk_full": _("本机存储已满，请先联网发送轨迹"),
        "walk_position": _("定位精度约 {metres} 米"),
        "walk_minutes": _("{minutes} 分钟"),
        "walk_metres": _("{metres} 米"),
    }
