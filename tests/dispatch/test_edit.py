"""Rules are changed in drafts, with a reason; what was in force stays as it was."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gridmgmt.cases import step_store
from gridmgmt.cases.model import UnitKind
from gridmgmt.dispatch import edit, rule_store
from gridmgmt.dispatch.edit import Edit
from gridmgmt.errors import ConflictError, InvalidInputError
from tests import toy_city
from tests.cases.loop import NOW, add_units
from tests.dispatch.city import put_rules, rule

LATER = NOW + datetime.timedelta(days=1)


def by(reason: str = "试行", *, at: datetime.datetime = NOW, seen: int | None = None) -> Edit:
    return Edit("an", at, reason, seen)


def names(session: Session, set_id: int) -> list[str]:
    return [each.name for each in rule_store.list_rules(session, set_id)]


def test_rules_are_added_moved_changed_and_removed(session: Session) -> None:
    add_units(session)
    draft = edit.open_draft(session, "新规则", by(), rules=[rule(name="甲"), rule(name="乙")])
    edit.save_rule(session, draft.id, rule(name="丙", position=1), by())
    assert names(session, draft.id) == ["丙", "甲", "乙"]
    edit.save_rule(session, draft.id, rule("U2", name="丙", position=9), by(), replaces=1)
    assert names(session, draft.id) == ["甲", "乙", "丙"]
    edit.remove_rule(session, draft.id, 2, by("多余"))
    rules = rule_store.list_rules(session, draft.id)
    assert [(each.position, each.name, each.unit_code) for each in rules] == [(1, "甲", "U1"), (2, "丙", "U2")]
    changes = rule_store.list_changes(session, draft.id)
    assert [change.action for change in changes] == ["open", "add", "change", "remove"]
    assert (changes[2].details["before"]["unit_code"], changes[2].details["after"]["unit_code"]) == ("U1", "U2")
    assert changes[3].reason == "多余"


def test_a_draft_that_another_changed_meanwhile_is_not_written_over(session: Session) -> None:
    add_units(session)
    draft = edit.open_draft(session, "新规则", by(), rules=[rule()])
    edit.save_rule(session, draft.id, rule(name="甲"), by(seen=1))
    with pytest.raises(ConflictError, match="changed meanwhile by an"):
        edit.remove_rule(session, draft.id, 1, by(seen=1))


def test_a_change_without_a_reason_is_refused(session: Session) -> None:
    add_units(session)
    draft = edit.open_draft(session, "新规则", by(), rules=[rule()])
    with pytest.raises(InvalidInputError) as error:
        edit.remove_rule(session, draft.id, 1, by(" "))
    assert error.value.field == "reason"


def test_what_is_put_in_force_ends_what_held_and_cannot_be_changed(session: Session) -> None:
    old = put_rules(session, rule("U1"))
    draft = edit.copy_rules(session, old.id, "新规则", by())
    done = edit.put_in_force(session, draft.id, by("局务会"))
    assert (done.in_force_from, done.put_in_force_by, done.reason) == (NOW, "an", "局务会")
    assert edit.get_rule_set(session, old.id).in_force_to == NOW
    with pytest.raises(ConflictError, match="put in force"):
        edit.save_rule(session, draft.id, rule(), by())
    for statement in ("UPDATE dispatch_rule SET name = 'x'", "DELETE FROM dispatch_rule", "UPDATE dispatch_rule_set SET name = 'x'"):
        with pytest.raises(DBAPIError, match="never changed"), session.begin_nested():
            session.execute(text(statement))


def test_rules_can_be_planned_and_one_put_before_them_ends_where_they_begin(session: Session) -> None:
    put_rules(session, rule("U1"))
    planned = edit.put_in_force(session, edit.open_draft(session, "下月", by(), rules=[rule("U2")]).id, by(), since=LATER)
    between = edit.put_in_force(session, edit.open_draft(session, "现在", by(), rules=[rule("U2")]).id, by())
    assert (between.in_force_from, between.in_force_to) == (NOW, LATER)
    for at, expected in ((NOW, between.id), (LATER, planned.id)):
        found = rule_store.find_in_force(session, at)
        assert found is not None
        assert found.id == expected


def test_a_second_set_for_the_same_instant_takes_the_place_of_the_first(session: Session) -> None:
    first = put_rules(session, rule("U1"), since=NOW)
    second = edit.put_in_force(session, edit.open_draft(session, "更正", by(), rules=[rule("U2")]).id, by())
    found = rule_store.find_in_force(session, NOW)
    assert found is not None
    assert found.id == second.id != first.id


def test_nothing_past_empty_or_pointing_nowhere_is_put_in_force(session: Session) -> None:
    add_units(session)
    empty = edit.open_draft(session, "空", by())
    with pytest.raises(InvalidInputError, match="no rule"):
        edit.put_in_force(session, empty.id, by())
    draft = edit.open_draft(session, "旧区", by(), rules=[rule(areas=(("district", "999999"),))])
    with pytest.raises(InvalidInputError, match="row 1, areas"):
        edit.put_in_force(session, draft.id, by())
    with pytest.raises(InvalidInputError, match="past"):
        edit.put_in_force(session, draft.id, by(), since=NOW - datetime.timedelta(seconds=1))


def test_every_district_has_a_queue_once_rules_are_in_force(session: Session) -> None:
    add_units(session)
    edit.put_in_force(session, edit.open_draft(session, "新", by(), rules=[rule()]).id, by())
    queue = step_store.find_unit(session, f"Q-{toy_city.DISTRICT}")
    assert queue is not None
    assert (queue.name, queue.kind) == ("玩具区统筹", UnitKind.COORDINATION)
    assert edit.open_queues(session, on=NOW.date()) == 0


def test_a_draft_can_be_thrown_away_and_the_record_stays(session: Session) -> None:
    add_units(session)
    draft = edit.open_draft(session, "新规则", by(), rules=[rule()])
    edit.discard(session, draft.id, by("不要了"))
    assert rule_store.find_rule_set(session, draft.id) is None
    assert [change.action for change in rule_store.list_changes(session, draft.id)] == ["open", "discard"]
