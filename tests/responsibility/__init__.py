"""Tests of gridmgmt.responsibility."""
