"""How far a case is, in the words of somebody who never heard of a case."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from gridmgmt.cases.model import CaseAction, CaseState

STATES = {
    CaseState.REPORTED: _("已收到，等待受理"),
    CaseState.PENDING_VERIFICATION: _("已派人到现场核实"),
    CaseState.UNFOUNDED: _("现场未发现该问题，正在复核"),
    CaseState.PENDING_FILING: _("已核实，等待立案"),
    CaseState.PENDING_DISPATCH: _("已立案，正在安排处置单位"),
    CaseState.RETURNED_TO_INTAKE: _("信息需要更正，正在重新受理"),
    CaseState.RETURNED_TO_DISPATCH: _("正在更换处置单位"),
    CaseState.PENDING_HANDLING: _("已交处置单位，等待接收"),
    CaseState.HANDLING: _("正在处置"),
    CaseState.PENDING_CONFIRMATION: _("已处置，等待部门确认"),
    CaseState.PENDING_CHECK: _("已处置，等待现场核查"),
    CaseState.PENDING_CLOSING: _("已核查，等待结案"),
    CaseState.SUSPENDED: _("暂时不能处置，已列入跟踪"),
    CaseState.SPLIT: _("已交几个单位分头处置"),
    CaseState.CLOSED: _("已办结"),
    CaseState.FORCE_CLOSED: _("已办结"),
    CaseState.REFUSED: _("不予立案"),
    CaseState.VOIDED: _("已作废"),
    CaseState.MERGED: _("与他人上报的同一问题合并处置"),
}
MILESTONES = {
    CaseAction.REPORT: _("上报"),
    CaseAction.FILE: _("立案"),
    CaseAction.DISPATCH: _("交处置单位"),
    CaseAction.CONFIRM_HANDLED: _("处置完毕"),
    CaseAction.HANDLE_ON_SPOT: _("当场处置"),
    CaseAction.CLOSE: _("结案"),
    CaseAction.FORCE_CLOSE: _("结案"),
    CaseAction.REFUSE: _("不予立案"),
    CaseAction.VOID: _("作废"),
    CaseAction.MERGE: _("合并"),
}
