"""Deliveries of webhooks that did not go through at once."""
