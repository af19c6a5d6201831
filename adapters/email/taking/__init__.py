"""Mail in: what is taken is in the ledger, what cannot be is refused for now."""
