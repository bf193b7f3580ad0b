"""The demo city: real where it is public, synthesised and flagged where it is not."""
