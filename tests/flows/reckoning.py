"""What must be true when everything was killed and runs again: nothing lost, nothing doubled, no case off the table."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from gridmgmt.cases import store
from gridmgmt.cases.announce import NEWS, Told
from gridmgmt.cases.model import Case, CaseAction, CaseState, CaseStep
from gridmgmt.cases.step_store import NewStep
from gridmgmt.cases.workflow import find_rule
from gridmgmt.messages import recipient_store
from gridmgmt.messages.model import Audience
from tests.flows.load import Ledger


def list_faults(session: Session, ledger: Ledger, webhook_keys: Sequence[str]) -> list[str]:
    """Return every promise that was not kept, in words."""
    return [
        *ledger.wrong,
        *_reports(session, ledger),
        *_acts(session, ledger),
        *_cases(session),
        *_messages(session),
        *_deliveries(session, webhook_keys),
    ]


def _reports(session: Session, ledger: Ledger) -> Iterator[str]:
    """Every accepted report is there once, as one case with the number that was answered."""
    rows = session.execute(
        text("SELECT client_request_id, case_no FROM incident_report JOIN case_file ON report_id = incident_report.id")
    ).all()
    stored = Counter(row.client_request_id for row in rows)
    yield from (f"report {key} is there {count} times" for key, count in stored.items() if count != 1)
    numbers = {row.client_request_id: row.case_no for row in rows}
    yield from (f"report {key} was lost" for key in ledger.reports.keys() - numbers.keys())
    yield from (f"report {key}: {case_no} was answered" for key, case_no in ledger.reports.items() if numbers.get(key, case_no) != case_no)
    if (total := session.scalar(text("SELECT count(*) FROM incident_report"))) != len(rows):
        yield f"{total} reports but {len(rows)} cases"


def _acts(session: Session, ledger: Ledger) -> Iterator[str]:
    """Every accepted act is one step of its case."""
    statement = "SELECT client_request_id, case_no, action FROM case_step JOIN case_file ON case_file.id = case_id"
    rows = session.execute(text(f"{statement} WHERE client_request_id LIKE 'act-%'")).all()
    stored = Counter((row.client_request_id, row.case_no, row.action) for row in rows)
    expected = {(key, case_no, action) for key, (case_no, action) in ledger.acts.items()}
    yield from (f"act {entry} was lost" for entry in expected - stored.keys())
    yield from (f"act {entry} is there {count} times" for entry, count in stored.items() if count != 1)


def _cases(session: Session) -> Iterator[str]:
    """Every case is where its newest step led, and every step is a line of the table."""
    for number in session.scalars(text("SELECT case_no FROM case_file")).all():
        found = store.find_case(session, number)
        if found is None:
            yield f"case {number} is not found"
            continue
        case, steps = found[0], store.list_steps(session, found[0].id)
        if [step.seq for step in steps] != list(range(1, case.version + 1)) or steps[-1].to_state is not case.state:
            yield f"case {number} is {case.state.value} at {case.version}, its steps say otherwise"
        yield from (f"case {number}: step {step.seq} {step.action.value} is not in the table" for step in _off_the_table(steps))


def _off_the_table(steps: Sequence[CaseStep]) -> Iterator[CaseStep]:
    suspended_in: CaseState | None = None
    before: CaseState | None = None
    for step in steps:
        rule = find_rule(before, step.action)
        if rule is None or step.from_state is not before or step.to_state is not (rule.to or suspended_in):
            yield step
        if step.action is CaseAction.SUSPEND:
            suspended_in = before
        before = step.to_state


def _messages(session: Session) -> Iterator[str]:
    """Every step that is news was told once, and lies once in the inbox of each it was for and of nobody else."""
    told = Counter(
        (row.about, row.topic, row.created_at)
        for row in session.execute(text("SELECT about, topic, created_at FROM message"))
        if row.topic != "reported"
    )
    yield from (
        f"message {key} should be there {count} times, not {told[key]}" for key, count in _news(session).items() if told[key] != count
    )
    if told.total() != _news(session).total():
        yield f"{told.total()} messages for {_news(session).total()} steps that are news"
    names = {row.id: row.name for row in session.execute(text("SELECT id, name FROM account"))}
    rows = session.execute(
        text("""
        SELECT message.id, audiences, message.by, spread_at, array_agg(account_id ORDER BY account_id) FILTER (WHERE account_id > 0) AS readers
        FROM message LEFT JOIN inbox ON inbox.message_id = message.id GROUP BY message.id
        """)
    )
    for row in rows:
        meant = frozenset().union(*(recipient_store.find_accounts(session, Audience.from_json(kept)) for kept in row.audiences))
        expected = sorted(account for account in meant if names[account] != row.by)
        if row.spread_at is None or (row.readers or []) != expected:
            yield f"message {row.id} is in the inboxes of {row.readers} instead of {expected}"


def _news(session: Session) -> Counter[tuple[str, str, object]]:
    expected: Counter[tuple[str, str, object]] = Counter()
    for number in session.scalars(text("SELECT case_no FROM case_file")).all():
        found = store.find_case(session, number)
        assert found is not None
        case = found[0]
        for step in store.list_steps(session, case.id):
            if step.action in NEWS:
                expected[number, _topic(case, step), step.at] += 1
    return expected


def _topic(case: Case, step: CaseStep) -> str:
    new = NewStep(step.action, step.to_state, step.at, step.actor)
    case = dataclasses.replace(case, unit_code="U1")
    return NEWS[step.action](Told(case, case, new, "inspector")).topic.value


def _deliveries(session: Session, webhook_keys: Sequence[str]) -> Iterator[str]:
    """Every message reached the webhook; a second time only with the key of the first."""
    rows = session.execute(text("SELECT id, state FROM delivery")).all()
    messages = session.scalar(text("SELECT count(*) FROM message"))
    if len(rows) != messages:
        yield f"{len(rows)} deliveries for {messages} messages"
    yield from (f"delivery {row.id} is {row.state}" for row in rows if row.state != "sent")
    yield from (f"delivery {row.id} never arrived" for row in rows if f"delivery-{row.id}" not in set(webhook_keys))
