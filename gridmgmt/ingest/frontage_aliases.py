"""The names under which offices know the fields of their frontage registers (门前三包台账)."""

from __future__ import annotations

from collections.abc import Mapping

FRONTAGE_ALIASES: Mapping[str, tuple[str, ...]] = {
    "shop_code": ("shop_code", "商铺编号", "店铺编号", "门店编号", "商户编号", "台账编号", "编号", "编码", "code"),
    "shop_name": ("shop_name", "商铺名称", "店铺名称", "门店名称", "商户名称", "店名", "招牌名称", "名称", "name"),
    "shop_head_code": ("shop_head_code", "店长工号", "督导员工号", "责任人工号"),
    "signed_on": ("signed_on", "签订日期", "签约日期", "责任书签订日期", "签订时间"),
    "shut_on": ("shut_on", "歇业日期", "注销日期", "停业日期"),
}
