"""Whole ways through the product, by several people and several processes."""
