"""The rows of a list of cases as HTML: fifty times the same few cells, which took most of the page's time as a template."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from flask import Flask, current_app
from jinja2.filters import do_truncate
from markupsafe import Markup, escape

from gridmgmt.cases.list_model import CaseLine
from gridmgmt.cases.model import CaseState, ReportSource
from gridmgmt.web import language
from gridmgmt.web.language import gettext as _
from gridmgmt.web.words import ago, clock

LONGEST_DESCRIPTION, LONGEST_ADDRESS = 60, 40


def case_rows(lines: Sequence[CaseLine], *, to_choose: bool) -> Markup:
    """Return the table rows of a page of cases, with a box to choose each by where something may be done to several at once."""
    chosen, choose = language.choose(), escape(_("选择"))
    rows = [_row(line, _box(line, choose) if to_choose else "", chosen) for line in lines]
    return Markup("\n".join(rows))  # noqa: S704 - every text in it is escaped


def _row(line: CaseLine, box: str, chosen: str) -> str:
    number, shown = escape(line.case_no), clock(line)
    due = f' title="{escape(shown.due)}"' if shown.due else ""
    return (
        f'<tr id="case-{number}" data-case="{number}">{box}<td><a class="case-link" href="/cases/{number}">{number}</a></td>'
        f'<td>{_state(line.state, chosen)}</td><td><span class="badge clock-{shown.tone}"{due}>{escape(shown.text)}</span></td>'
        f'<td class="what"><span><b>{escape(line.class_name or _("未定类别"))}</b>{_told(line)}</span></td>'
        f'<td class="unit">{escape(line.unit_name or line.unit_code or "")}</td>'
        f'<td class="when"><span>{escape(ago(line.reported_at))} <small>{_source(line.source, chosen)}</small></span></td></tr>'
    )


def _box(line: CaseLine, choose: str) -> str:
    number = escape(line.case_no)
    return (
        f'<td class="pick"><label class="check"><input type="checkbox" name="case_no" value="{number}">'
        f'<span class="visually-hidden">{choose} {number}</span></label>'
        f'<input type="hidden" name="version_{number}" value="{line.version:d}"></td>'
    )


def _told(line: CaseLine) -> str:
    description = f" {escape(_shortened(line.description, LONGEST_DESCRIPTION))}" if line.description else ""
    address = f" <small>{escape(_shortened(line.address, LONGEST_ADDRESS))}</small>" if line.address else ""
    return description + address


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else do_truncate(current_app.jinja_env, text, longest)


@functools.cache
def _state(state: CaseState, chosen: str) -> str:
    return f'<span class="badge state-{escape(state.value)}">{escape(state.label(chosen))}</span>'


@functools.cache
def _source(source: ReportSource, chosen: str) -> str:
    return str(escape(source.label(chosen)))


def register(app: Flask) -> None:
    """Give templates the rows."""
    app.context_processor(lambda: {"case_rows": case_rows})
