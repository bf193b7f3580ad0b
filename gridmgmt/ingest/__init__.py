"""Source files into tables; the only room that uses geopandas and rtree."""
