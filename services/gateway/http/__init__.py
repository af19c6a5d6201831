"""The HTTP side of the gateway: addresses, headers, problems. What things mean stands elsewhere."""
