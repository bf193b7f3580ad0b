"""gridmgmt: urban grid management; every incident finds its unit grid and its road chief."""

__version__ = "0.1.0"
