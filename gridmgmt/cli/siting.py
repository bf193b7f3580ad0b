"""``gridmgmt siting …``: prepare sets, ask scenarios, solve, check, compare and decide on plans (选址)."""

from __future__ import annotations

import click

from gridmgmt.cli.siting_asked import prepare_asked_command
from gridmgmt.cli.siting_book import access_command, book_command, decisions_command
from gridmgmt.cli.siting_child import compute_command
from gridmgmt.cli.siting_decide import decide_command, export_command
from gridmgmt.cli.siting_plans import check_command, compare_command, plans_command, show_command
from gridmgmt.cli.siting_prepare import prepare_command, sets_command
from gridmgmt.cli.siting_solve import jobs_command, new_command, run_command, scenarios_command, solve_command


@click.group()
def siting() -> None:
    """Where new facilities serve most: toilets, transfer stations, collection houses, with a proven bound (选址)."""


for command in (
    prepare_command, sets_command, new_command, scenarios_command, solve_command, jobs_command, plans_command, show_command, check_command,
    compare_command, decide_command, export_command, compute_command, run_command, book_command,
    decisions_command, access_command, prepare_asked_command,
):  # fmt: skip
    siting.add_command(command)
