"""District, street office, community, unit grid (区-街-社区-格), with boundary editions."""
