"""Parquet cut into slices: together they are the whole, none is larger than asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gridmgmt.errors import SourceError
from gridmgmt.responsibility.parquet_slices import cut, list_files, read_slice


@pytest.mark.parametrize("group", [1, 7, 100, 1_000])
@pytest.mark.parametrize("rows", [1, 10, 99, 100, 5_000])
def test_slices_in_their_order_are_the_whole(tmp_path: Path, group: int, rows: int) -> None:
    chance = np.random.default_rng(group)
    table = pa.table({"no": np.arange(250), "text": pa.array([f"第{n}行" for n in chance.integers(0, 9, 250)]).dictionary_encode()})
    (tmp_path / "in").mkdir()
    pq.write_table(table[:150], tmp_path / "in" / "a.parquet", row_group_size=group)
    pq.write_table(table[150:], tmp_path / "in" / "b.parquet", row_group_size=group)
    (tmp_path / "in" / "readme.txt").write_text("not one of them")
    slices = list(cut(tmp_path / "in", rows))
    assert max(part.rows for part in slices) <= rows
    read = [read_slice(part, threads=False) for part in slices]
    assert [len(part) for part in read] == [part.rows for part in slices]
    assert pa.concat_tables(read).unify_dictionaries().to_pylist() == table.to_pylist()
    assert read_slice(slices[-1], columns=["no"]).column("no")[-1].as_py() == 249


def test_what_is_no_parquet_is_no_file_of_it_and_a_torn_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 and no more")
    assert list_files(tmp_path / "table.csv") == []
    with pytest.raises(SourceError, match=r"torn\.parquet: cannot be read"):
        list(cut(tmp_path, 10))
