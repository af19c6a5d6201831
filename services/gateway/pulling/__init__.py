"""The log of tickets for those who ask: events as webhooks tell them, from a cursor on."""
