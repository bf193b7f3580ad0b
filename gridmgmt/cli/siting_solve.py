"""``gridmgmt siting new | scenarios | solve | jobs``: ask, and have it computed here or by the worker."""

from __future__ import annotations

import contextlib
import datetime
import getpass
import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from gridmgmt.cli import session as door
from gridmgmt.cli.language import label, say, tr
from gridmgmt.cli.session import transaction
from gridmgmt.cli.show_plan import console
from gridmgmt.cli.siting_jobs import Jobs
from gridmgmt.cli.siting_plans import show_plan
from gridmgmt.db import make_engine, make_session_factory
from gridmgmt.errors import InvalidInputError
from gridmgmt.siting import job_store, scenario_store, set_store
from gridmgmt.siting.first_settings import first_settings, share_by_year
from gridmgmt.siting.fits import refuse_what_does_not_fit
from gridmgmt.siting.scenario import CurvePoint, Job, JobState, Scenario
from gridmgmt.siting.scenario_settings import DistanceKind, Problem, StandingKind, read_settings

STDIN = 0


@click.command("new")
@click.argument("name")
@click.option("--set", "set_id", type=int, required=True, help="The prepared set.")
@click.option("--problem", type=click.Choice([one.value for one in Problem]), help="The question; by the kind of facility otherwise.")
@click.option("--radius", "radius_m", type=float, help="Metres; the kind's rule otherwise.")
@click.option("--sites", type=int, help="How many; what the programme still lacks otherwise.")
@click.option("--by-year", is_flag=True, help="Share the sites out by the programme's years.")
@click.option("--distance", type=click.Choice([one.value for one in DistanceKind]), help="How distances are measured.")
@click.option("--standing", type=click.Choice([one.value for one in StandingKind]), help="Which standing facilities serve already.")
@click.option(
    "--quota", "quotas", multiple=True, metavar="CODE=LEAST..MOST", help="Sites in a district or street office; either end may be left out."
)
@click.option("--spacing", "spacing_m", type=float, help="Metres between new sites.")
@click.option("--forced", multiple=True, metavar="CODE", help="A candidate that must be chosen.")
@click.option("--forbidden", multiple=True, metavar="CODE", help="A candidate that must not be chosen.")
@click.option("--time-limit", "time_limit_s", type=float, help="Seconds of computing.")
@click.option("--seed", type=int, help="The same seed searches the same way.")
@click.option(
    "--settings", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON file of settings; options overrule it."
)
def new_command(*, name: str, set_id: int, by_year: bool, quotas: tuple[str, ...], file: Path | None, **said: Any) -> None:  # noqa: ANN401 - settings by name
    """Store a scenario NAME: a question to a prepared set."""
    given = {field: value for field, value in said.items() if value is not None and value != ()}
    with transaction() as session:
        prepared = set_store.get_set(session, set_id)
        values = first_settings(prepared) | (_read_json(file) if file else {}) | given
        if quotas:
            values["quotas"] = [_quota(entry) for entry in quotas]
        if by_year:
            values["years"] = share_by_year(prepared.summary["years"], int(values["sites"]))
        settings = read_settings(values)
        refuse_what_does_not_fit(session, set_id, settings)
        scenario = Scenario(0, name, prepared.kind, set_id, settings, _now(), getpass.getuser())
        scenario = scenario_store.add_scenario(session, scenario)
    asked = scenario.settings
    say(
        f"方案 {scenario.id}：{name}，{asked.problem.zh}，{asked.radius_m:g} m（{asked.distance.zh}），{asked.sites} 处",
        f"scenario {scenario.id}: {name}, {asked.problem.en}, {asked.radius_m:g} m ({asked.distance.en}), {asked.sites} sites",
    )


@click.command("scenarios")
def scenarios_command() -> None:
    """List the scenarios, newest first."""
    with transaction() as session:
        found = scenario_store.list_scenarios(session)
    table = Table(
        *tr("编号 类别 名称 问题 半径 点数 数据集 编制人", "id kind name problem radius sites set by").split(), box=None, pad_edge=False
    )
    for one in found:
        asked = one.settings
        table.add_row(
            str(one.id),
            label(one.kind),
            one.name,
            label(asked.problem),
            f"{asked.radius_m:g} m",
            str(asked.sites),
            str(one.set_id),
            one.made_by,
        )
    console().print(table)


@click.command("solve")
@click.argument("scenario_id", type=int)
@click.option("--queue", is_flag=True, help="Leave it to the worker.")
@click.pass_context
def solve_command(ctx: click.Context, /, scenario_id: int, *, queue: bool) -> None:
    """Solve a scenario here and show the plan; it takes up a job that was left, and goes on from the best choice of an earlier one."""
    with transaction() as session:
        scenario_store.get_scenario(session, scenario_id)
        job = job_store.find_left(session, scenario_id, now=_now())
        if job is None:
            saved = job_store.find_saved(session, scenario_id)
            job = job_store.add_job(session, scenario_id, at=_now(), by=getpass.getuser(), saved=saved)
    say(f"任务 {job.id}", f"job {job.id}")
    if queue:
        return
    with _told_to_stop() as stop:
        done = run_here(job.id, stop)
    if done is None or done.plan_id is None:
        words, zh = (done.words, done.words_zh) if done else ("the worker has it", "任务已由后台执行")
        say(f"没有结果：{zh}", f"no plan: {words}", err=True)
        ctx.exit(1)
    with transaction() as session:
        show_plan(session, done.plan_id)


@click.command("jobs")
@click.option("--cancel", type=int, metavar="JOB", help="Ask a job to stop; its best plan so far is kept.")
def jobs_command(*, cancel: int | None) -> None:
    """List the jobs, newest first, with best value and bound so far."""
    with transaction() as session:
        if cancel is not None:
            job_store.ask_to_cancel(session, cancel, at=_now())
        found = job_store.list_jobs(session)
    table = Table(
        *tr("任务 方案 状态 用时 当前值 上界 结果 说明", "job scenario state seconds value bound plan words").split(),
        box=None,
        pad_edge=False,
    )
    for one in found:
        last = one.progress[-1] if one.progress else CurvePoint(0.0, 0.0, None)
        bound = "—" if last.bound is None else f"{last.bound:,.0f}"
        row = (str(one.id), str(one.scenario_id), label(one.state), f"{one.seconds:.0f}", f"{last.value:,.0f}", bound)
        table.add_row(*row, str(one.plan_id or "—"), tr(one.words_zh, one.words))
    console().print(table)


@click.command("run", hidden=True)
@click.argument("job_id", type=int)
def run_command(job_id: int) -> None:
    """See a job through for the worker that started this process; the end of the standard input hands it back."""
    with _told_to_stop() as stop:
        threading.Thread(target=_wait_for_end, args=(stop,), daemon=True).start()
        run_here(job_id, stop)


def run_here(number: int, stop: threading.Event) -> Job | None:
    """See a job through in this process, up to its last attempt; once ``stop`` is set it waits for another worker."""
    settings = door.settings()
    engine = make_engine(settings.database_url, parallel=False)
    environ = {**os.environ, "GRIDMGMT_DATABASE_URL": settings.database_url, "GRIDMGMT_VAR_DIR": str(door.var_dir())}
    jobs = Jobs(make_session_factory(engine), environ, stop)
    try:
        while True:
            done = jobs.run(number, _show_point)
            with jobs.sessions() as session:
                job = job_store.get_job(session, number)
            if done is not None or stop.is_set() or job.state is not JobState.WAITING:
                return done
    finally:
        engine.dispose()


@contextlib.contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """Let Ctrl+C and SIGTERM set an event while a job is in hand."""
    stop = threading.Event()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda *_: stop.set()) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _wait_for_end(stop: threading.Event) -> None:
    while os.read(STDIN, 64):  # not sys.stdin, whose lock a thread would hold when the process ends
        pass
    stop.set()


def _quota(entry: str) -> dict[str, Any]:
    code, _, span = entry.partition("=")
    least, dots, most = span.partition("..")
    if not (code and dots):
        raise InvalidInputError("quota", f"{entry!r} is not CODE=LEAST..MOST", zh=f"{entry!r} 应写作 编码=下限..上限")
    return {"code": code, "least": least or None, "most": most or None}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidInputError("settings", f"{path.name}: {error}", zh=f"{path.name} 不是有效的 JSON") from None
    if not isinstance(values, dict):
        raise InvalidInputError("settings", f"{path.name} holds no object", zh=f"{path.name} 应为 JSON 对象")
    return values


def _show_point(point: CurvePoint) -> None:
    bound = "" if point.bound is None else tr(f"，界 {point.bound:,.0f}", f", bound {point.bound:,.0f}")
    click.echo(tr(f"{point.seconds:7.1f} s  当前值 {point.value:,.0f}{bound}", f"{point.seconds:7.1f} s  value {point.value:,.0f}{bound}"))


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
