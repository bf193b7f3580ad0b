"""Tests of the city profile."""
