"""Commands on their way from a caller to the owner of an aggregate, and what became of them."""
