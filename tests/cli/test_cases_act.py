"""A whole case by command: from the file it came in to closing, split and suspended on the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gridmgmt.cases import diagram
from gridmgmt.cli.main import cli
from gridmgmt.db import make_engine, make_session_factory
from tests.cases.loop import open_case


def run(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["cases", *arguments], env={"GRIDMGMT_DATABASE_URL": url})


def act(url: str, case: str, action: str, *more: str) -> Result:
    return run(url, "act", case, action, "--actor", f"by-{action}", "--reason", "理由", *more)


@pytest.fixture
def case_no(toy_url: str) -> str:
    """Return the number of a case an inspector reported."""
    engine = make_engine(toy_url)
    with make_session_factory(engine).begin() as session:
        number = open_case(session).case_no
    engine.dispose()
    return number


def test_a_case_goes_its_way_by_command(toy_url: str, case_no: str) -> None:
    assert run(toy_url, "unit", "U1", "市政所").exit_code == 0
    ways = [("file",), ("dispatch", "--detail", "unit_code=U1"), ("accept", "--unit", "U1"), ("handle", "--unit", "U1"),
            ("confirm_handled",), ("check_passed",), ("close", "--request-id", "q1")]  # fmt: skip
    for action, *more in ways:
        result = act(toy_url, case_no, action, *more)
        assert result.exit_code == 0, result.stderr
    assert "已结案，第 9 步" in act(toy_url, case_no, "close", "--request-id", "q1").stdout
    shown = run(toy_url, "steps", case_no).stdout
    assert [line in shown for line in ("by-dispatch · 理由 · command", '"unit_code": "U1"', "承办单位 U1", "request_appeal")] == [True] * 4


def test_parts_are_given_as_json_and_listed(toy_url: str, case_no: str) -> None:
    act(toy_url, case_no, "file")
    result = act(toy_url, case_no, "split", "--details", json.dumps({"parts": [{"note": "a"}, {"note": "b"}]}))
    assert (f"{case_no}-1" in result.stdout, f"子案 {case_no}-2（待派遣）" in run(toy_url, "steps", case_no).stdout) == (True, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("accept",), "accept is not possible; the last step was"),
        (("file", "--version", "1"), "was changed meanwhile"),
        (("file", "--details", "{"), "is not JSON"),
        (("file", "--details", "[]"), "is not a JSON object"),
        (("file", "--detail", "unit"), "is not KEY=VALUE"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(toy_url: str, case_no: str, arguments: tuple[str, ...], sentence: str) -> None:
    result = act(toy_url, case_no, *arguments, "--lang", "en")
    assert (result.exit_code, sentence in result.stderr) == (2, True), result.stderr


def test_the_pool_says_why_a_case_waits_and_until_when(toy_url: str, case_no: str) -> None:
    act(toy_url, case_no, "file")
    act(toy_url, case_no, "suspend", "--detail", "pool=season", "--detail", "review_on=2199-03-01")
    act(toy_url, case_no, "supervise")
    for more, there in (((), True), (("--pool", "season"), True), (("--pool", "no_owner"), False), (("--due",), False)):
        assert (f"{case_no}  2199-03-01  季节性" in run(toy_url, "pool", *more).stdout) is there
    act(toy_url, case_no, "resume")
    assert case_no not in run(toy_url, "pool").stdout


def test_an_unknown_case_is_said_to_be_unknown(toy_url: str) -> None:
    assert (act(toy_url, "x", "file").exit_code, run(toy_url, "steps", "x").exit_code) == (2, 2)


def test_units_are_stored_once_and_listed_with_where_they_work(toy_url: str) -> None:
    run(toy_url, "unit", "U2", "西街", "--kind", "street_office")
    run(toy_url, "unit", "U2", "西街道", "--kind", "street_office", "--area", "street_office:420100001")
    listed = run(toy_url, "units").stdout
    assert ("西街道" in listed, "420100001" in listed, "共 2 个" in listed) == (True, True, True)  # with the city's own, always there
    assert "is not LEVEL:CODE" in run(toy_url, "unit", "U3", "东", "--area", "east", "--lang", "en").stderr


def test_the_table_is_printed_and_written_between_the_markers(toy_url: str, tmp_path: Path) -> None:
    assert run(toy_url, "workflow", "--mermaid").stdout == diagram.mermaid() + "\n"
    assert run(toy_url, "workflow", "--table").stdout == diagram.markdown() + "\n"
    document = tmp_path / "d.md"
    document.write_text("no markers", encoding="utf-8")
    assert run(toy_url, "workflow", "--into", str(document)).exit_code == 2
    document.write_text(f"before\n{diagram.BEGIN}\nold\n{diagram.END}\nafter\n", encoding="utf-8")
    run(toy_url, "workflow", "--into", str(document))
    written = document.read_text(encoding="utf-8")
    assert ("old" in written, diagram.mermaid() in written, written.endswith("after\n")) == (False, True, True)
