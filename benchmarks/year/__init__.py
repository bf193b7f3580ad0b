"""A year of cases, loaded and asked for."""
