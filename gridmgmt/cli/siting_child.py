"""The process that computes a job: reads the question, tells where it stands a line at a time, ends with the answer.

It writes nothing to the database. A line on its standard input, or the end of it (the supervisor died), asks it to stop; the end stops it at
once, a line lets it answer with the best so far.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from typing import IO

import click

from gridmgmt.cli.session import transaction
from gridmgmt.errors import GridError
from gridmgmt.siting import scenario_store
from gridmgmt.siting.answer import answer
from gridmgmt.siting.keep_plan import gather
from gridmgmt.siting.scenario import CurvePoint

TELL_S = 0.5
STDIN, STDOUT, STDERR = 0, 1, 2


@click.command("compute", hidden=True)
@click.argument("scenario_id", type=int)
@click.option("--start", help="Candidate positions to begin with, by comma.")
def compute_command(scenario_id: int, start: str | None) -> None:
    """Compute a scenario for the process that started this one."""
    stop, voice = threading.Event(), _own_voice()
    threading.Thread(target=_listen, args=(stop,), daemon=True).start()
    try:
        with transaction() as session:
            material = gather(session, scenario_store.get_scenario(session, scenario_id))
        begin = [int(part) for part in start.split(",")] if start else None
        found = answer(material.question, material.network, on_step=_Teller(voice).tell, cancel=stop.is_set, start=begin)
    except GridError as error:
        voice.say({"error": str(error), "zh": error.zh, "code": error.code})
        return
    voice.say({"answer": dataclasses.asdict(found)})


@dataclasses.dataclass(frozen=True)
class _Voice:
    """What the supervisor hears, a JSON object a line."""

    stream: IO[str]

    def say(self, line: object) -> None:
        self.stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.stream.flush()


@dataclasses.dataclass
class _Teller:
    """Tells at most twice a second, a better choice with its positions, and nothing twice."""

    voice: _Voice
    told_at: float = 0.0
    selected: Sequence[int] = ()

    def tell(self, point: CurvePoint, selected: tuple[int, ...]) -> None:
        now = time.monotonic()
        if now - self.told_at < TELL_S:
            return
        line: dict[str, object] = {"point": [point.seconds, point.value, point.bound]}
        if selected and selected != self.selected:
            line["selected"] = selected
        self.told_at, self.selected = now, selected
        self.voice.say(line)


def _own_voice() -> _Voice:
    """Take the standard output for ourselves: what a solver's library prints goes to the standard error."""
    sys.stdout.flush()
    own = os.dup(STDOUT)
    os.dup2(STDERR, STDOUT)
    return _Voice(os.fdopen(own, "w", encoding="utf-8"))


def _listen(stop: threading.Event) -> None:
    while os.read(STDIN, 64):  # not sys.stdin, whose lock this thread would hold when the process ends
        stop.set()
    os._exit(3)  # nobody is there to hear the answer
