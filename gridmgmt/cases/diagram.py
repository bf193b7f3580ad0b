"""The workflow table as a diagram and as a table for the documents; pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from gridmgmt.cases.clocks import marks_of
from gridmgmt.cases.model import CaseAction, CaseState
from gridmgmt.cases.workflow import CLASSIFYING, FINAL_STATES, TABLE, Rule

BEGIN, END = "<!-- workflow: written by `gridmgmt cases workflow --into ARCHITECTURE.md` -->", "<!-- end of workflow -->"
PLACES = {CaseAction.OVERRIDE_RESPONSIBILITY: ("unit_grid_code or zone_code or segment_code or release",)}
Line = tuple[CaseState | None, CaseAction, Rule]


def mermaid() -> str:
    """Return the states and what leads from one to another as a Mermaid state diagram; what leaves the state as it is is left out."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for state, action, rule in _lines():
        if rule.to is None or rule.to is not state:
            arrows.setdefault((state.value if state else "[*]", rule.to.value if rule.to else "before"), []).append(action.zh)
    names = [f"    {state.value}: {state.zh}" for state in CaseState]
    names.append("    before: 挂账前的状态")
    drawn = [f"    {start} --> {end}: {'、'.join(actions)}" for (start, end), actions in arrows.items()]
    ends = [f"    {state.value} --> [*]" for state in CaseState if state in FINAL_STATES]
    return "\n".join(["stateDiagram-v2", *names, *drawn, *ends])


def markdown() -> str:
    """Return the whole table, one line for all states in which an action is the same."""
    head = ["| action | from | to | permission | needs | only when | clocks |", "|---|---|---|---|---|---|---|"]
    groups = itertools.groupby(_lines(), key=lambda line: (line[1], line[0] is line[2].to, _cells(line)))
    return "\n".join(head + [_row(list(group)) for _, group in groups])


def written_into(document: str) -> str:
    """Return a document with diagram and table between its two markers; raise ValueError when they are not there."""
    before, found, rest = document.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not (found and closed):
        message = f"the markers {BEGIN} and {END} are not there"
        raise ValueError(message)
    return f"{before}{BEGIN}\n\n```mermaid\n{mermaid()}\n```\n\n{markdown()}\n\n{END}{after}"


def _lines() -> Iterator[Line]:
    """Yield the lines of the table by action, states in the order of the enum."""
    order = [None, *CaseState]
    for action in CaseAction:
        yield from ((state, action, TABLE[state, action]) for state in order if (state, action) in TABLE)


def _cells(line: Line) -> tuple[str, ...]:
    state, action, rule = line
    to = rule.to.zh if rule.to and rule.to is not state else "不变" if rule.to else "挂账前的状态"
    needs = [*(["reason"] if rule.reason else []), *rule.demands, *(["(class)"] if action in CLASSIFYING else []), *PLACES.get(action, ())]
    return (
        to, f"`{rule.permission}`" if rule.permission else "system", ", ".join(needs), "; ".join(guard.en for guard in rule.guards),
        _clocks(line),
    )  # fmt: skip


def _clocks(line: Line) -> str:
    state, action, rule = line
    if rule.to is None:
        return "resume what was paused"
    return ", ".join(f"{verb.en} {stage.value}" for verb, stage in marks_of(action, state, rule.to))


def _row(lines: list[Line]) -> str:
    action, states = lines[0][1], "、".join(state.zh if state else "—" for state, _, _ in lines)
    to, *rest = _cells(lines[0])
    return f"| {action.zh} `{action.value}` | {states} | {' | '.join((to, *rest))} |"
