"""Tests of gridmgmt.siting."""
