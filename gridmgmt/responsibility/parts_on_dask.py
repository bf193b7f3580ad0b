"""Parts of Parquet answered by the workers of a Dask cluster."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from gridmgmt.responsibility.bulk_parts import Done, Part, answer_part
from gridmgmt.responsibility.bulk_table import Known, Reading
from gridmgmt.responsibility.on_dask import spread
from gridmgmt.responsibility.point_index import PointIndex

INDEX = "index"


def answer_parts(scheduler: str, parts: Iterable[Part], reading: Reading, index_file: Path, known: Known) -> Iterator[Done]:
    """Yield every part once it is written, in order; raise NotReadyError where no scheduler answers."""
    return spread(scheduler, Answering(reading, known), {INDEX: index_file}, parts)


@dataclasses.dataclass(frozen=True)
class Answering:
    """Kit of ``answer_part``; one thread, for the worker gives its other threads other parts."""

    reading: Reading
    known: Known

    def open(self, files: Mapping[str, Path], /) -> Callable[[Part], Done]:
        """Open the index, compiled by one answer."""
        index = PointIndex.open(files[INDEX])
        index.assign([0.0], [0.0], threads=1)
        return lambda part: answer_part(part, self.reading, index, self.known, threads=1)
