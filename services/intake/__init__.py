"""Intake: what comes in from outside, and everything that happens to it as a ticket."""
