"""Tasks done by the workers of a Dask cluster: files go to each worker once, the tasks to whoever is free.

Scheduler and workers run Python with gridmgmt installed and reach the files that tasks name by the same paths. A worker that dies costs the
tasks it had in hand; another one does them again. The scheduler unpacks what it is sent, so tasks travel packed and this file imports
little: it would load the engine first, half a second in which nobody works.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from distributed import Client, Future, Worker, WorkerPlugin, get_worker

from gridmgmt.errors import NotReadyError

CONNECT_S = 10
RETRIES = 3  # of a task whose worker died or whose disk failed for a moment
AHEAD = 2  # tasks a thread of a worker has in hand or done and not yet fetched
Task_contra = TypeVar("Task_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)


class Kit(Protocol[Task_contra, Result_co]):
    """What a worker needs for a kind of task beside files: plain values that can be sent to another machine."""

    def open(self, files: Mapping[str, Path], /) -> Callable[[Task_contra], Result_co]:
        """Open the files, by name, and return the function that does a task; everything it calls should be compiled by then."""
        ...


class KitPlugin(WorkerPlugin):
    """A kit at every worker; processes of one machine share one copy of a file, and so its memory."""

    def __init__(self, kit: Kit[Any, Any], files: Mapping[str, Path]) -> None:
        """Take a kit with its files, by name."""
        self.name = f"gridmgmt-{secrets.token_hex(8)}"
        self.kit = kit
        self._contents = {name: path.read_bytes() for name, path in files.items()}
        self.do: Callable[[Any], Any] | None = None

    def setup(self, worker: Worker) -> None:
        """Keep the files beside the worker's own folder and open them."""
        folder = Path(worker.local_directory).parent
        self.do = self.kit.open({name: _keep(folder, content) for name, content in self._contents.items()})
        self._contents = {}


def spread(scheduler: str, kit: Kit[Any, Any], files: Mapping[str, Path], tasks: Iterable[Any]) -> Iterator[Any]:
    """Yield the results of tasks in their order; so few are under way that nobody's memory fills with what is not fetched yet.

    Raises NotReadyError where no scheduler answers or it has no worker.
    """
    with _client(scheduler) as client:
        plugin = KitPlugin(kit, files)
        client.register_plugin(plugin)
        try:
            waiting: deque[Future[Any]] = deque()
            for task in tasks:
                waiting.append(client.submit(_do, plugin.name, pickle.dumps(task), pure=False, retries=RETRIES))
                if len(waiting) > AHEAD * sum(client.nthreads().values()):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            client.unregister_worker_plugin(plugin.name)


@contextlib.contextmanager
def _client(scheduler: str) -> Iterator[Client]:
    try:
        client = Client(scheduler, timeout=CONNECT_S, set_as_default=False, direct_to_workers=True)
    except OSError as error:
        raise NotReadyError(f"no Dask scheduler answers at {scheduler}", zh=f"{scheduler} 没有 Dask 调度器应答") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECT_S)
        except TimeoutError as error:
            raise NotReadyError(f"the Dask scheduler at {scheduler} has no worker", zh=f"Dask 调度器 {scheduler} 没有工作进程") from error
        yield client


def _keep(folder: Path, content: bytes) -> Path:
    path = folder / f"gridmgmt-{hashlib.blake2b(content, digest_size=8).hexdigest()}.index"
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.write_bytes(content)
        draft.replace(path)
    return path


def _do(plugin: str, packed: bytes) -> object:
    """Run at a worker."""
    found = get_worker().plugins[plugin]
    if not isinstance(found, KitPlugin) or found.do is None:
        message = "the worker has no kit"
        raise TypeError(message)
    return found.do(pickle.loads(packed))  # noqa: S301 - Dask itself trusts what it is sent
