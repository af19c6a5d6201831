"""A whole stack under load, killed at random moments, and the proof that nothing was lost."""
