"""Contacts as agents look at them: who writes to us, and what is left after an erasure."""
