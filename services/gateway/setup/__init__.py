"""What a desk has set up, as the gateway shows it, and its words, filled in for a ticket."""
