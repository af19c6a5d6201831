"""Customers who sign in by a code that is mailed to them."""
