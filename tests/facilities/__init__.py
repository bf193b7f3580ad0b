"""Tests of the room of facilities."""
