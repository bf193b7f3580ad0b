"""综合评价: how the city stands now, how it went day by day and month by month."""
