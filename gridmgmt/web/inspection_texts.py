"""Sentences the inspector's page says, in the language of the request."""

from __future__ import annotations

from flask_babel import gettext as _


def inspection_texts() -> dict[str, str]:
    """Return every sentence of the page's scripts, by name; ``{…}`` is filled in by the script."""
    return _report_texts() | _task_texts() | _waiting_texts() | _refusal_texts()


def _report_texts() -> dict[str, str]:
    return {
        "chosen_class": _("已选：{name}"),
        "no_class": _("未选类别（由受理员判断）"),
        "photo_remove": _("移除照片 {number}"),
        "photo_number": _("照片 {number}（{role}）"),
        "role_near": _("近景"),
        "role_far": _("远景"),
        "role_reference": _("参照"),
        "role_before": _("处置前"),
        "role_after": _("处置后"),
        "role_proof": _("现场照片"),
        "nearby_none": _("附近 50 米内没有同类未结案卷"),
        "nearby_some": _("附近有 {count} 件同类未结案卷，是不是同一个问题？"),
        "nearby_offline": _("没有网络，暂不能核对附近案卷"),
        "same_problem": _("同一问题：补充到 {case}"),
        "adding_to": _("将补充到案卷 {case}，不另立新案"),
        "not_the_same": _("不是同一问题，另行上报"),
        "need_place": _("请先定位或在地图上选点"),
        "need_content": _("请至少拍一张照片、选择类别或填写描述"),
        "need_spot": _("请填写处置情况，并附处置前、处置后照片"),
        "need_words": _("请填写补充说明"),
        "seen_again": _("现场再次发现同一问题"),
        "new_report": _("放弃修改，另行上报"),
        "saved": _("已存入本机"),
        "saved_waits": _("已存入本机，待发送"),
        "sent_as": _("已收到，案卷号 {case}"),
        "not_saved": _("本机存储失败，尚未保存，请勿关闭页面：{error}"),
        "changing": _("正在修改待发送的上报，发送后替换原内容"),
    }


def _task_texts() -> dict[str, str]:
    return {
        "no_tasks": _("没有待办任务"),
        "tasks_kept": _("没有网络，显示的是上次取得的任务"),
        "tasks_more": _("只显示最早的 {count} 件"),
        "words": _("说明"),
        "need_reason": _("{action}须填写说明"),
        "need_after": _("{action}须附处置前、处置后照片"),
        "open_case": _("查看案卷"),
        "show_on_map": _("在地图上看"),
        "done_waiting": _("已记录“{action}”，待发送"),
        "kilometres": _("{km} 公里"),
        "no_reports": _("近 30 天没有上报"),
    }


def _waiting_texts() -> dict[str, str]:
    return {
        "waiting_none": _("没有待发送的内容"),
        "waiting_some": _("{count} 条待发送"),
        "refused_some": _("{count} 条被退回，需处理"),
        "others_some": _("本机另有 {count} 条属于其他账号，须其本人登录后发送"),
        "signed_out": _("登录已过期，内容保存在本机，登录后自动发送"),
        "sign_out_sure": _("还有 {count} 条没有发送，退出后须您本人再次登录才能发送。确定退出？"),
        "no_network": _("没有网络，恢复后自动发送"),
        "state_waiting": _("待发送"),
        "state_sent": _("已发送"),
        "state_refused": _("被退回"),
        "tried": _("已尝试 {count} 次"),
        "report_title": _("上报"),
        "with_photos": _("{count} 张照片"),
    }


def _refusal_texts() -> dict[str, str]:
    return {
        "send_now": _("立即发送"),
        "send_again": _("重新发送"),
        "change": _("修改"),
        "no_task_any_more": _("该案卷已不在您的任务中，可导出或删除这条内容"),
        "export": _("导出"),
        "delete": _("删除"),
        "delete_sure": _("确定删除？这条内容只存在本机，删除后无法找回。"),
        "refused_why": _("原因：{reason}"),
    }
