"""The names under which sources know our fields: Chinese headers, pinyin abbreviations of the standards, English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from gridmgmt.ingest.dispatch_aliases import DISPATCH_ALIASES
from gridmgmt.ingest.facility_aliases import FACILITY_ALIASES
from gridmgmt.ingest.frontage_aliases import FRONTAGE_ALIASES
from gridmgmt.ingest.limit_aliases import LIMIT_ALIASES

# target → names, the likeliest first. Abbreviations: GB/T 47678.5 tables 2 and 3, surveying practice (XZQDM …), the 2013-era ObjID family.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "code": (
        "code", "编码", "代码", "编号", "标识码", "区划代码", "行政区划代码", "统计用区划代码", "行政区代码", "区域编码", "区代码", "街道代码", "社区代码",
        "网格编码", "网格编号", "网格代码", "单元网格编码", "单元网格标识码", "路段编码", "路段编号", "设施编号", "设施编码", "公厕编号", "公厕编码", "公厕代码", "站点编号", "中转站编号", "转运站编号", "收集屋编号", "工地编号", "工地编码", "部件标识码", "管理部件标识码", "adcode",
        "XZQDM", "XZQHDM", "BSM", "BM", "DM", "WGBM", "DYWGBSM", "GLBJBSM", "ObjID", "JDDM", "SQDM", "LDBM", "codigo", "osm_id",
    ),
    "name": (
        "name", "名称", "区划名称", "行政区名称", "区名", "区名称", "街道名称", "社区名称", "网格名称", "单元网格名称", "道路名称", "路名", "路段名称",
        "设施名称", "公厕名称", "部件名称", "管理部件名称", "XZQMC", "XZQHMC", "MC", "WGMC", "GLBJMC", "ObjName", "JDMC", "SQMC", "DLMC", "fullname",
    ),
    "parent_code": (
        "parent_code", "上级编码", "上级代码", "父级编码", "父编码", "所属编码", "上级区划代码", "所属区代码", "所属街道代码", "所属社区代码", "所属社区编码",
        "SJDM", "SJBM", "FBM", "parent", "parentcode", "SZSQDM",
    ),
    "parent_name": ("parent_name", "上级名称", "父级名称", "所属上级", "SJMC"),
    "level": ("level", "层级", "级别", "区划级别", "CJ", "JB"),
    "population": ("population", "人口", "常住人口", "人口数", "总人口", "RK", "RKS", "pop", "pop_total"),
    "land_use_class": ("land_use_class", "用地类别", "用地分类", "用地性质", "YDFL", "YDXZ"),
    "management_level": ("management_level", "管理等级", "管理级别", "GLDJ"),
    "remark": ("remark", "备注", "说明", "BZ", "Note", "remarks"),
    "valid_from": ("valid_from", "启用日期", "生效日期", "初始日期", "起始日期", "CSRQ", "ORDate", "QSRQ"),
    "valid_to": ("valid_to", "停用日期", "失效日期", "终止日期", "废止日期", "ZZRQ", "TYRQ"),
    "old_code": ("old_code", "原编码", "原代码", "旧编码", "YBM"),
    "road_class": ("road_class", "道路等级", "道路类别", "等级", "fclass", "highway", "DLDJ", "DJ", "roadclass"),
    "ref": ("ref", "道路编号", "国省道编号", "DLBH"),
    "district": ("district", "所属区", "所在区", "行政区", "辖区", "区县", "区", "SSQ", "district_name", "borough"),
    "district_code": ("district_code", "district_adcode", "所属区编码", "所在区代码", "SZQDM"),
    "street_office": ("street_office", "街道", "所属街道", "所在街道", "街道办", "街道办事处", "SZJDMC", "SSJD"),
    "community": ("community", "社区", "所属社区", "所在社区", "社区(村)", "SZSQMC", "SSSQ"),
    "unit_grid": ("unit_grid", "单元网格", "所在网格", "所属网格", "所在单元网格", "所在单元网格标识码", "SZDYWGBSM", "BGID", "SSWG"),
    "address": ("address", "地址", "位置", "详细地址", "事发位置", "地点", "DZ", "WZ", "SFWZ", "incident address"),
    "status": ("status", "状态", "运行状态", "管理部件状态", "GLBJZT", "ObjState", "ZT"),
    "kind": ("kind", "类型", "种类", "设施类型", "LX", "amenity"),
    "source": ("source", "来源", "数据来源", "问题来源", "SJLY", "DataSource"),
    "changed_on": ("changed_on", "变更日期", "BGRQ", "CHDate"),
    "owner": ("owner", "权属单位", "权属单位名称", "QSDWMC"),
    "maintainer": ("maintainer", "养护单位", "养护单位名称", "管养单位", "运营单位", "YHDWMC", "operator"),
    "department": ("department", "主管部门", "主管部门名称", "ZGBMMC", "DeptName1"),
    "contact": ("contact", "联系人", "负责人", "LXR"),
    "phone": ("phone", "电话", "联系电话", "手机", "手机号", "LXDH", "DH"),
    "year": ("year", "年份", "年度", "建设年份", "建成年份", "ND"),
    "programme": ("programme", "建设性质", "建设类型", "JSXZ"),
    "grade": ("grade", "公厕类别", "公厕等级", "类别", "GCDJ"),
    "source_id": ("source_id", "案件编号", "案卷编号", "任务号", "工单号", "工单编号", "流水号", "问题编号", "unique key", "service_request_id"),
    "reported_at": ("reported_at", "上报时间", "发生时间", "受理时间", "时间", "SBSJ", "created date", "requested_datetime"),
    "class_code": ("class_code", "事项代码", "事件代码", "小类编码", "小类代码", "问题代码", "SXDM", "service_code"),
    "class_name": ("class_name", "事项名称", "事件名称", "小类", "小类名称", "问题类型", "SXMC", "complaint type", "service_name"),
    "description": ("description", "描述", "问题描述", "内容", "案件描述", "WTMS", "MS", "descriptor"),
    "accuracy_m": ("accuracy_m", "精度", "定位精度", "accuracy"),
    "person_code": ("person_code", "工号", "人员工号", "员工编号", "人员编号", "GH"),
    "person_name": ("person_name", "姓名", "人员姓名", "XM"),
    "agency": ("agency", "所属单位", "工作单位", "单位", "单位名称", "SSDW"),
    "post": ("post", "职务", "岗位", "任职", "角色", "ZW"),
    "zone_code": ("zone_code", "责任区编码", "责任区编号", "责任区代码", "ZRQBM"),
    "zone_name": ("zone_name", "责任区", "责任区名称", "ZRQMC"),
    "area_code": ("area_code", "区域编码", "社区编码", "社区代码", "成员编码"),
    "segment_code": ("segment_code", "路段编码", "路段编号", "LDBM"),
    "held_from": ("held_from", "任职日期", "起始日期", "开始日期", "生效日期"),
    "held_to": ("held_to", "离任日期", "截止日期", "结束日期", "失效日期"),
    **FACILITY_ALIASES,
    **FRONTAGE_ALIASES,
    **LIMIT_ALIASES,
    **DISPATCH_ALIASES,
}  # fmt: skip
# What a layer of one level calls its own code and name, and its parent's: these win over the general names.
_LEVEL_WORDS = {"district": "区", "street_office": "街道", "community": "社区", "unit_grid": "网格"}


def level_headers(headers: Iterable[str], level: str, parent: str | None) -> dict[str, str]:
    """Return field → header for the columns that carry the level's own word (社区编码 in a layer of communities) or its parent's."""
    by_key = {header_key(header): header for header in headers}
    own, above = _LEVEL_WORDS[level], _LEVEL_WORDS.get(parent or "")
    wanted = {"code": [f"{own}{end}" for end in ("编码", "代码", "编号")], "name": [f"{own}{end}" for end in ("名称", "名")]}
    if above:
        wanted["parent_code"] = [f"{prefix}{above}{end}" for prefix in ("", "所属", "所在") for end in ("编码", "代码")]
    found = {field: next((by_key[name] for name in names if name in by_key), None) for field, names in wanted.items()}
    return {field: header for field, header in found.items() if header}


X_ALIASES = (
    "lon",
    "lng",
    "long",
    "longitude",
    "经度",
    "x",
    "x坐标",
    "横坐标",
    "东坐标",
    "point_x",
    "jd",
    "x_coord",
    "lon_wgs84",
    "经度(°)",
    "x(m)",
)
Y_ALIASES = (
    "lat",
    "lat",
    "lat",
    "latitude",
    "纬度",
    "y",
    "y坐标",
    "纵坐标",
    "北坐标",
    "point_y",
    "wd",
    "y_coord",
    "lat_wgs84",
    "纬度(°)",
    "y(m)",
)


def header_key(name: object) -> str:
    """Return the form under which headers are compared: half-width, lower case, without spaces, marks of duty and units in brackets kept."""
    text = unicodedata.normalize("NFKC", str(name)).strip().lower()
    return re.sub(r"[\s*_\-::]+", "", text)


def column_name(field: str, mapping: Mapping[str, str] | None = None) -> str:
    """Return what a Chinese reader calls a field: the header of the file where it is known, else the first Chinese name of the field."""
    header = (mapping or {}).get(field) or {"point": "坐标"}.get(field)
    return header or next((name for name in ALIASES.get(field, ()) if not name.isascii()), field)


KNOWN_HEADERS = frozenset(header_key(name) for names in (*ALIASES.values(), X_ALIASES, Y_ALIASES) for name in names)
