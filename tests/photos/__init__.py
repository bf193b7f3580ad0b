"""Photos: taken in, refused, kept, forgotten."""
