"""Tests of gridmgmt.cli."""
