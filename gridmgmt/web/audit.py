"""The audit log, for who may read it (审计日志)."""

from __future__ import annotations

import json

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from gridmgmt.accounts import audit_store
from gridmgmt.accounts.audit_store import AuditFilter
from gridmgmt.web.csv_stream import csv_response
from gridmgmt.web.door import held_session, profile, session
from gridmgmt.web.guard import needs
from gridmgmt.web.noted import note_export
from gridmgmt.web.params import id_of, query, start_of, text_of

pages = Blueprint("audit", __name__)

LIMIT = 100
WORDS = {
    "sign_in.in": lazy_gettext("登录"), "sign_in.out": lazy_gettext("退出"), "sign_in.failed": lazy_gettext("登录失败"),
    "sign_in.close": lazy_gettext("退出设备"), "account.add": lazy_gettext("新建账号"), "account.change": lazy_gettext("修改账号"),
    "account.roles": lazy_gettext("修改角色"), "account.scope": lazy_gettext("修改数据范围"), "account.password": lazy_gettext("修改密码"),
    "account.disable": lazy_gettext("停用"), "account.enable": lazy_gettext("启用"), "account.unlock": lazy_gettext("解除锁定"),
    "account.link": lazy_gettext("关联统一身份"), "role.put": lazy_gettext("修改角色权限"), "role.remove": lazy_gettext("删除角色"),
    "token.add": lazy_gettext("新建令牌"), "token.revoke": lazy_gettext("撤销令牌"), "contact.show": lazy_gettext("查看联系方式"),
    "account.unlink": lazy_gettext("解除统一身份关联"), "retention.run": lazy_gettext("清理个人信息"), "message.retry": lazy_gettext("重发消息"),
    "photo.demands": lazy_gettext("修改照片要求"), "siting.decide": lazy_gettext("录入选址审定结论"), "siting.prepare": lazy_gettext("准备选址数据"),
    "siting.layer": lazy_gettext("修改选址图层"),
    **{f"{what}.export": lazy_gettext("导出") for what in ("account", "audit", "board", "case", "frontage", "patrol", "siting")},
}  # fmt: skip
HEAD = ("id", "at", "actor", "ip", "channel", "what", "about", "details")


@pages.get("/audit")
@needs("audit.read")
def get_audit() -> ResponseReturnValue:
    """Show who did what, newest first, a page at a time."""
    entries = audit_store.list_entries(session(), _wanted(), before=id_of(query(), "after"), limit=LIMIT)
    given = {field: text_of(query(), field) for field in ("actor", "what", "about", "from", "to")}
    following = entries[-1].id if len(entries) == LIMIT else None
    return render_template("audit.html", city=profile(), entries=entries, given=given, words=WORDS, next_cursor=following)


@pages.get("/audit.csv")
@needs("audit.read")
def get_csv() -> ResponseReturnValue:
    """Export the lines that are wanted, all of them; the export itself stands in the log."""
    wanted, zone = _wanted(), profile().zone
    note_export("audit.export")
    rows = (
        (
            entry.id, entry.at.astimezone(zone).isoformat(timespec="seconds"), entry.actor, entry.ip, entry.channel, entry.what, entry.about,
            json.dumps(dict(entry.details), ensure_ascii=False) if entry.details else "",
        )
        for entry in audit_store.stream_entries(held_session(), wanted)
    )  # fmt: skip
    return csv_response(HEAD, rows, "audit.csv")


def _wanted() -> AuditFilter:
    actor, what, about = (text_of(query(), field) for field in ("actor", "what", "about"))
    return AuditFilter(actor, what, about, start_of(query(), "from"), start_of(query(), "to", days=1))
