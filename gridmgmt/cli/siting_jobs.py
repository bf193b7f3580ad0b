"""Jobs of siting: a supervisor holds the lease, keeps what the computing process tells, and takes a job up again when that one dies."""

from __future__ import annotations

import dataclasses
import datetime
import json
import logging
import queue
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

from sqlalchemy.orm import Session, sessionmaker

from gridmgmt.errors import GridError
from gridmgmt.siting import job_store, scenario_store
from gridmgmt.siting.answer import Answer
from gridmgmt.siting.keep_plan import gather, keep
from gridmgmt.siting.scenario import CurvePoint, Job, JobState
from gridmgmt.siting.scenario_settings import Problem

BEAT_S = 1.0
LEASE = datetime.timedelta(seconds=30)
LONG_LEASE = datetime.timedelta(minutes=15)  # while a finished plan is checked and stored
PATIENCE_S = 60.0  # for a computing process that was asked to stop
MOST_ATTEMPTS = 5
MOST_POINTS = 600  # of the curve that are kept

log = logging.getLogger("gridmgmt.worker")
OnPoint = Callable[[CurvePoint], None]


@dataclasses.dataclass
class Running:
    """A job in hand: its lease, the process, and what it told so far."""

    job: Job
    key: str
    process: subprocess.Popen[str]
    lines: queue.Queue[str | None]
    offset_s: float
    progress: list[CurvePoint]
    selected: Sequence[int] | None = None
    outcome: Mapping[str, Any] | None = None
    stop_asked_at: float | None = None
    over: bool = False


@dataclasses.dataclass(frozen=True)
class Jobs:
    """Takes jobs that wait, or that somebody left, and sees them through; ``environ`` is that of the computing processes.

    Once ``stop`` is set, the job in hand is given back with its best choice so far.
    """

    sessions: sessionmaker[Session]
    environ: Mapping[str, str]
    stop: threading.Event

    def run(self, number: int, on_point: OnPoint | None = None) -> Job | None:
        """See a job through; return it as it stands then, None when somebody else has it."""
        key = uuid.uuid4().hex
        with self.sessions.begin() as session:
            taken = job_store.take(session, number, key=key, now=_now(), lease=LEASE)
        if taken is None:
            return None
        job, saved = taken
        if job.attempts > MOST_ATTEMPTS:
            words = f"the computing process died {job.attempts - 1} times"
            return self._finish(number, key, JobState.FAILED, words, f"计算进程异常中止 {job.attempts - 1} 次")
        running = self._start(job, key, saved)
        try:
            self._see_through(running, on_point)
            _end(running.process)
            return self._conclude(running)
        except Exception:  # a fault of ours must not keep the job until its lease runs out
            _end(running.process)
            with self.sessions.begin() as session:
                job_store.release(session, number, key=key, counted=True)
            raise

    def _start(self, job: Job, key: str, saved: Mapping[str, Any] | None) -> Running:
        command = [sys.executable, "-m", "gridmgmt", "siting", "compute", str(job.scenario_id)]
        if saved and saved.get("selected"):
            command += ["--start", ",".join(map(str, saved["selected"]))]
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=dict(self.environ),
            start_new_session=True,
        )
        lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=_read, args=(process.stdout, lines), daemon=True).start()
        return Running(job, key, process, lines, job.seconds, list(job.progress), (saved or {}).get("selected"))

    def _see_through(self, running: Running, on_point: OnPoint | None) -> None:
        """Keep what the process tells, a beat a second, until it ends or the lease is lost."""
        while not running.over:
            self._listen(running, on_point)
            if self._beat(running) is None:  # somebody else thought us dead and has the job
                log.warning("siting job %d was taken over", running.job.id)
                running.outcome, running.over = None, True
            elif running.stop_asked_at is not None and time.monotonic() - running.stop_asked_at > PATIENCE_S:
                running.over = True

    def _listen(self, running: Running, on_point: OnPoint | None) -> None:
        until = time.monotonic() + BEAT_S
        while (left := until - time.monotonic()) > 0 and not running.over:
            try:
                line = running.lines.get(timeout=left)
            except queue.Empty:
                return
            if line is None:
                running.over = True
                return
            _take_in(running, json.loads(line), on_point)

    def _beat(self, running: Running) -> bool | None:
        saved = None if running.selected is None else {"selected": list(running.selected)}
        seconds = running.progress[-1].seconds if running.progress else running.offset_s
        with self.sessions.begin() as session:
            stop = job_store.beat(
                session,
                running.job.id,
                key=running.key,
                until=_now() + LEASE,
                seconds=seconds,
                progress=_thinned(running.progress),
                saved=saved,
            )
        if (stop or self.stop.is_set()) and running.stop_asked_at is None:
            running.stop_asked_at = time.monotonic()
            _ask_to_stop(running.process)
        return stop

    def _conclude(self, running: Running) -> Job | None:
        number, key, told = running.job.id, running.key, running.outcome
        with self.sessions() as session:
            cancelled = job_store.get_job(session, number).cancel_asked
        if (told is None and not cancelled) or (self.stop.is_set() and not cancelled):  # killed, or we are told to go: the next goes on
            with self.sessions.begin() as session:
                job_store.release(session, number, key=key, counted=told is None and not self.stop.is_set())
            return None
        if told is None:
            return self._finish(number, key, JobState.CANCELLED, "cancelled before there was a plan", "取消时尚无结果")
        if "error" in told:
            return self._finish(number, key, JobState.FAILED, str(told["error"]), str(told["zh"]))
        try:
            return self._keep(running, _answer(told["answer"]), JobState.CANCELLED if cancelled else JobState.DONE)
        except GridError as error:
            return self._finish(number, key, JobState.FAILED, str(error), error.zh)

    def _keep(self, running: Running, found: Answer, state: JobState) -> Job | None:
        """Store the plan and end the job in one transaction; nothing when the lease was lost meanwhile."""
        number, key = running.job.id, running.key
        found = dataclasses.replace(found, seconds=found.seconds + running.offset_s)
        with self.sessions.begin() as session:  # checking takes its time
            job_store.beat(
                session, number, key=key, until=_now() + LONG_LEASE, seconds=found.seconds, progress=running.progress, saved=None
            )
        with self.sessions.begin() as session:
            material = gather(session, scenario_store.get_scenario(session, running.job.scenario_id))
            plan = keep(session, material, found, job_id=number, at=_now(), by=running.job.asked_by)
            if job_store.finish(session, number, key=key, state=state, at=_now(), plan_id=plan.id):
                return job_store.get_job(session, number)
            session.rollback()
            return None

    def _finish(self, number: int, key: str, state: JobState, words: str, zh: str) -> Job:
        with self.sessions.begin() as session:
            job_store.finish(session, number, key=key, state=state, at=_now(), words=words, words_zh=zh)
            return job_store.get_job(session, number)


def _take_in(running: Running, told: Mapping[str, Any], on_point: OnPoint | None) -> None:
    if "point" in told:
        seconds, value, bound = told["point"]
        running.progress.append(CurvePoint(seconds + running.offset_s, value, bound))
        running.selected = told.get("selected", running.selected)
        if on_point is not None:
            on_point(running.progress[-1])
    else:
        running.outcome = told


def _answer(told: Mapping[str, Any]) -> Answer:
    return Answer(**{**told, "problem": Problem(told["problem"]), "selected": tuple(told["selected"])})


def _thinned(progress: list[CurvePoint]) -> list[CurvePoint]:
    """Leave every other point of the first half out when there are too many; the newest stay."""
    while len(progress) > MOST_POINTS:
        half = len(progress) // 2
        progress[:half] = progress[:half:2]
    return progress


def _read(stream: IO[str] | None, lines: queue.Queue[str | None]) -> None:
    for line in stream or ():
        lines.put(line)
    lines.put(None)


def _ask_to_stop(process: subprocess.Popen[str]) -> None:
    try:
        if process.stdin is not None:
            process.stdin.write("stop\n")
            process.stdin.flush()
    except OSError:  # it is gone already
        return


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
