"""The bulk engine on the workers of a Dask cluster: the index goes to each worker once, the parts to whoever is free.

Scheduler and workers run Python with gridmgmt installed and reach the files of the parts by the same paths. A worker that dies costs the parts
it had in hand; another one does them again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

from distributed import Client, Worker, WorkerPlugin, as_completed, get_worker

from gridmgmt.errors import NotReadyError
from gridmgmt.responsibility.bulk_parts import Done, Part, answer_part
from gridmgmt.responsibility.bulk_table import Known, Reading
from gridmgmt.responsibility.point_index import PointIndex

CONNECT_S = 10
RETRIES = 3  # of a part whose worker died or whose disk failed for a moment


class IndexPlugin(WorkerPlugin):
    """The index and what its answers name, at every worker; processes of one machine share one file of it, and so its memory."""

    def __init__(self, content: bytes, known: Known) -> None:
        """Take the bytes of an index file."""
        self.name = f"gridmgmt-{hashlib.blake2b(content, digest_size=8).hexdigest()}"
        self._content: bytes | None = content
        self.known = known
        self.index: PointIndex | None = None

    def setup(self, worker: Worker) -> None:
        """Keep the file beside the worker's own folder, open it and answer one point, so that everything is compiled before the first part."""
        path = Path(worker.local_directory).parent / f"{self.name}.index"
        if self._content is not None and not path.exists():
            draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
            draft.write_bytes(self._content)
            draft.replace(path)
        self.index, self._content = PointIndex.open(path), None
        self.index.assign([0.0], [0.0], threads=1)


def answer_parts(scheduler: str, parts: Sequence[Part], reading: Reading, index_file: Path, known: Known) -> Iterator[Done]:
    """Yield every part once it is written, in the order in which they become so; raise NotReadyError where no scheduler answers."""
    try:
        client = Client(scheduler, timeout=CONNECT_S, set_as_default=False)
    except OSError as error:
        raise NotReadyError(f"no Dask scheduler answers at {scheduler}", zh=f"{scheduler} 没有 Dask 调度器应答") from error
    with client:
        plugin = IndexPlugin(index_file.read_bytes(), known)
        client.register_plugin(plugin)
        tasks = [_Task(part, reading, plugin.name) for part in parts]
        for future in as_completed(client.map(_answer, tasks, pure=False, retries=RETRIES), loop=client.loop):
            yield future.result()
        client.unregister_worker_plugin(plugin.name)


@dataclasses.dataclass(frozen=True)
class _Task:
    part: Part
    reading: Reading
    plugin: str


def _answer(task: _Task) -> Done:
    """Run at a worker; one thread, for the worker gives its other threads other parts."""
    plugin = get_worker().plugins[task.plugin]
    if not isinstance(plugin, IndexPlugin) or plugin.index is None:
        message = "the worker has no index"
        raise TypeError(message)
    return answer_part(task.part, task.reading, plugin.index, plugin.known, threads=1)
