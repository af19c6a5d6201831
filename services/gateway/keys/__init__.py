"""API keys: which there are, what each may do, and when it was last used."""
