"""Mail: an SMTP server that takes what is written to us, a sender that delivers what we answer."""
