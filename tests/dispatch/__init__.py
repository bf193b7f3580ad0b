"""Tests of the rules of dispatch."""
