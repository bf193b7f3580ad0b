"""The operator's door; the only room that uses click."""
