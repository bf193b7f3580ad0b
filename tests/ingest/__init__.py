"""Tests of gridmgmt.ingest."""
