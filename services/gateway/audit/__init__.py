"""Who was turned away, what administrators did, and (by setting) who read of whom."""
