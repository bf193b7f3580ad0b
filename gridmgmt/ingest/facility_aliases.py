"""The names under which registers know the fields of facilities, and the words they use in them."""

from __future__ import annotations

from collections.abc import Mapping

from gridmgmt.facilities.model import FacilityStatus

# target → names, the likeliest first; see ``aliases.py``.
FACILITY_ALIASES: Mapping[str, tuple[str, ...]] = {
    "surveyed_on": ("surveyed_on", "普查日期", "调查日期", "采集日期", "初始日期", "CSRQ"),
    "opened_on": ("opened_on", "启用日期", "开放日期", "投用日期", "建成日期", "开工日期", "QYRQ"),
    "closed_on": ("closed_on", "关闭日期", "停用日期", "完工日期", "TYRQ"),
    "programme_year": ("programme_year", "计划年份", "建设年份", "建成年份", "年份", "年度"),
    "counts_toward_plan": ("counts_toward_plan", "计入计划", "计入规划", "是否计入计划"),
    "toilet_class": ("toilet_class", "公厕类别", "公厕等级", "厕所类别", "类别", "等级", "GCDJ"),
    "form": ("form", "建筑形式", "公厕形式", "形式", "结构形式"),
    "opening_hours": ("opening_hours", "开放时间", "开放时段", "KFSJ"),
    "cubicles_male": ("cubicles_male", "男厕位", "男厕位数", "男蹲位", "男蹲位数"),
    "cubicles_female": ("cubicles_female", "女厕位", "女厕位数", "女蹲位", "女蹲位数"),
    "cubicles_accessible": ("cubicles_accessible", "无障碍厕位", "无障碍厕位数"),
    "family_toilet": ("family_toilet", "第三卫生间", "家庭卫生间"),
    "barrier_free": ("barrier_free", "无障碍", "无障碍设施", "wheelchair"),
    "building_area_m2": ("building_area_m2", "建筑面积", "建筑面积(㎡)", "建筑面积(平方米)", "JZMJ"),
    "plot_area_m2": ("plot_area_m2", "占地面积", "占地面积(㎡)", "占地面积(平方米)", "ZDMJ"),
    "septic_tank": ("septic_tank", "化粪池", "化粪池位置"),
    "smart_sensors": ("smart_sensors", "智能设备", "智慧公厕", "智能监测"),
    "station_class": ("station_class", "转运站类型", "站类", "类别", "等级", "规模等级"),
    "design_t_per_day": ("design_t_per_day", "设计规模", "设计规模(t/d)", "设计能力", "日转运量"),
    "site_area_m2": ("site_area_m2", "用地面积", "占地面积", "占地面积(㎡)"),
    "building_distance_m": ("building_distance_m", "与相邻建筑间距", "防护距离", "与相邻建筑间距(m)"),
    "green_belt_m": ("green_belt_m", "绿化隔离带宽度", "绿化隔离带", "绿化隔离带宽度(m)"),
    "truck_access": ("truck_access", "大型车辆通行", "车辆进出条件"),
    "compound": ("compound", "小区", "小区名称", "所属小区"),
    "households_served": ("households_served", "服务户数", "户数"),
    "capacity_t_per_day": ("capacity_t_per_day", "日收集能力", "收集能力", "日收集量"),
    "bin_washing": ("bin_washing", "洗桶", "洗桶功能"),
    "drain": ("drain", "排水", "污水排放"),
    "deodorising": ("deodorising", "除臭", "除臭设施"),
    "vehicle_bay": ("vehicle_bay", "车辆停靠", "车位"),
    "hand_wash": ("hand_wash", "洗手", "洗手池"),
    "smart_access": ("smart_access", "智能门禁", "智能投放"),
    "site_kind": ("site_kind", "工地类型", "场所类型", "类型", "LX"),
    "road_segment_code": ("road_segment_code", "所在路段", "所在路段编码"),
    "builder": ("builder", "建设单位", "JSDW"),
    "contractor": ("contractor", "施工单位", "拆除单位", "SGDW"),
    "supervisor_unit": ("supervisor_unit", "监理单位"),
    "permit_no": ("permit_no", "许可证号", "核准文号", "许可编号"),
    "permit_from": ("permit_from", "许可起始", "许可开始日期", "有效期起"),
    "permit_to": ("permit_to", "许可截止", "许可结束日期", "有效期止"),
    "permitted_hours": ("permitted_hours", "准许时段", "作业时段"),
    "quantities": ("quantities", "垃圾量"),
    "carriers": ("carriers", "运输单位", "承运单位"),
    "destination_code": ("destination_code", "消纳场编码", "去向编码"),
    "wash_bay": ("wash_bay", "洗车设施", "冲洗设施", "洗车台"),
    "fenced": ("fenced", "围挡"),
    "hardened": ("hardened", "道路硬化", "硬化"),
    "covered": ("covered", "裸土覆盖", "覆盖"),
    "dust_noise_sensors": ("dust_noise_sensors", "扬尘噪声监测", "扬尘监测"),
    "capacity_m3": ("capacity_m3", "库容", "设计库容", "消纳容量"),
    "remaining_m3": ("remaining_m3", "剩余库容", "剩余容量"),
    "intake_t_per_day": ("intake_t_per_day", "日处理能力", "日消纳量"),
    "accepted_categories": ("accepted_categories", "接收种类", "消纳种类"),
    "service_life": ("service_life", "服务年限", "使用年限"),
    "river_port": ("river_port", "码头", "水运码头"),
    "city_side": ("city_side", "所在片区", "汉口/汉阳/武昌"),
}
STATUS_WORDS: Mapping[str, FacilityStatus] = {
    "正常": FacilityStatus.OPEN, "开放": FacilityStatus.OPEN, "在用": FacilityStatus.OPEN, "使用中": FacilityStatus.OPEN,
    "运行": FacilityStatus.OPEN, "完好": FacilityStatus.OPEN, "维修": FacilityStatus.PAUSED, "维修中": FacilityStatus.PAUSED,
    "暂停": FacilityStatus.PAUSED, "暂停使用": FacilityStatus.PAUSED, "改造中": FacilityStatus.BUILDING, "建设中": FacilityStatus.BUILDING,
    "废弃": FacilityStatus.CLOSED, "已拆除": FacilityStatus.CLOSED, "拆除": FacilityStatus.CLOSED, "移除": FacilityStatus.CLOSED,
    "拆除中": FacilityStatus.ACTIVE,
}  # fmt: skip
YES, NO = (
    frozenset({"是", "有", "yes", "y", "true", "1", "√", "具备"}),
    frozenset({"否", "无", "没有", "no", "n", "false", "0", "×", "不具备"}),
)
DIGIT_WORDS: Mapping[str, int] = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "I": 1, "II": 2, "III": 3, "IV": 4, "V": 5}
ROMAN = ("I", "II", "III", "IV", "V")
