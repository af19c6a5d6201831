"""What happens, told while it happens: the log followed once, and shared out among streams."""
