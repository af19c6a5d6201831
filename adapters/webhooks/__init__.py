"""Webhooks: addresses outside are told what happened to tickets, signed, in order."""
