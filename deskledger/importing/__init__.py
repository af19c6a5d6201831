"""Contacts from a CSV file: what stands in it, what is known already, and the commands between."""
