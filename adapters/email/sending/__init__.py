"""Mail out: what is due, written, handed over, and what became of it."""
