"""Tests of the room patrol."""
