"""What a tracking link opens: one ticket, as its customer sees it, without signing in."""
