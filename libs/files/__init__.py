"""Files that strangers hand in: what they are called, and what they really are."""
