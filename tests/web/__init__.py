"""Tests of the pages and the JSON interface, without a browser."""
