"""Tickets of another helpdesk, out of its export: read, understood, and told to the ledger once."""
