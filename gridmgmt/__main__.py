"""``python -m gridmgmt``: the same as the command ``gridmgmt``."""

from gridmgmt.cli.main import cli

cli(prog_name="gridmgmt")
