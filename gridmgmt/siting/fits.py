"""Whether settings fit the set they are asked of: said when a scenario is made, not when it is computed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gridmgmt.errors import InvalidInputError
from gridmgmt.siting import set_store
from gridmgmt.siting.scenario_settings import Problem, Settings

FIELDS = ("forced", "forbidden")


def refuse_what_does_not_fit(session: Session, set_id: int, settings: Settings) -> None:
    """Raise InvalidInputError naming the field and which entry of it is no candidate of the set, is both forced and forbidden, or no area."""
    known = set_store.find_places(session, set_id, {*settings.forced, *settings.forbidden})
    for field in FIELDS:
        for at, code in enumerate(getattr(settings, field), 1):
            if code not in known:
                raise InvalidInputError(
                    field, f"entry {at}: {code} is no candidate of the set", zh=f"第 {at} 个 {code} 不是该数据集的候选点"
                )
            if known[code]:
                reason = f"entry {at}: {code} was dropped from the set by {known[code]}"
                raise InvalidInputError(field, reason, zh=f"第 {at} 个 {code} 已按规则 {known[code]} 从该数据集剔除")
            if field == "forbidden" and code in settings.forced:
                raise InvalidInputError(field, f"entry {at}: {code} is forced too", zh=f"第 {at} 个 {code} 同时列为必选")
    count, most = len(settings.forced), settings.sites
    if settings.problem is not Problem.LSCP and count > most:
        raise InvalidInputError("forced", f"{count} sites are forced, more than {most}", zh=f"必选 {count} 处，多于新建处数 {most}")
    _refuse_areas(set_store.count_by_area(session, set_id) if settings.quotas else {}, settings)


def _refuse_areas(counts: dict[str, int], settings: Settings) -> None:
    for at, quota in enumerate(settings.quotas, 1):
        if quota.code not in counts:
            reason = f"line {at}: no place of the set lies in a district or street office {quota.code}"
            raise InvalidInputError("quotas", reason, zh=f"第 {at} 行：该数据集没有点位落在区或街道 {quota.code}")
        if (quota.least or 0) > counts[quota.code]:
            few = counts[quota.code]
            reason = f"line {at}: {quota.code} holds {few} candidates, fewer than {quota.least}"
            raise InvalidInputError("quotas", reason, zh=f"第 {at} 行：{quota.code} 只有 {few} 个候选点，少于下限 {quota.least}")
