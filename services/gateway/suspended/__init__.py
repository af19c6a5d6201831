"""Messages that became no ticket, and what the desk thinks of who sends them."""
