"""The names under which tables know the fields of handling limits and of the working calendar."""

from __future__ import annotations

from collections.abc import Mapping

# target → names, the likeliest first; see ``aliases.py``.
LIMIT_ALIASES: Mapping[str, tuple[str, ...]] = {
    "standard": ("standard", "标准", "标准号", "目录标准"),
    "condition_no": ("condition_no", "条件序号", "立案条件序号", "条件编号", "情形序号", "序号"),
    "filing_condition": ("filing_condition", "立案条件", "立案标准", "立案情形"),
    "handling_limit": ("handling_limit", "处置时限", "处置期限", "处理时限", "办理时限", "时限", "limit"),
    "limit_unit": ("limit_unit", "时限单位", "计时单位", "时限类型"),
    "closing_condition": ("closing_condition", "结案条件", "结案标准"),
    "is_sample": ("is_sample", "样例", "示例", "是否样例", "sample"),
    "provenance": ("provenance", "依据", "来源", "出处", "文件依据"),
    "day": ("day", "日期", "date"),
    "day_kind": ("day_kind", "安排", "类型", "班休", "kind"),
    "note": ("note", "说明", "备注", "节日", "事由"),
}
