"""Tests of the empty maps."""
