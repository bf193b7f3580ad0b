"""Photos (照片): checked, drawn anew, kept under the hash of what was sent."""
