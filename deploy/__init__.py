"""How the system runs: the local stack and the image."""
