"""What changing the profile of a city does to what is stored: said first, done only with --commit."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gridmgmt import crs
from gridmgmt.city import changes
from gridmgmt.city import store as city_store
from gridmgmt.city.model import CityProfile, CodeScheme, Level
from gridmgmt.errors import ConflictError
from gridmgmt.hierarchy import profile_store
from gridmgmt.roads import level_store


def describe_change(session: Session, stored: CityProfile, wanted: CityProfile) -> list[str]:
    """Return one line for everything the change would do; raise ConflictError where the stored data forbids it."""
    crs.check_storage_srid(wanted)
    lines = [
        f"{change.field}: {changes.plain(change.before)} → {changes.plain(change.after)}"
        for change in changes.profile_changes(stored, wanted)
    ]
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


def _describe_transformation(session: Session, stored: CityProfile, wanted: CityProfile) -> list[str]:
    counts = city_store.count_geometries(session)
    if not counts:
        return ["  no shape is stored yet, so none is transformed"]
    return [
        *(
            f"  {table}.{column}: {count} shapes transformed from EPSG:{stored.storage_srid} to EPSG:{wanted.storage_srid}, snapped to 1/1024 m"
            for (table, column), count in counts.items()
        ),
        "  all in one transaction; areas and lengths are worked out again; a point that lay exactly on a border may lie up to millimetres off it",
        "  opened cases keep the distances they were opened with; reports keep what was received",
    ]


def _describe_removed_level(session: Session, stored: CityProfile, level: Level) -> str:
    child = _child(stored, level)
    members = level_store.count_zone_members(session, level)
    if members:
        message = f"level {level} cannot go: {members} memberships of responsibility zones name its areas; end and delete them first"
        raise ConflictError(message, zh=f"不能取消{level.zh}级：{members} 条责任区成员仍引用该级")
    rows, children = profile_store.count_rows_of_level(session, level), profile_store.count_children(session, level, child)
    parent = stored.parent_level(level)
    return f"  level {level}: {rows} rows deleted with their history; {children} {child} rows hung below {f'their {parent}' if parent else 'nothing'}"


def _describe_added_level(session: Session, stored: CityProfile, wanted: CityProfile, level: Level) -> str:
    child = _child(wanted, level)
    rows = profile_store.count_rows_of_level(session, child) if child in stored.levels else 0
    return f"  level {level}: {rows} {child} rows lose their parent until areas of the new level are imported"


def _describe_code_scheme(session: Session, wanted: CityProfile) -> str:
    if wanted.code_scheme is CodeScheme.LOCAL:
        return "  codes and parents stay as they are; from now on codes are opaque and an import must name parents"
    count, examples = profile_store.list_codes_not_nested(session, wanted.levels)
    if count:
        message = (
            f"code scheme gb: {count} codes are not GB codes nested in their parents', such as {', '.join(examples)}; re-code them first"
        )
        raise ConflictError(message, zh=f"有 {count} 个编码不符合国标嵌套规则，如 {'、'.join(examples)}；请先换码")
    return "  every stored code nests by its digits, so nothing is rewritten; from now on an import checks it"


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
