"""gridmgmt: urban grid management; every incident finds its unit grid and its road chief."""
