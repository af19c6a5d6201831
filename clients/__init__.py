"""Clients of the gateway's interface, generated from its description."""
