"""What an import would do, as tables on the screen; Chinese characters take two columns and stay aligned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gridmgmt.errors import SourceError
from gridmgmt.hierarchy.diff import Difference
from gridmgmt.hierarchy.model import AreaChange, ChangeKind
from gridmgmt.ingest.diff import SegmentChange, SegmentDifference
from gridmgmt.ingest.fault_report import write_fault_report
from gridmgmt.ingest.layer import Fault, FaultKind
from gridmgmt.ingest.severity import judge

MOST_FAULTS, MOST_CHANGES = 10, 20
NARROW = 140  # columns when nobody looks at a terminal (a file, a pipe)


def console() -> Console:
    """Return a console that never reads markup in what a file says."""
    screen = Console(markup=False, highlight=False, emoji=False)
    return screen if screen.is_terminal else Console(markup=False, highlight=False, emoji=False, width=NARROW)


def show_notes(notes: Iterable[str]) -> None:
    """Print what was noticed, a line each."""
    for note in notes:
        click.echo(f"· {note}")


def show_faults(faults: Sequence[Fault], accepted: Iterable[FaultKind]) -> bool:
    """Print the faults by kind, the first few of each; return whether any still blocks."""
    verdict = judge(faults, frozenset(accepted))
    if not faults:
        click.echo("检查通过,未发现问题 (checks passed, no faults)")
        return False
    table = _table("问题 faults", "要素 feature", "编码 code", "种类 kind", "", "原因 reason")
    for kind in FaultKind:
        same = [fault for fault in faults if fault.kind is kind]
        for fault in same[:MOST_FAULTS]:
            standing = _standing(fault, kind in verdict.accepted)
            table.add_row(*_cells(str(fault.feature) if fault.feature else "-", fault.code or "-", _label(kind), standing, fault.reason))
        if len(same) > MOST_FAULTS:
            table.add_row(
                *_cells(
                    "…",
                    "",
                    _label(kind),
                    "",
                    f"另有 {len(same) - MOST_FAULTS} 处,见报告 (and {len(same) - MOST_FAULTS} more, see the report)",
                )
            )
    console().print(table)
    for title, counts in (
        ("阻止提交 blocking", verdict.blocking),
        ("已接受 accepted", verdict.accepted),
        ("提示 warnings", verdict.warnings),
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
        click.echo(f"· {error.zh} ({error})")
        return
    for path in written:
        click.echo(f"报告 report: {path}")


def show_differences(differences: Iterable[Difference]) -> None:
    """Print what changes at each level."""
    for difference in differences:
        counts = ", ".join(f"{kind.zh} {kind.en.lower()} {count}" for kind, count in difference.count_kinds().items())
        click.echo(f"{difference.level.zh} {difference.level.en}: {counts or '无变化 no change'}; 不变 unchanged {difference.unchanged}")
        _show_changes(f"{difference.level.zh}变更 changes", [_area_line(change) for change in difference.changes])


def show_segment_difference(difference: SegmentDifference) -> None:
    """Print what changes among road segments."""
    counts = ", ".join(f"{kind.zh} {kind.en.lower()} {count}" for kind, count in difference.count_kinds().items())
    click.echo(f"路段 road segments: {counts or '无变化 no change'}; 不变 unchanged {difference.unchanged}")
    _show_changes("路段变更 changes", [_segment_line(change) for change in difference.changes])


def _show_changes(title: str, lines: Sequence[tuple[str, ...]]) -> None:
    if not lines:
        return
    table = _table(title, "变更 change", "原编码 old", "新编码 new", "面积 area", "说明 detail")
    for kind in ChangeKind:
        same = [line for line in lines if line[0] == _change_label(kind)]
        for line in same[:MOST_CHANGES]:
            table.add_row(*_cells(*line))
        if len(same) > MOST_CHANGES:
            more = len(same) - MOST_CHANGES
            table.add_row(*_cells(_change_label(kind), "…", "…", "", f"另有 {more} 项 (and {more} more)"))
    console().print(table)


def _change_label(kind: ChangeKind) -> str:
    return f"{kind.zh} {kind.value}"


def _area_line(change: AreaChange) -> tuple[str, ...]:
    percent = f"{change.area_change_percent:+.2f} %" if change.area_change_percent is not None else ""
    return _change_label(change.kind), change.old_code or "-", change.new_code or "-", percent, change.detail


def _segment_line(change: SegmentChange) -> tuple[str, ...]:
    return _change_label(change.kind), change.old_code or "-", change.new_code or "-", "", change.detail


def _table(title: str, *headers: str) -> Table:
    table = Table(title=title, title_justify="left")
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def _cells(*values: str) -> list[Text]:
    return [Text("".join(letter if letter.isprintable() else "?" for letter in value)) for value in values]


def _label(kind: FaultKind) -> str:
    return f"{kind.zh} {kind.value}"


def _standing(fault: Fault, accepted: bool) -> str:
    if not fault.blocking:
        return "提示 warning"
    return "已接受 accepted" if accepted else "阻止 blocking"
