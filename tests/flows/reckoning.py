"""What must be true when everything was killed and runs again: nothing lost, nothing doubled, no case off the table.

What is not true is counted by kind, so that many findings of one kind hide none of another.
"""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from gridmgmt.cases import store
from gridmgmt.cases.announce import NEWS, Told
from gridmgmt.cases.model import Case, CaseAction, CaseState, CaseStep
from gridmgmt.cases.step_store import NewStep
from gridmgmt.cases.workflow import find_rule
from gridmgmt.messages import recipient_store
from gridmgmt.messages.model import Audience
from tests.flows.load import Ledger


@dataclasses.dataclass(frozen=True)
class Finding:
    """A promise that was not kept: of what kind, and what exactly."""

    kind: str
    words: str


def list_faults(session: Session, ledger: Ledger, webhook_keys: Sequence[str]) -> list[Finding]:
    """Return every promise that was not kept."""
    cases = list(_read_cases(session))
    parts = {
        "refused or unanswered": ledger.wrong,
        "report lost": _lost_reports(session, ledger),
        "report doubled": _doubled_reports(session),
        "act lost": _lost_acts(session, ledger),
        "act doubled": _doubled_acts(session),
        "case off the table": _cases(cases),
        "message not written once": _messages(session, cases),
        "message not in the inboxes it is for": _inboxes(session),
        "delivery not planned": _unplanned(session),
        "delivery not drained": _waiting(session),
        "delivery given up": _given_up(session),
        "delivery sent that never arrived": _missing(session, webhook_keys),
    }
    return [Finding(kind, words) for kind, found in parts.items() for words in found]


def write_table(faults: Sequence[Finding], examples: int = 3) -> str:
    """Return how many findings there are of each kind, with the first few."""
    counts = Counter(fault.kind for fault in faults)
    lines = [f"lost, doubled or off the table: {len(faults)}"]
    for kind, count in counts.most_common():
        lines.append(f"{count:>7} {kind}")
        lines += [f"        {fault.words}" for fault in faults if fault.kind == kind][:examples]
    return "\n".join(lines)


def _lost_reports(session: Session, ledger: Ledger) -> Iterator[str]:
    """Every accepted report is there as a case with the number that was answered."""
    numbers = {row.client_request_id: row.case_no for row in _stored_reports(session)}
    yield from (f"report {key} was lost" for key in ledger.reports.keys() - numbers.keys())
    yield from (f"report {key}: {case_no} was answered" for key, case_no in ledger.reports.items() if numbers.get(key, case_no) != case_no)


def _doubled_reports(session: Session) -> Iterator[str]:
    """Every report is there once, as one case."""
    rows = _stored_reports(session)
    stored = Counter(row.client_request_id for row in rows)
    yield from (f"report {key} is there {count} times" for key, count in stored.items() if count != 1)
    if (total := session.scalar(text("SELECT count(*) FROM incident_report"))) != len(rows):
        yield f"{total} reports but {len(rows)} cases"


def _stored_reports(session: Session) -> Sequence[Row[Any]]:
    statement = "SELECT client_request_id, case_no FROM incident_report JOIN case_file ON report_id = incident_report.id"
    return session.execute(text(statement)).all()


def _lost_acts(session: Session, ledger: Ledger) -> Iterator[str]:
    """Every accepted act is a step of its case."""
    expected = {(key, case_no, action) for key, (case_no, action) in ledger.acts.items()}
    yield from (f"act {entry} was lost" for entry in expected - _stored_acts(session).keys())


def _doubled_acts(session: Session) -> Iterator[str]:
    """No request is two steps."""
    stored = Counter(key for key, _case_no, _action in _stored_acts(session).elements())
    yield from (f"act {key} is there {count} times" for key, count in stored.items() if count != 1)


def _stored_acts(session: Session) -> Counter[tuple[str, str, str]]:
    statement = "SELECT client_request_id, case_no, action FROM case_step JOIN case_file ON case_file.id = case_id"
    rows = session.execute(text(f"{statement} WHERE client_request_id LIKE 'act-%'"))
    return Counter((row.client_request_id, row.case_no, row.action) for row in rows)


def _read_cases(session: Session) -> Iterator[tuple[Case, Sequence[CaseStep]]]:
    for number in session.scalars(text("SELECT case_no FROM case_file ORDER BY id")).all():
        found = store.find_case(session, number)
        assert found is not None, number
        yield found[0], store.list_steps(session, found[0].id)


def _cases(cases: Sequence[tuple[Case, Sequence[CaseStep]]]) -> Iterator[str]:
    """Every case is where its newest step led, and every step is a line of the table."""
    for case, steps in cases:
        if [step.seq for step in steps] != list(range(1, case.version + 1)) or steps[-1].to_state is not case.state:
            yield f"case {case.case_no} is {case.state.value} at {case.version}, its steps say otherwise"
        yield from (f"case {case.case_no}: step {step.seq} {step.action.value} is not in the table" for step in _off_the_table(steps))


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


def _messages(session: Session, cases: Sequence[tuple[Case, Sequence[CaseStep]]]) -> Iterator[str]:
    """Every step that is news was told once, and nothing else was told; what is told of a report is no step's."""
    rows = session.execute(text("SELECT about, topic, created_at FROM message WHERE topic <> 'reported'"))
    told = Counter((row.about, row.topic, row.created_at) for row in rows)
    news = Counter((case.case_no, _topic(case, step), step.at) for case, steps in cases for step in steps if step.action in NEWS)
    for key in told.keys() | news.keys():
        if told[key] != news[key]:
            yield f"message {key} should be there {news[key]} times, not {told[key]}"


def _topic(case: Case, step: CaseStep) -> str:
    new = NewStep(step.action, step.to_state, step.at, step.actor)
    case = dataclasses.replace(case, unit_code="U1")
    return NEWS[step.action](Told(case, case, new, "inspector")).topic.value


def _inboxes(session: Session) -> Iterator[str]:
    """Every message lies once in the inbox of each it is for, and of nobody else."""
    names = {row.id: row.name for row in session.execute(text("SELECT id, name FROM account"))}
    accounts_of = functools.cache(functools.partial(recipient_store.find_accounts, session))
    rows = session.execute(
        text("""
        SELECT message.id, audiences, message.by, spread_at, array_agg(account_id ORDER BY account_id) FILTER (WHERE account_id > 0) AS readers
        FROM message LEFT JOIN inbox ON inbox.message_id = message.id GROUP BY message.id ORDER BY message.id
        """)
    ).all()
    for row in rows:
        meant = frozenset().union(*(accounts_of(Audience.from_json(kept)) for kept in row.audiences))
        expected = sorted(account for account in meant if names[account] != row.by)
        if row.spread_at is None or (row.readers or []) != expected:
            yield f"message {row.id}, told {row.spread_at}, is in the inboxes of {row.readers} instead of {expected}"


def _unplanned(session: Session) -> Iterator[str]:
    """Every message is to reach the webhook once."""
    statement = """
        SELECT message.id, count(delivery.id) AS planned FROM message LEFT JOIN delivery ON delivery.message_id = message.id
        GROUP BY message.id HAVING count(delivery.id) <> 1 ORDER BY message.id
        """
    yield from (f"message {row.id} is to be sent {row.planned} times" for row in session.execute(text(statement)))


def _waiting(session: Session) -> Iterator[str]:
    """Nothing waits any longer."""
    rows = session.execute(text("SELECT id, attempts, next_at, leased_until FROM delivery WHERE state = 'waiting' ORDER BY id"))
    yield from (f"delivery {row.id} waits since {row.next_at}, {row.attempts} attempts, leased until {row.leased_until}" for row in rows)


def _given_up(session: Session) -> Iterator[str]:
    """Nothing was given up: the receiver was never away for long."""
    rows = session.execute(text("SELECT id, attempts FROM delivery WHERE state = 'dead' ORDER BY id"))
    yield from (f"delivery {row.id} was given up after {row.attempts} attempts" for row in rows)


def _missing(session: Session, webhook_keys: Sequence[str]) -> Iterator[str]:
    """Everything noted as sent arrived; a second time only with the key of the first, so keys are compared as a set."""
    arrived = set(webhook_keys)
    rows = session.scalars(text("SELECT id FROM delivery WHERE state = 'sent' ORDER BY id"))
    yield from (f"delivery {number} never arrived" for number in rows if f"delivery-{number}" not in arrived)
