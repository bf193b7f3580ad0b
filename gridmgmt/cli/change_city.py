"""What changing the profile of a city does to what is stored: said first, done only with --commit."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gridmgmt import crs
from gridmgmt.city import changes
from gridmgmt.city import store as city_store
from gridmgmt.city.model import CityProfile, CodeScheme, Level
from gridmgmt.errors import ConflictError
from gridmgmt.hierarchy import profile_store
from gridmgmt.labels import Words
from gridmgmt.roads import level_store


def describe_change(session: Session, stored: CityProfile, wanted: CityProfile) -> list[Words]:
    """Return one line for everything the change would do; raise ConflictError where the stored data forbids it."""
    crs.check_storage_srid(wanted)
    lines = [_describe_field(change) for change in changes.profile_changes(stored, wanted)]
    if wanted.storage_srid != stored.storage_srid:
        lines += _describe_transformation(session, stored, wanted)
    lines += [_describe_removed_level(session, stored, level) for level in changes.removed_levels(stored, wanted)]
    lines += [_describe_added_level(session, stored, wanted, level) for level in changes.added_levels(stored, wanted)]
    if wanted.code_scheme != stored.code_scheme:
        lines.append(_describe_code_scheme(session, wanted))
    return lines


def change_city(session: Session, stored: CityProfile, wanted: CityProfile) -> None:
    """Do what ``describe_change`` says, inside the caller's transaction."""
    levels = list(stored.levels)
    for level in changes.removed_levels(stored, wanted):
        profile_store.take_level_out(session, level, levels[levels.index(level) + 1])
        levels.remove(level)
    for level in changes.added_levels(stored, wanted):
        profile_store.clear_parents(session, _child(wanted, level))
    if wanted.storage_srid != stored.storage_srid:
        city_store.transform_geometries(session, wanted.storage_srid)
        _refuse_loss(session, wanted)
    city_store.save_profile(session, wanted)


def _describe_field(change: changes.FieldChange) -> Words:
    words = f"{change.field}: {changes.plain(change.before)} → {changes.plain(change.after)}"
    return Words(words, zh=words)


def _describe_transformation(session: Session, stored: CityProfile, wanted: CityProfile) -> list[Words]:
    counts = city_store.count_geometries(session)
    if not counts:
        return [Words("  no shape is stored yet, so none is transformed", zh="  尚未存有图形，无需转换")]
    both = f"EPSG:{stored.storage_srid} to EPSG:{wanted.storage_srid}"
    zh_both = f"从 EPSG:{stored.storage_srid} 转换到 EPSG:{wanted.storage_srid}"
    return [
        *(
            Words(
                f"  {table}.{column}: {count} shapes transformed from {both}, snapped to 1/1024 m",
                zh=f"  {table}.{column}：{count} 个图形{zh_both}，对齐到 1/1024 米",
            )
            for (table, column), count in counts.items()
        ),
        Words(
            "  all in one transaction; areas and lengths are worked out again; a point that lay exactly on a border may lie up to millimetres off it",
            zh="  在一个事务中完成；面积和长度重新计算；原来恰在边界上的点可能偏离数毫米",
        ),
        Words(
            "  opened cases keep the distances they were opened with; reports keep what was received",
            zh="  已立案卷保留当时的距离；上报保留收到的原始内容",
        ),
    ]


def _describe_removed_level(session: Session, stored: CityProfile, level: Level) -> Words:
    child = _child(stored, level)
    members = level_store.count_zone_members(session, level)
    if members:
        message = f"level {level} cannot go: {members} memberships of responsibility zones name its areas; end and delete them first"
        raise ConflictError(message, zh=f"不能取消{level.zh}级：{members} 条责任区成员仍引用该级")
    rows, children = profile_store.count_rows_of_level(session, level), profile_store.count_children(session, level, child)
    parent = stored.parent_level(level)
    below, zh_below = (f"hung below their {parent}", f"改属上级{parent.zh}") if parent else ("hung below nothing", "不再有上级")
    return Words(
        f"  level {level}: {rows} rows deleted with their history; {children} {child} rows {below}",
        zh=f"  {level.zh}级：删除 {rows} 条及其历史；{children} 个{child.zh}{zh_below}",
    )


def _describe_added_level(session: Session, stored: CityProfile, wanted: CityProfile, level: Level) -> Words:
    child = _child(wanted, level)
    rows = profile_store.count_rows_of_level(session, child) if child in stored.levels else 0
    return Words(
        f"  level {level}: {rows} {child} rows lose their parent until areas of the new level are imported",
        zh=f"  {level.zh}级：导入新层级之前，{rows} 个{child.zh}没有上级",
    )


def _describe_code_scheme(session: Session, wanted: CityProfile) -> Words:
    if wanted.code_scheme is CodeScheme.LOCAL:
        return Words(
            "  codes and parents stay as they are; from now on codes are opaque and an import must name parents",
            zh="  编码与上级不变；今后编码不再含层级，导入时须写明上级",
        )
    count, examples = profile_store.list_codes_not_nested(session, wanted.levels)
    if count:
        message = (
            f"code scheme gb: {count} codes are not GB codes nested in their parents', such as {', '.join(examples)}; re-code them first"
        )
        raise ConflictError(message, zh=f"有 {count} 个编码不符合国标嵌套规则，如 {'、'.join(examples)}；请先换码")
    return Words(
        "  every stored code nests by its digits, so nothing is rewritten; from now on an import checks it",
        zh="  现有编码均按位嵌套，无需改写；今后导入时校验",
    )


def _child(profile: CityProfile, level: Level) -> Level:
    return profile.levels[profile.levels.index(level) + 1]


def _refuse_loss(session: Session, wanted: CityProfile) -> None:
    lost = city_store.find_lost_geometries(session)
    if lost:
        what = ", ".join(f"{count} of {table}.{column}" for (table, column), count in lost.items())
        message = (
            f"EPSG:{wanted.storage_srid} cannot hold the stored shapes: {what} would be empty, invalid or infinite; nothing was changed"
        )
        raise ConflictError(message, zh=f"EPSG:{wanted.storage_srid} 无法容纳现有图形（{what}）；未作任何修改")
