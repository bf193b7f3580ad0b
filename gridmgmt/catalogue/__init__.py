"""Components and matters (部件, 事项), versioned by standard."""
