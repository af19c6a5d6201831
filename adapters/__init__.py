"""Channel adapters: the only code that talks the outside world's protocols."""
