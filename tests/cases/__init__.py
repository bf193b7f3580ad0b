"""Tests of gridmgmt.cases."""
