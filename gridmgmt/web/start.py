"""The start page: where to go, for whoever asks (首页)."""

from __future__ import annotations

import dataclasses

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from gridmgmt.demo import accounts
from gridmgmt.demo import store as demo_store
from gridmgmt.demo.accounts import DemoPerson
from gridmgmt.web.door import profile, session
from gridmgmt.web.guard import open_to_all, principal

pages = Blueprint("start", __name__)


@dataclasses.dataclass(frozen=True)
class Card:
    """A way from the start page: title and text are Chinese and translated when shown; any one of the permissions shows it."""

    title: str
    text: str
    path: str
    permissions: tuple[str, ...]
    staff: bool | None = None  # shown to staff only, to the public only, or to both


# In the order of a working day: what somebody came to do stands above what one may also look at.
CARDS = (
    Card(
        lazy_gettext("发现问题，要上报"), lazy_gettext("选点、选类别、拍照，提交前就能看到归谁管"), "/report", ("report.create",), staff=False,
    ),
    Card(lazy_gettext("查询我的上报"), lazy_gettext("凭案卷编号和查询码看进度，结案后评价"), "/follow", ("case.follow",), staff=False),
    Card(lazy_gettext("采集：上报、核实、核查"), lazy_gettext("我的任务由近到远；没有网络也能用"), "/inspector", ("case.verify", "case.check")),
    Card(lazy_gettext("受理：立案与结案"), lazy_gettext("待受理的案卷，查重、派核实、立案或不予立案"), "/intake", ("case.file",)),
    Card(lazy_gettext("派遣"), lazy_gettext("待派遣的案卷，建议派往哪个单位、为什么"), "/dispatch", ("case.dispatch",)),
    Card(lazy_gettext("处置：本单位案卷"), lazy_gettext("接收、退回、延期、带照片反馈"), "/unit", ("case.accept", "case.handle")),
    Card(lazy_gettext("我的责任区"), lazy_gettext("路段、“1+2+N”队伍、待办案卷、巡查与门前三包"), "/road-chief/mine", ("patrol.write", "frontage.write")),
    Card(lazy_gettext("督办"), lazy_gettext("督办、延期审批、超时申诉、挂账复查"), "/supervise", ("case.supervise",)),
    Card(lazy_gettext("监督看板"), lazy_gettext("各状态、超时、各区各街道的数量，热点地图"), "/board", ("board.read",)),
    Card(lazy_gettext("案卷查询"), lazy_gettext("查找、筛选、导出看得到的案卷"), "/cases", ("case.read",), staff=True),
    Card(lazy_gettext("派遣规则"), lazy_gettext("哪类问题派往哪个单位；改动先试算"), "/dispatch/rules", ("dispatch.read",)),
    Card(lazy_gettext("账号管理"), lazy_gettext("账号、角色与权限、数据范围"), "/accounts", ("account.manage",)),
    Card(lazy_gettext("审计日志"), lazy_gettext("谁在何时何地做了什么"), "/audit", ("audit.read",)),
    Card(
        lazy_gettext("查看全市网格"), lazy_gettext("区、街道、社区、单元网格、道路、设施；点哪里都能问“归谁管”"), "/map", ("map.read",),
    ),
    Card(lazy_gettext("找路长"), lazy_gettext("每个责任区、每条路段由谁负责"), "/road-chief", ("map.read",)),
    Card(lazy_gettext("设施选址"), lazy_gettext("公厕、转运站、收集屋放在哪里服务最多人，离最优差多少"), "/siting", ("siting.read",)),
    Card(lazy_gettext("做设施规划"), lazy_gettext("公厕、转运站、收集屋的服务覆盖"), "/coverage/toilet", ("facility.read",)),
)  # fmt: skip


@pages.get("/")
@open_to_all
def get_start() -> ResponseReturnValue:
    """Lead whoever asks to the pages they may open, the most likely first."""
    return render_template("start.html", city=profile(), cards=cards(), demo_people=demo_people())


def demo_people() -> list[DemoPerson]:
    """Return the invented staff of the demo city, for who is not signed in; none in any other city. Their passwords are never shown."""
    if principal().account_id is not None or not demo_store.has_demo(session()):
        return []
    return accounts.list_people(session())


def cards() -> list[Card]:
    """Return the ways that are open to the asker."""
    asker = principal()
    is_staff = asker.account_id is not None
    return [card for card in CARDS if card.staff in {None, is_staff} and any(asker.may(permission) for permission in card.permissions)]
