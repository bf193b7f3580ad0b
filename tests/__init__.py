"""Tests of gridmgmt; they mirror the package."""
