"""Every statement about the register of frontages and what is seen there."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from typing import Any

import shapely
from geoalchemy2 import WKBElement
from sqlalchemy import Select, func, or_, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import Scope
from gridmgmt.city import store as city_store
from gridmgmt.patrol.model import Frontage, FrontageDuty, FrontageFigures, FrontageFilter, NewFrontage, Place
from gridmgmt.patrol.scope_store import frontages_seen
from gridmgmt.patrol.tables import FrontageCheckPhotoRow, FrontageCheckRow, FrontageRow
from gridmgmt.roads.tables import PersonRow, RoadSegmentRow

EVERY_FRONTAGE = FrontageFilter()
_CHECK = FrontageCheckRow
NEWEST = (
    select(_CHECK.checked_at, _CHECK.passed, _CHECK.sanitation, _CHECK.greenery, _CHECK.public_order)
    .where(_CHECK.frontage_id == FrontageRow.id)
    .order_by(_CHECK.checked_at.desc(), _CHECK.id.desc())
    .limit(1)
    .lateral("newest")
)
VERDICTS: Mapping[str, Any] = {
    "passed": NEWEST.c.passed.is_(True), "failed": NEWEST.c.passed.is_(False), "unchecked": NEWEST.c.passed.is_(None),
    "unsigned": FrontageRow.signed_on.is_(None),
}  # fmt: skip


def save_frontage(session: Session, entry: NewFrontage) -> None:
    """Add a frontage to the register, or bring the one with its code up to date."""
    srid = city_store.get_storage_srid(session)
    head = select(PersonRow.id).where(PersonRow.code == entry.shop_head_code).scalar_subquery() if entry.shop_head_code else None
    values = {
        "shop_name": entry.shop_name, "address": entry.address, "segment_code": entry.segment_code,
        "point": WKBElement(shapely.to_wkb(shapely.Point(entry.point)), srid=srid) if entry.point else None, "shop_head_id": head,
        "signed_on": entry.signed_on, "closed_on": entry.closed_on, "zone_code": entry.place.zone_code,
        "district_code": entry.place.district_code, "street_office_code": entry.place.street_office_code,
        "community_code": entry.place.community_code,
    }  # fmt: skip
    statement = insert(FrontageRow).values(code=entry.code, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["code"], set_={name: statement.excluded[name] for name in values}))


def list_register(session: Session, codes: Collection[str]) -> dict[str, NewFrontage]:
    """Return the register's own values of some codes, as an import would write them."""
    rows = session.execute(_frontages().where(FrontageRow.code.in_(codes)))
    return {row.code: _register_entry(row) for row in rows}


def list_frontages(
    session: Session, scope: Scope, wanted: FrontageFilter = EVERY_FRONTAGE, *, on: datetime.date, after: str | None = None, limit: int = 50
) -> list[Frontage]:
    """Return the frontages in a scope by code, each with its newest check; ``after`` is the last code of the page before."""
    statement = _frontages().where(frontages_seen(scope, on=on), _in_business(on), *_wanted(wanted))
    if after is not None:
        statement = statement.where(FrontageRow.code > after)
    return [_frontage(row) for row in session.execute(statement.order_by(FrontageRow.code).limit(limit))]


def find_frontage(session: Session, code: str, scope: Scope, *, on: datetime.date) -> Frontage | None:
    """Return a frontage by code where the scope sees it."""
    row = session.execute(_frontages().where(FrontageRow.code == code, frontages_seen(scope, on=on))).first()
    return _frontage(row) if row else None


def count_frontages(
    session: Session, scope: Scope, *, since: datetime.datetime, until: datetime.datetime, on: datetime.date,
    wanted: FrontageFilter = EVERY_FRONTAGE,
) -> FrontageFigures:  # fmt: skip
    """Return how many frontages there are on a day, and how their checks of a span of time went (the newest of the span counts)."""
    check = FrontageCheckRow
    inside = (check.frontage_id == FrontageRow.id, check.checked_at >= since, check.checked_at < until)
    newest = select(check.passed).where(*inside).order_by(check.checked_at.desc(), check.id.desc()).limit(1).lateral("newest")
    all_checks = select(func.count().label("checks")).where(*inside).lateral("all_checks")
    statement = (
        select(func.count(), func.count(FrontageRow.signed_on), func.count(newest.c.passed),
               func.count().filter(newest.c.passed), func.coalesce(func.sum(all_checks.c.checks), 0))
        .select_from(FrontageRow)
        .outerjoin(newest, true())
        .join(all_checks, true())
        .where(frontages_seen(scope, on=on), _in_business(on), *_places_wanted(wanted))
    )  # fmt: skip
    frontages, signed, checked, passed, checks = session.execute(statement).one()
    return FrontageFigures(frontages, signed, checked, passed, int(checks))


def sees_photo(session: Session, scope: Scope, sha: str, *, on: datetime.date) -> bool:
    """Say whether a photo belongs to a check of a frontage in the scope."""
    photo, check = FrontageCheckPhotoRow, FrontageCheckRow
    statement = (
        select(photo.check_id)
        .join(check, check.id == photo.check_id)
        .join(FrontageRow, FrontageRow.id == check.frontage_id)
        .where(photo.photo == sha, frontages_seen(scope, on=on))
        .limit(1)
    )
    return session.scalar(statement) is not None


def _in_business(on: datetime.date) -> Any:  # noqa: ANN401 - a condition
    return or_(FrontageRow.closed_on.is_(None), FrontageRow.closed_on > on)


def _places_wanted(wanted: FrontageFilter) -> list[Any]:
    pairs = ((FrontageRow.segment_code, wanted.segment_code), (FrontageRow.zone_code, wanted.zone_code))
    return [column == value for column, value in pairs if value is not None]


def _wanted(wanted: FrontageFilter) -> list[Any]:
    conditions = _places_wanted(wanted)
    if wanted.words:
        columns = (FrontageRow.code, FrontageRow.shop_name, FrontageRow.address)
        conditions.append(or_(*(column.icontains(wanted.words, autoescape=True) for column in columns)))
    if wanted.verdict is not None:
        conditions.append(VERDICTS[wanted.verdict])
    return conditions


def _frontages() -> Select[Any]:
    row, newest = FrontageRow, NEWEST
    # a redrawn segment has several rows; its newest name is the one people know
    name = select(RoadSegmentRow.name).where(RoadSegmentRow.code == row.segment_code).order_by(RoadSegmentRow.valid_from.desc()).limit(1)
    return (
        select(
            row.id, row.code, row.shop_name, row.address, row.segment_code, name.scalar_subquery().label("segment_name"),
            func.st_x(row.point).label("x"), func.st_y(row.point).label("y"), row.shop_head_id, PersonRow.name.label("shop_head_name"),
            PersonRow.code.label("shop_head_code"), row.signed_on, row.closed_on, row.zone_code, row.district_code, row.street_office_code,
            row.community_code, newest.c.checked_at, newest.c.passed, newest.c.sanitation, newest.c.greenery, newest.c.public_order,
        )
        .select_from(row)
        .outerjoin(PersonRow, PersonRow.id == row.shop_head_id)
        .outerjoin(newest, true())
    )  # fmt: skip


def _frontage(row: Any) -> Frontage:  # noqa: ANN401 - a row of the select above
    failed = tuple(duty for duty in FrontageDuty if getattr(row, duty.value) is False)
    return Frontage(
        row.id, row.code, row.shop_name, row.address, row.segment_code, row.segment_name, _point(row), row.shop_head_id, row.shop_head_name,
        row.signed_on, row.closed_on, _place(row), row.checked_at, row.passed, failed,
    )  # fmt: skip


def _register_entry(row: Any) -> NewFrontage:  # noqa: ANN401 - a row of the select above
    return NewFrontage(
        row.code, row.shop_name, row.address, row.segment_code, _point(row), row.shop_head_code, row.signed_on, row.closed_on, _place(row)
    )


def _point(row: Any) -> tuple[float, float] | None:  # noqa: ANN401 - a row of the select above
    return None if row.x is None else (row.x, row.y)


def _place(row: Any) -> Place:  # noqa: ANN401 - a row of the select above
    return Place(row.zone_code, row.district_code, row.street_office_code, row.community_code)
