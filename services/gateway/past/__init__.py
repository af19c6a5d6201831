"""Which tickets were in this list at that instant? Versions of rows, each valid for a stretch."""
