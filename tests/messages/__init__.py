"""Messages: told once, sent by the worker, whatever dies in between."""
