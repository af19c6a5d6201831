"""Tickets as people look at them: now, as of an instant, their conversation and their history."""
