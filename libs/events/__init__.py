"""The published language and its machinery: every service is written on this."""
