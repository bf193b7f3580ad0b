"""The browser's door; the only room that uses Flask."""
