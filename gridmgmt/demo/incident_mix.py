"""What is reported in the demo city, how often, by whom and when; shares follow published Wuhan figures where there are any."""

from __future__ import annotations

from gridmgmt.cases.model import ReportSource
from gridmgmt.catalogue.model import ManagedKind

MATTER, COMPONENT = ManagedKind.MATTER, ManagedKind.COMPONENT
# Kind, code of GB/T 47678.5-2026, share, what people write. Road damage about 20 %, with sanitation and clutter 40 % and more.
CLASSES = (
    (MATTER, "06013", 0.19, "路面破损，有坑洼"),
    (MATTER, "06012", 0.08, "道路不洁"),
    (MATTER, "06010", 0.09, "有暴露垃圾"),
    (MATTER, "06011", 0.03, "积存垃圾渣土"),
    (MATTER, "06036", 0.07, "乱堆杂物"),
    (MATTER, "06014", 0.02, "渣土车沿路遗撒"),
    (MATTER, "06042", 0.03, "垃圾箱满溢"),
    (MATTER, "06041", 0.02, "垃圾未分类"),
    (MATTER, "06001", 0.01, "疑似私搭乱建"),
    (MATTER, "06028", 0.02, "噪声扰民"),
    (MATTER, "07001", 0.05, "墙面小广告"),
    (MATTER, "07003", 0.01, "违规户外广告"),
    (MATTER, "08002", 0.02, "施工占道"),
    (MATTER, "08004", 0.02, "工地扬尘"),
    (MATTER, "09001", 0.04, "流动摊贩"),
    (MATTER, "09005", 0.05, "店外经营"),
    (MATTER, "09006", 0.03, "占道经营"),
    (MATTER, "09009", 0.03, "机动车乱停放"),
    (MATTER, "09010", 0.05, "非机动车乱停放"),
    (MATTER, "09011", 0.04, "共享单车堆积"),
    (COMPONENT, "01002", 0.02, "污水井盖破损"),
    (COMPONENT, "01003", 0.02, "雨水井盖松动"),
    (COMPONENT, "01037", 0.02, "路灯不亮"),
    (COMPONENT, "02010", 0.01, "标线模糊"),
    (COMPONENT, "03001", 0.01, "公厕有异味"),
    (COMPONENT, "03005", 0.01, "垃圾箱破损"),
    (COMPONENT, "04013", 0.01, "绿地破坏"),
)
SOURCES = (
    (ReportSource.INSPECTOR, 0.55, 3.0), (ReportSource.PUBLIC, 0.30, 18.0), (ReportSource.HOTLINE, 0.11, 60.0), (ReportSource.VIDEO, 0.04, 5.0),
)  # fmt: skip
HOURS = (1, 1, 1, 1, 1, 2, 6, 14, 22, 24, 22, 18, 12, 15, 20, 21, 20, 18, 14, 10, 7, 4, 2, 1)
WEEKDAYS = (1.10, 1.05, 1.05, 1.05, 1.10, 0.85, 0.75)
