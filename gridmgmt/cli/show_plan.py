"""What an import would do, as tables on the screen; Chinese characters take two columns and stay aligned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gridmgmt.cli.language import label, language, say, sentence, tr
from gridmgmt.errors import SourceError
from gridmgmt.hierarchy.diff import Difference
from gridmgmt.hierarchy.model import AreaChange, ChangeKind
from gridmgmt.ingest.corrections import Correction
from gridmgmt.ingest.diff import SegmentChange, SegmentDifference
from gridmgmt.ingest.fault_report import write_fault_report
from gridmgmt.ingest.layer import Fault, FaultKind
from gridmgmt.ingest.severity import judge
from gridmgmt.labels import in_language

MOST_FAULTS, MOST_CHANGES = 10, 20
NARROW = 140  # columns when nobody looks at a terminal (a file, a pipe)


def console() -> Console:
    """Return a console that never reads markup in what a file says."""
    screen = Console(markup=False, highlight=False, emoji=False)
    return screen if screen.is_terminal else Console(markup=False, highlight=False, emoji=False, width=NARROW)


def show_notes(notes: Iterable[str]) -> None:
    """Print what was noticed, a line each."""
    for note in notes:
        click.echo(f"· {in_language(note, language())}")


def show_corrections(corrections: Iterable[Correction]) -> None:
    """Print the corrections that were applied."""
    for entry in corrections:
        change = f"{entry.key} {entry.field} {entry.old_value or '-'} → {entry.new_value or '-'} ({entry.reason})"
        say(f"· 已勘误：{change}", f"· corrected: {change}")


def say_dry_run() -> None:
    """Say that nothing was written."""
    say("试运行，未写入；加 --commit 写入", "dry run: nothing written; add --commit")


def say_unchanged() -> None:
    """Say that there was nothing to write."""
    say("无变化，未写入", "no change, nothing written")


def show_faults(faults: Sequence[Fault], accepted: Iterable[FaultKind]) -> bool:
    """Print the faults by kind, the first few of each; return whether any still blocks."""
    verdict = judge(faults, frozenset(accepted))
    if not faults:
        say("检查通过，未发现问题", "checks passed, no faults")
        return False
    table = _table(tr("问题", "faults"), *tr("要素 编码 种类 性质 原因", "feature code kind standing reason").split())
    for kind in FaultKind:
        same = [fault for fault in faults if fault.kind is kind]
        for fault in same[:MOST_FAULTS]:
            standing = _standing(fault, kind in verdict.accepted)
            table.add_row(
                *_cells(
                    str(fault.feature) if fault.feature else "-",
                    fault.code or "-",
                    _label(kind),
                    standing,
                    in_language(fault.reason, language()),
                )
            )
        if len(same) > MOST_FAULTS:
            more = len(same) - MOST_FAULTS
            table.add_row(*_cells("…", "", _label(kind), "", tr(f"另有 {more} 处，见报告", f"and {more} more, see the report")))
    console().print(table)
    for title, counts in (
        (tr("阻止提交", "blocking"), verdict.blocking),
        (tr("已接受", "accepted"), verdict.accepted),
        (tr("提示", "warnings"), verdict.warnings),
    ):
        if counts:
            click.echo(f"{title}: " + ", ".join(f"{_label(kind)} {count}" for kind, count in counts.items()))
    return bool(verdict.blocking)


def show_report(faults: Sequence[Fault], source: Path, folder: Path | None, *, srid: int) -> None:
    """Write the fault report and say where; a source's folder that cannot be written to is said, not fatal."""
    stem = source.name.split(".")[0]
    try:
        written = write_fault_report(faults, folder or source.parent, stem, srid=srid)
    except SourceError as error:
        if folder is not None:
            raise
        click.echo(f"· {sentence(error)}")
        return
    for path in written:
        say(f"报告：{path}", f"report: {path}")


def show_differences(differences: Iterable[Difference]) -> None:
    """Print what changes at each level."""
    for difference in differences:
        _say_counts(label(difference.level), difference.count_kinds(), difference.unchanged)
        _show_changes(
            tr(f"{difference.level.zh}变更", f"{difference.level.en}: changes"), [_area_line(change) for change in difference.changes]
        )


def show_segment_difference(difference: SegmentDifference) -> None:
    """Print what changes among road segments."""
    _say_counts(tr("路段", "Road segments"), difference.count_kinds(), difference.unchanged)
    _show_changes(tr("路段变更", "Road segments: changes"), [_segment_line(change) for change in difference.changes])


def _say_counts(what: str, kinds: Mapping[ChangeKind, int], unchanged: int) -> None:
    zh = "，".join(f"{kind.zh} {count}" for kind, count in kinds.items())
    en = ", ".join(f"{kind.en.lower()} {count}" for kind, count in kinds.items())
    say(f"{what}：{zh or '无变化'}；不变 {unchanged}", f"{what}: {en or 'no change'}; unchanged {unchanged}")


def _show_changes(title: str, lines: Sequence[tuple[str, ...]]) -> None:
    if not lines:
        return
    table = _table(title, *tr("变更 原编码 新编码 面积 说明", "change old new area detail").split())
    for kind in ChangeKind:
        same = [line for line in lines if line[0] == _change_label(kind)]
        for line in same[:MOST_CHANGES]:
            table.add_row(*_cells(*line))
        if len(same) > MOST_CHANGES:
            more = len(same) - MOST_CHANGES
            table.add_row(*_cells(_change_label(kind), "…", "…", "", tr(f"另有 {more} 项", f"and {more} more")))
    console().print(table)


def _change_label(kind: ChangeKind) -> str:
    return label(kind)


def _area_line(change: AreaChange) -> tuple[str, ...]:
    percent = f"{change.area_change_percent:+.2f} %" if change.area_change_percent is not None else ""
    return _change_label(change.kind), change.old_code or "-", change.new_code or "-", percent, in_language(change.detail, language())


def _segment_line(change: SegmentChange) -> tuple[str, ...]:
    return _change_label(change.kind), change.old_code or "-", change.new_code or "-", "", in_language(change.detail, language())


def _table(title: str, *headers: str) -> Table:
    table = Table(title=title, title_justify="left")
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def _cells(*values: str) -> list[Text]:
    return [Text("".join(letter if letter.isprintable() else "?" for letter in value)) for value in values]


def _label(kind: FaultKind) -> str:
    return f"{label(kind)} {kind.value}"


def _standing(fault: Fault, accepted: bool) -> str:
    if not fault.blocking:
        return tr("提示", "warning")
    return tr("已接受", "accepted") if accepted else tr("阻止", "blocking")
