"""Every statement about patrols, their batches of positions and the rules they are judged by."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence
from typing import Any

import shapely
from geoalchemy2 import WKBElement
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gridmgmt.accounts.model import EVERYWHERE, Scope
from gridmgmt.city import store as city_store
from gridmgmt.patrol.model import Patrol, PatrolFilter, PatrolRules, Place, TrackPoint
from gridmgmt.patrol.scope_store import patrols_seen
from gridmgmt.patrol.tables import PatrolBatchRow, PatrolRow, PatrolRuleRow
from gridmgmt.roads.tables import PersonRow

EVERY_PATROL = PatrolFilter()


def find_rules(session: Session, *, on: datetime.date) -> PatrolRules:
    """Return the rules in force on a day; the product's own before the first row."""
    row = session.scalars(
        select(PatrolRuleRow).where(PatrolRuleRow.valid_from <= on).order_by(PatrolRuleRow.valid_from.desc()).limit(1)
    ).first()
    return _rules(row) if row else PatrolRules(datetime.date(2000, 1, 1))


def save_rules(session: Session, rules: PatrolRules) -> None:
    """Store the rules that hold from a day on, or write over those that begin that day."""
    values = {field.name: getattr(rules, field.name) for field in dataclasses.fields(rules) if field.name != "valid_from"}
    statement = insert(PatrolRuleRow).values(valid_from=rules.valid_from, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["valid_from"], set_=values))


def add_patrol(
    session: Session, key: str, *, person_id: int, account: str, started_at: datetime.datetime, place: Place
) -> bool:  # fmt: skip
    """Insert a patrol; return False when one with this key is there already."""
    values = {"key": key, "person_id": person_id, "account": account, "started_at": started_at} | _columns(place)
    statement = insert(PatrolRow).values(**values).on_conflict_do_nothing(index_elements=["key"])
    return session.scalar(statement.returning(PatrolRow.id)) is not None


def lock_person(session: Session, person_id: int) -> None:
    """Let nobody else begin a patrol for a person until the transaction ends."""
    session.execute(select(PersonRow.id).where(PersonRow.id == person_id).with_for_update(key_share=True))


def lock_open_patrol(session: Session, person_id: int) -> Patrol | None:
    """Return the patrol a person is on, locked, or None."""
    row = session.execute(
        _patrols().where(PatrolRow.person_id == person_id, PatrolRow.ended_at.is_(None)).with_for_update(of=PatrolRow)
    ).first()
    return _patrol(row) if row else None


def lock_patrol(session: Session, key: str) -> Patrol | None:
    """Return the patrol with a key, locked, or None."""
    row = session.execute(_patrols().where(PatrolRow.key == key).with_for_update(of=PatrolRow)).first()
    return _patrol(row) if row else None


def find_patrol(session: Session, patrol_id: int, scope: Scope, *, on: datetime.date) -> Patrol | None:
    """Return a patrol by id where the scope sees it."""
    row = session.execute(_patrols().where(PatrolRow.id == patrol_id, patrols_seen(scope, on=on))).first()
    return _patrol(row) if row else None


def find_open_patrol(session: Session, person_id: int) -> Patrol | None:
    """Return the patrol a person is on, or None."""
    row = session.execute(_patrols().where(PatrolRow.person_id == person_id, PatrolRow.ended_at.is_(None))).first()
    return _patrol(row) if row else None


def end_patrol(session: Session, patrol_id: int, ended_at: datetime.datetime) -> None:
    """Write when a patrol ended; a later word of the phone moves it later, never earlier."""
    row = PatrolRow
    session.execute(update(row).where(row.id == patrol_id).values(ended_at=func.greatest(func.coalesce(row.ended_at, ended_at), ended_at)))


def add_batch(session: Session, patrol_id: int, seq: int, points: Sequence[TrackPoint]) -> bool:
    """Append a batch of positions as given; return False when this batch was received before."""
    statement = (
        insert(PatrolBatchRow)
        .values(
            patrol_id=patrol_id, seq=seq, at_s=[point.at.timestamp() for point in points], lon=[float(point.lon) for point in points],
            lat=[float(point.lat) for point in points],
            accuracy_m=[None if point.accuracy_m is None else float(point.accuracy_m) for point in points],
        )
        .on_conflict_do_nothing()
    )  # fmt: skip
    return session.scalar(statement.returning(PatrolBatchRow.seq)) is not None


def list_points(session: Session, patrol_id: int) -> list[TrackPoint]:
    """Return every position received of a patrol, by batch."""
    rows = session.scalars(select(PatrolBatchRow).where(PatrolBatchRow.patrol_id == patrol_id).order_by(PatrolBatchRow.seq))
    return [
        TrackPoint(datetime.datetime.fromtimestamp(at, datetime.UTC), lon, lat, accuracy)
        for row in rows
        for at, lon, lat, accuracy in zip(row.at_s, row.lon, row.lat, row.accuracy_m, strict=True)
    ]


def save_track(session: Session, patrol_id: int, line: shapely.MultiLineString | None, *, points: int) -> None:
    """Write the line drawn from all positions, and how many there are."""
    srid = city_store.get_storage_srid(session)
    drawn = WKBElement(shapely.to_wkb(line), srid=srid) if line is not None else None
    session.execute(update(PatrolRow).where(PatrolRow.id == patrol_id).values(line=drawn, point_count=points))


def find_track(session: Session, patrol_id: int) -> shapely.Geometry | None:
    """Return the line of a patrol (storage CRS), or None before two positions belong together."""
    wkb = session.scalar(select(func.st_asbinary(PatrolRow.line)).where(PatrolRow.id == patrol_id))
    return shapely.from_wkb(bytes(wkb)) if wkb is not None else None


def list_patrols(
    session: Session, scope: Scope, wanted: PatrolFilter = EVERY_PATROL, *, on: datetime.date, before: tuple[datetime.datetime, int] | None = None,
    limit: int = 50,
) -> list[Patrol]:  # fmt: skip
    """Return patrols in a scope, newest first; ``before`` is (started_at, id) of the last one of the page before."""
    statement = _patrols().where(patrols_seen(scope, on=on), *_wanted(wanted))
    if before is not None:
        moment, patrol_id = before
        later = (PatrolRow.started_at < moment) | ((PatrolRow.started_at == moment) & (PatrolRow.id < patrol_id))
        statement = statement.where(PatrolRow.started_at <= moment, later)
    rows = session.execute(statement.order_by(PatrolRow.started_at.desc(), PatrolRow.id.desc()).limit(limit))
    return [_patrol(row) for row in rows]


def sum_patrols(session: Session, wanted: PatrolFilter, *, on: datetime.date, scope: Scope = EVERYWHERE) -> tuple[int, float, float]:
    """Return how many patrols there were, their metres and their seconds; one that goes on has no seconds yet."""
    row = PatrolRow
    seconds = func.coalesce(func.sum(func.extract("epoch", row.ended_at - row.started_at)), 0.0)
    statement = select(func.count(), func.coalesce(func.sum(row.length_m), 0.0), seconds).where(
        patrols_seen(scope, on=on), *_wanted(wanted)
    )
    count, metres, lasted = session.execute(statement).one()
    return count, float(metres), float(lasted)


def _wanted(wanted: PatrolFilter) -> list[Any]:
    row = PatrolRow
    conditions: list[Any] = []
    if wanted.since is not None:
        conditions.append(row.started_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(row.started_at < wanted.until)
    for name in ("person_id", "zone_code", "district_code", "street_office_code"):
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(getattr(row, name) == value)
    return conditions


def _patrols() -> Any:  # noqa: ANN401 - a select of many columns
    row = PatrolRow
    statement: Any = select(
        row.id, row.key, row.person_id, PersonRow.code.label("person_code"), PersonRow.name.label("person_name"), row.account, row.started_at,
        row.ended_at, row.length_m, row.point_count, row.zone_code, row.district_code, row.street_office_code, row.community_code,
    ).join(PersonRow, PersonRow.id == row.person_id)  # fmt: skip
    return statement


def _patrol(row: Any) -> Patrol:  # noqa: ANN401 - a row of the select above
    place = Place(row.zone_code, row.district_code, row.street_office_code, row.community_code)
    return Patrol(
        row.id, row.key, row.person_id, row.person_code, row.person_name, row.account, row.started_at, row.ended_at, row.length_m,
        row.point_count, place,
    )  # fmt: skip


def _columns(place: Place) -> dict[str, str | None]:
    return {
        "zone_code": place.zone_code, "district_code": place.district_code, "street_office_code": place.street_office_code,
        "community_code": place.community_code,
    }  # fmt: skip


def _rules(row: PatrolRuleRow) -> PatrolRules:
    return PatrolRules(
        row.valid_from, row.within_m, row.covered_share, row.worst_accuracy_m, row.longest_gap_s, row.longest_gap_m, row.fastest_m_s
    )
